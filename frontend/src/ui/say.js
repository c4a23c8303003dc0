/** Tells screen readers, and shows a short note at the bottom. */
import { byId, make } from './dom.js';

/** @param {string} words  read out when the reader has time */
export function say(words) {
  const region = byId('say', HTMLDivElement);
  // The same words again would not be read.
  region.textContent = region.textContent === words ? `${words}\u00a0` : words;
}

const SHOWN_MS = 5000;
/** @type {HTMLElement | null} */
let shown = null;

/** @param {string} words */
export function toast(words) {
  shown?.remove();
  const box = make('div', 'toast-box', [words]);
  box.setAttribute('role', 'alert');
  document.body.append(box);
  shown = box;
  setTimeout(() => {
    if (shown === box) shown = null;
    box.remove();
  }, SHOWN_MS);
}
