/** Announces messages to screen readers, and shows short notes at the bottom. */

import { t } from '../i18n/index.js';
import { byId, createElement, iconButton } from './dom.js';

/** @param {string} words  read out politely, without interrupting */
export function say(words) {
  const region = byId('say', HTMLDivElement);
  // A screen reader does not repeat an unchanged text.
  region.textContent = region.textContent === words ? `${words}\u00a0` : words;
}

const SHOWN_MS = 6000;
/** A note with a button stays longer, so that there is time to reach it, milliseconds. */
const SHOWN_WITH_ACTION_MS = 20_000;
/** @type {(() => void) | null} */
let hide = null;

/**
 * @param {string} words
 * @param {{ label: string, act: () => void }} [action]
 */
export function toast(words, action) {
  hide?.();
  const box = createElement('div', 'toast-box', [createElement('span', '', [words])]);
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
    const button = createElement('button', 'btn toast-action', [action.label]);
    button.type = 'button';
    button.addEventListener('click', () => {
      close();
      action.act();
    });
    box.append(button, iconButton('btn toast-close btn-icon', 'x', t('close'), close));
    // The note stays while the pointer or the focus is on it.
    for (const name of ['pointerenter', 'focusin'])
      box.addEventListener(name, () => clearTimeout(timer), { signal: stop.signal });
    for (const name of ['pointerleave', 'focusout']) box.addEventListener(name, start, { signal: stop.signal });
  }
  // Put the note where the focus is: a modal dialog makes everything else inert, and the viewer takes the focus back.
  (document.querySelector('dialog[open]') ?? document.querySelector('.pswp') ?? byId('dock', HTMLElement)).append(box);
  hide = close;
  start();
}
