/** A card that shows a long-running task and can stop it. */
import { t } from '../i18n/index.js';
import { byId, createElement, iconButton } from './dom.js';

/** Shortest time between two updates of the text, milliseconds. */
const EVERY_MS = 200;

export class Job {
  /** @param {string} title @param {() => void} cancel */
  constructor(title, cancel) {
    this.note = createElement('p', 'job-note');
    this.bar = createElement('progress');
    this.bar.max = 1;
    this.bar.setAttribute('aria-label', title);
    const head = createElement('div', 'job-head', [
      createElement('div', 'job-words', [createElement('p', 'job-title', [title]), this.note]),
      iconButton('btn btn-quiet btn-icon', 'x', t('cancel'), cancel),
    ]);
    this.root = createElement('div', 'job', [head, this.bar]);
    this.root.setAttribute('role', 'group');
    this.root.setAttribute('aria-label', title);
    this.last = 0;
    byId('dock', HTMLElement).append(this.root);
  }

  /** @param {number} fraction  0 to 1 @param {string} words */
  show(fraction, words) {
    this.bar.value = fraction;
    if (Date.now() - this.last < EVERY_MS && fraction < 1) return;
    this.last = Date.now();
    this.note.textContent = words;
  }

  close() {
    this.root.remove();
  }
}
