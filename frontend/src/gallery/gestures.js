/** Handles touch, mouse and keyboard input on the tiles. Keys work only while a tile has the focus. */
import { target } from './moves.js';

/** @typedef {import('../types').Picture} Picture */

const LONG_PRESS_MS = 450;
/** A finger that moves further than this scrolls instead of pressing, pixels. */
const STILL = 10;

/**
 * @typedef {object} Actions
 * @property {(picture: Picture) => void} open
 * @property {(pictures: Picture[]) => void} download
 * @property {(picture: Picture) => void} share
 * @property {(pictures: Picture[]) => void} remove
 * @property {() => void} undo
 * @property {(end: 'newest' | 'oldest') => void} goTo
 */

export class Gestures {
  /**
   * @param {import('./view.js').GalleryView} view
   * @param {import('./store.js').Store} store
   * @param {import('./selection.js').Selection} selection
   * @param {Actions} actions
   */
  constructor(view, store, selection, actions) {
    this.view = view;
    this.store = store;
    this.selection = selection;
    this.actions = actions;
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.pressing = null;
    this.pressed = false;
    this.at = { x: 0, y: 0 };
    const { root } = view;
    root.addEventListener('click', (event) => this.#click(event));
    root.addEventListener('keydown', (event) => this.#key(event));
    root.addEventListener('pointerdown', (event) => this.#down(event));
    for (const name of /** @type {const} */ (['pointerup', 'pointercancel', 'pointerleave']))
      root.addEventListener(name, () => this.#up());
    root.addEventListener('pointermove', (event) => {
      if (Math.hypot(event.clientX - this.at.x, event.clientY - this.at.y) > STILL) this.#up();
    });
    root.addEventListener('contextmenu', (event) => {
      // On a touch screen, the long press that chooses a picture would also open the browser's menu.
      if (this.pressed || this.pressing !== null) event.preventDefault();
    });
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const picture = this.view.pictureAt(event);
    if (!picture || event.button !== 0) return;
    if (this.pressed) {
      this.pressed = false;
      event.preventDefault();
      return;
    }
    const on = (/** @type {string} */ name) => event.target instanceof Element && event.target.closest(name) !== null;
    // With these keys the browser opens the link in a tab or saves it.
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    // A click made by a key opens the picture: the space bar is for choosing.
    const byKey = event.detail === 0;
    if (event.shiftKey && !byKey) this.selection.extend(this.store.items, picture);
    else if (on('.tile-pick') || (this.selection.active && !byKey)) this.selection.toggle(picture);
    else if (on('.tile-download')) this.actions.download([picture]);
    else this.actions.open(picture);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    this.#up();
    this.pressed = false;
    const picture = this.view.pictureAt(event);
    if (event.pointerType === 'mouse' || !picture) return;
    this.at = { x: event.clientX, y: event.clientY };
    this.pressing = setTimeout(() => {
      this.pressing = null;
      this.pressed = true;
      this.selection.toggle(picture);
    }, LONG_PRESS_MS);
  }

  #up() {
    if (this.pressing !== null) clearTimeout(this.pressing);
    this.pressing = null;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const picture = this.view.pictureAt(event);
    if (!picture || event.altKey) return;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = control ? this.#withControl(key) : this.#plain(key, event.shiftKey, picture);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** @param {string} key @returns {(() => void) | null} */
  #withControl(key) {
    if (key === 'a') return () => this.selection.add(this.store.items);
    if (key === 'z') return () => this.actions.undo();
    return null;
  }

  /** @param {string} key @param {boolean} shift @param {Picture} picture @returns {(() => void) | null} */
  #plain(key, shift, picture) {
    const chosen = () => (this.selection.size > 0 ? this.selection.list() : [picture]);
    switch (key) {
      case ' ':
        return () => (shift ? this.selection.extend(this.store.items, picture) : this.selection.toggle(picture));
      case 'd':
        return () => this.actions.download(chosen());
      case 'l':
        return () => this.actions.share(picture);
      case 'z':
        return () => this.actions.undo();
      case 'Delete':
      case 'Backspace':
        return () => this.actions.remove(chosen());
      case 'Escape':
        return this.selection.active ? () => this.selection.clear() : null;
      case 'Home':
        return () => this.actions.goTo('newest');
      case 'End':
        return () => this.actions.goTo('oldest');
      default:
        return target(this.view.laid, 0, key, 0) === null ? null : () => void this.#move(picture, key, shift);
    }
  }

  /** @param {Picture} picture @param {string} key @param {boolean} choosing */
  async #move(picture, key, choosing) {
    const goal = () => target(this.view.laid, this.store.indexOf(picture.id), key, innerHeight * 0.8) ?? 0;
    let index = goal();
    // The target lies beyond the loaded pictures: load more, then look again.
    if (index < 0 && !this.store.atStart) await this.store.loadNewer();
    else if (index >= this.store.items.length && !this.store.atEnd) await this.store.loadOlder();
    const focused = this.view.focusedId();
    if (focused !== null && focused !== picture.id) return;
    index = Math.max(0, Math.min(goal(), this.store.items.length - 1));
    const next = this.store.items[index];
    if (!next) return;
    if (choosing) {
      if (this.selection.anchor === null) this.selection.toggle(picture);
      this.selection.extend(this.store.items, next);
    }
    this.view.focus(index);
  }
}
