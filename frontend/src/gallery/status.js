/** What stands around the grid: nothing yet, loading, trouble, the end; offline and stale above it. */
import { moment } from '../i18n/format.js';
import { plural, t } from '../i18n/index.js';
import { byId, icon, make } from '../ui/dom.js';
import { explain } from '../ui/words.js';

/** Older than this and the person should know, milliseconds. */
const STALE_MS = 90_000;

/**
 * @param {import('./store.js').Store} store
 * @param {() => boolean} online
 */
export function showStatus(store, online) {
  const foot = byId('foot', HTMLDivElement);
  const empty = store.items.length === 0;
  byId('empty', HTMLElement).hidden = !(empty && store.phase === 'ready');
  byId('count', HTMLParagraphElement).textContent = empty
    ? ''
    : store.complete
      ? plural('gallery.count', store.items.length)
      : t('gallery.countMore', { count: store.items.length });
  foot.setAttribute('aria-busy', String(store.phase === 'loading'));
  foot.replaceChildren(...footOf(store, empty));
  byId('notices', HTMLDivElement).replaceChildren(...noticesOf(store, online()));
}

/** @param {import('./store.js').Store} store @param {boolean} empty */
function footOf(store, empty) {
  if (store.phase === 'loading') {
    const ghosts = make('div', 'ghosts', Array.from({ length: empty ? 12 : 4 }, () => make('span')));
    ghosts.setAttribute('aria-hidden', 'true');
    return [ghosts, make('p', 'visually-hidden', [t('gallery.loading')])];
  }
  if (store.phase === 'error') {
    const again = make('button', 'btn btn-tint', [t('retry')]);
    again.type = 'button';
    again.addEventListener('click', () => void store.more());
    const words = make('p', '', [`${t(empty ? 'gallery.error' : 'gallery.errorMore')} ${explain(store.error)}`]);
    const box = make('div', 'trouble', [icon('cloud-off'), words, again]);
    box.setAttribute('role', 'alert');
    return [box];
  }
  return store.complete && store.items.length > 24 ? [make('p', '', [t('gallery.end')])] : [];
}

/** @param {import('./store.js').Store} store @param {boolean} online */
function noticesOf(store, online) {
  if (!online) return [notice(t('offline'))];
  if (store.asOf && store.items.length > 0 && Date.now() - store.asOf.getTime() > STALE_MS && store.error) {
    return [notice(t('stale', { time: moment(store.asOf) }))];
  }
  return [];
}

/** @param {string} words */
function notice(words) {
  const box = make('div', 'notice', [icon('cloud-off'), make('span', '', [words])]);
  box.setAttribute('role', 'status');
  return box;
}
