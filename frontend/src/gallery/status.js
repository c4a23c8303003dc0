/** Shows the state around the grid: empty, loading, error, end; also the notices "offline" and "out of date". */
import { moment } from '../i18n/format.js';
import { plural, t } from '../i18n/index.js';
import { byId, createElement, icon } from '../ui/dom.js';
import { explain } from '../ui/words.js';

/** A list older than this gets a notice, milliseconds. In normal operation a list is at most a minute old. */
export const STALE_MS = 90_000;

export class Status {
  /** @param {import('./store.js').Store} store @param {() => boolean} online */
  constructor(store, online) {
    this.store = store;
    this.online = online;
    this.foot = byId('foot', HTMLDivElement);
    this.notices = byId('notices', HTMLDivElement);
    /** What is shown now. It is rebuilt only on change, or "try again" would lose the focus. */
    this.shown = { foot: '', notices: '' };
    for (const name of ['changed', 'state']) store.addEventListener(name, () => this.render());
    for (const name of ['online', 'offline']) addEventListener(name, () => this.render());
  }

  /** Updates the texts after a change of language. */
  translate() {
    this.shown = { foot: '', notices: '' };
    this.render();
  }

  render() {
    const { store } = this;
    const empty = store.items.length === 0;
    byId('empty', HTMLElement).hidden = !(empty && store.phase === 'ready' && store.atEnd);
    // Keep its space, or the bar would move when the first pictures arrive.
    byId('pick-button', HTMLButtonElement).classList.toggle('is-absent', empty);
    byId('count', HTMLParagraphElement).textContent = countOf(store);
    // On an error, "try again" is the main button; adding may still work.
    const trouble = empty && store.phase === 'error';
    byId('add-button', HTMLButtonElement).classList.toggle('btn-primary', !trouble);
    byId('add-button', HTMLButtonElement).classList.toggle('btn-tint', trouble);
    this.foot.setAttribute('aria-busy', String(store.phase === 'loading'));
    this.#show('foot', this.foot, footKey(store), () => footOf(store));
    const notice = noticeOf(store, this.online(), Date.now());
    this.#show('notices', this.notices, notice?.words ?? '', () => (notice ? [boxOf(notice)] : []));
  }

  /** @param {'foot' | 'notices'} name @param {HTMLElement} place @param {string} key @param {() => Node[]} build */
  #show(name, place, key, build) {
    if (this.shown[name] === key && place.childElementCount > 0 === (key !== '')) return;
    this.shown[name] = key;
    place.replaceChildren(...build());
  }
}

/** @param {import('./store.js').Store} store */
function countOf(store) {
  if (store.items.length === 0) return '';
  if (store.total !== null) return plural('gallery.count', store.total);
  return store.newerCount === null ? '' : t('gallery.countMore', { count: store.newerCount + store.items.length });
}

/** @param {import('./store.js').Store} store @returns {string} '' when nothing is shown */
function footKey(store) {
  const empty = store.items.length === 0;
  if (store.phase === 'loading') return empty ? 'loading' : 'loading more';
  if (store.phase === 'error') return `error ${empty} ${explain(store.error)}`;
  return store.atEnd && store.items.length > 24 ? 'end' : '';
}

/** @param {import('./store.js').Store} store */
function footOf(store) {
  const empty = store.items.length === 0;
  if (store.phase === 'loading') {
    const ghosts = createElement(
      'div',
      empty ? 'ghosts is-first' : 'ghosts',
      Array.from({ length: empty ? 24 : 4 }, () => createElement('span')),
    );
    ghosts.setAttribute('aria-hidden', 'true');
    return [ghosts, createElement('p', 'visually-hidden', [t('gallery.loading')])];
  }
  if (store.phase === 'error') {
    const heading = createElement(empty ? 'h2' : 'p', 'trouble-title', [
      t(empty ? 'gallery.error' : 'gallery.errorMore'),
    ]);
    const words = createElement('p', '', [explain(store.error)]);
    const box = createElement('div', empty ? 'trouble is-whole' : 'trouble', [
      icon('cloud-off'),
      heading,
      words,
      retry(() => void store.loadOlder(), empty),
    ]);
    box.setAttribute('role', 'alert');
    return [box];
  }
  return store.atEnd && store.items.length > 24 ? [createElement('p', '', [t('gallery.end')])] : [];
}

/** @param {() => void} act @param {boolean} [only]  whether it is the only action */
function retry(act, only = false) {
  const button = createElement('button', `btn ${only ? 'btn-primary' : 'btn-tint'}`, [t('retry')]);
  button.type = 'button';
  button.addEventListener('click', act);
  return button;
}

/** @typedef {{ words: string, act: (() => void) | null, sign: 'cloud-off' | 'clock' | 'alert' }} Notice */

/**
 * Returns the most important notice about the pictures on show.
 *
 * @param {import('./store.js').Store} store
 * @param {boolean} online
 * @param {number} now  milliseconds since 1970
 * @returns {Notice | null}
 */
export function noticeOf(store, online, now) {
  if (!online) return { words: t('offline'), act: null, sign: 'cloud-off' };
  if (store.items.length === 0) return null;
  if (store.errorNewer !== null) {
    const act = () => {
      store.errorNewer = null;
      void store.loadNewer();
    };
    return { words: `${t('gallery.errorNewer')} ${explain(store.errorNewer)}`, act, sign: 'alert' };
  }
  // Either the last answer was already old, or no answer has come for a long time.
  const silent = store.error !== null && store.asOf !== null && now - store.asOf.getTime() > STALE_MS;
  if (store.asOf && (store.ageMs > STALE_MS || silent)) {
    return { words: t('stale', { time: moment(store.asOf) }), act: () => void store.refresh(true), sign: 'clock' };
  }
  return null;
}

/** @param {Notice} notice */
function boxOf({ words, act, sign }) {
  const box = createElement('div', 'notice', [
    icon(sign),
    createElement('span', '', [words]),
    ...(act ? [retry(act)] : []),
  ]);
  box.setAttribute('role', 'status');
  return box;
}
