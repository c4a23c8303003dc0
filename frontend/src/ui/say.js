/** Tells screen readers, and shows a short note at the bottom. */

import { t } from '../i18n/index.js';
import { byId, iconButton, make } from './dom.js';

/** @param {string} words  read out when the reader has time */
export function say(words) {
  const region = byId('say', HTMLDivElement);
  // The same words again would not be read.
  region.textContent = region.textContent === words ? `${words}\u00a0` : words;
}

const SHOWN_MS = 6000;
/** Something to do needs time to be found. */
const SHOWN_WITH_ACTION_MS = 20_000;
/** @type {(() => void) | null} */
let hide = null;

/**
 * @param {string} words
 * @param {{ label: string, act: () => void }} [action]
 */
export function toast(words, action) {
  hide?.();
  const box = make('div', 'toast-box', [make('span', '', [words])]);
  box.setAttribute('role', action ? 'status' : 'alert');
  const stop = new AbortController();
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const close = () => {
    clearTimeout(timer);
    stop.abort();
    box.remove();
    if (hide === close) hide = null;
  };
  const start = () => {
    clearTimeout(timer);
    timer = setTimeout(close, action ? SHOWN_WITH_ACTION_MS : SHOWN_MS);
  };
  if (action) {
    const button = make('button', 'btn toast-action', [action.label]);
    button.type = 'button';
    button.addEventListener('click', () => {
      close();
      action.act();
    });
    box.append(button, iconButton('btn toast-close btn-icon', 'x', t('close'), close));
    // Whoever is at it keeps it.
    for (const name of ['pointerenter', 'focusin'])
      box.addEventListener(name, () => clearTimeout(timer), { signal: stop.signal });
    for (const name of ['pointerleave', 'focusout']) box.addEventListener(name, start, { signal: stop.signal });
  }
  // Within what holds the focus at the moment: a modal dialog makes all else inert, and the viewer takes the focus back.
  (document.querySelector('dialog[open]') ?? document.querySelector('.pswp') ?? byId('dock', HTMLElement)).append(box);
  hide = close;
  start();
}
