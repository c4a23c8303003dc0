/**
 * The panel with the details of the picture on show: at the side, or at the bottom of a narrow window. It stays open
 * while the person moves between pictures, and reads from each file what the list does not know.
 */
import { t } from '../i18n/index.js';
import { createElement, iconButton } from '../ui/dom.js';
import { rowsOf } from './rows.js';

/** @typedef {import('../types').Picture} Picture */
/** @typedef {import('./metadata/facts.js').Facts} Facts */

/** How long a picture must be on show before its file is read, milliseconds: someone browsing quickly passes many. */
const LINGER_MS = 200;
/** As in _viewer.scss. */
const AT_THE_SIDE = '(min-width: 600px)';
/** The facts of so many pictures are kept. */
const KEPT = 200;

/**
 * The state of reading: `unreadable` when the file's metadata make no sense, `unanswered` when storage does not answer.
 * @typedef {'idle' | 'reading' | 'unreadable' | 'unanswered'} State
 */

export class Details {
  /**
   * @param {(id: string) => Promise<import('../types').Removed[]>} removedFrom  what this browser removed from a picture
   * @param {(picture: Picture, signal: AbortSignal) => Promise<Facts | null>} read  null when the file's metadata make
   *   no sense; rejects when storage does not answer
   * @param {() => void} onToggle  the panel was opened or closed
   */
  constructor(removedFrom, read, onToggle) {
    this.removedFrom = removedFrom;
    this.read = read;
    this.onToggle = onToggle;
    /** @type {HTMLElement | null} */
    this.panel = null;
    /** @type {HTMLElement | null} */
    this.button = null;
    /** @type {Picture | null} */
    this.picture = null;
    /** What was removed from it. @type {import('../types').Removed[]} */
    this.removed = [];
    this.open = false;
    /** @type {State} */
    this.state = 'idle';
    /** The oldest first. @type {Map<string, Facts>} */
    this.kept = new Map();
    this.reading = new AbortController();
    this.list = createElement('dl');
    this.note = createElement('p', 'viewer-panel-note');
    this.note.setAttribute('role', 'status');
    /** What scrolls: the focus can be on it, so that the keys can scroll it. */
    this.body = createElement('div', 'viewer-panel-body', [this.list, this.note]);
    this.body.tabIndex = 0;
    this.body.setAttribute('role', 'group');
    this.body.setAttribute('aria-label', t('viewer.details'));
  }

  /** @param {HTMLElement} button */
  openBy(button) {
    this.button = button;
    this.#render();
  }

  /** @param {HTMLElement} panel */
  fillInto(panel) {
    this.panel = panel;
    panel.classList.add('viewer-panel');
    const title = createElement('h2', '', [t('viewer.details')]);
    const close = iconButton('btn btn-quiet btn-icon', 'x', t('details.close'), () => this.toggle());
    panel.append(createElement('div', 'viewer-panel-head', [title, close]), this.body);
    // The viewer would zoom the picture, and move to another one.
    for (const name of ['wheel', 'pointerdown']) panel.addEventListener(name, (event) => event.stopPropagation());
    this.#render();
  }

  /**
   * The room that it takes from the picture, at the side or at the bottom.
   *
   * @param {number} width  of the viewer, pixels: a reserved scrollbar is part of it
   * @returns {{ right: number, bottom: number }} pixels
   */
  room(width) {
    const { panel } = this;
    if (!panel || !this.open) return { right: 0, bottom: 0 };
    return matchMedia(AT_THE_SIDE).matches
      ? { right: width - panel.offsetLeft, bottom: 0 }
      : { right: 0, bottom: panel.offsetHeight };
  }

  toggle() {
    const hadFocus = this.panel?.contains(document.activeElement);
    this.open = !this.open;
    this.#follow();
    if (hadFocus) this.button?.focus();
    this.onToggle();
  }

  /** @param {Picture} picture */
  show(picture) {
    if (this.picture?.id === picture.id) return;
    this.picture = picture;
    this.removed = [];
    this.body.scrollTop = 0;
    this.#follow();
    void this.removedFrom(picture.id).then((removed) => {
      if (this.picture !== picture || removed.length === 0) return;
      this.removed = removed;
      this.#render();
    });
  }

  /** Stops reading. */
  stop() {
    this.reading.abort();
  }

  #follow() {
    this.reading.abort();
    this.reading = new AbortController();
    const { picture } = this;
    const known = !picture || this.kept.has(picture.id);
    this.state = this.open && !known ? 'reading' : 'idle';
    this.#render();
    if (picture && this.state === 'reading') void this.#fetch(picture, this.reading.signal);
  }

  /** @param {Picture} picture @param {AbortSignal} signal */
  async #fetch(picture, signal) {
    await new Promise((resolve) => setTimeout(resolve, LINGER_MS));
    if (signal.aborted) return;
    try {
      const facts = await this.read(picture, signal);
      if (facts) this.#keep(picture.id, facts);
      if (signal.aborted) return;
      this.state = facts ? 'idle' : 'unreadable';
    } catch {
      if (signal.aborted) return;
      // Whatever failed on the way, the person can only come back later.
      this.state = 'unanswered';
    }
    this.#render();
  }

  /** @param {string} id @param {Facts} facts */
  #keep(id, facts) {
    this.kept.set(id, facts);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) this.kept.delete(oldest);
  }

  #render() {
    this.button?.setAttribute('aria-expanded', String(this.open));
    const { panel, picture } = this;
    if (!panel) return;
    panel.hidden = !this.open;
    this.list.setAttribute('aria-busy', String(this.state === 'reading'));
    this.note.textContent = this.open ? noteOf(this.state) : '';
    const rows = this.open && picture ? rowsOf(picture, this.kept.get(picture.id) ?? null, this.removed) : [];
    this.list.replaceChildren(
      ...rows.map(([key, value]) =>
        createElement('div', '', [createElement('dt', '', [t(key)]), createElement('dd', '', [value])]),
      ),
    );
  }
}

/** @param {State} state */
function noteOf(state) {
  if (state === 'reading') return t('details.reading');
  if (state === 'unreadable') return t('details.unreadable');
  if (state === 'unanswered') return navigator.onLine === false ? t('details.offline') : t('details.noAnswer');
  return '';
}
