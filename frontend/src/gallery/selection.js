/** The set of chosen pictures. They stay chosen when scrolling unloads them. Event: `changed`. */

/** @typedef {import('../types').Picture} Picture */

export class Selection extends EventTarget {
  constructor() {
    super();
    /** @type {Map<string, Picture>} */
    this.picked = new Map();
    /** Selection mode stays on although nothing is chosen (yet). */
    this.wanted = false;
    /** The start of a range. @type {string | null} */
    this.anchor = null;
  }

  get size() {
    return this.picked.size;
  }

  /** Whether a plain click chooses a picture instead of opening it. */
  get active() {
    return this.wanted || this.size > 0;
  }

  /** @param {string} id */
  has(id) {
    return this.picked.has(id);
  }

  /** @returns {Picture[]} newest first */
  list() {
    return [...this.picked.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  start() {
    this.wanted = true;
    this.#tell();
  }

  /** @param {Picture} picture */
  toggle(picture) {
    if (!this.picked.delete(picture.id)) this.picked.set(picture.id, picture);
    this.anchor = picture.id;
    if (this.size === 0) this.wanted = false;
    this.#tell();
  }

  /**
   * Adds all pictures from the last chosen one to this one.
   *
   * @param {Picture[]} items  newest first
   * @param {Picture} to
   */
  extend(items, to) {
    const end = items.findIndex((picture) => picture.id === to.id);
    const start = items.findIndex((picture) => picture.id === this.anchor);
    const [low, high] = start < 0 ? [end, end] : [Math.min(start, end), Math.max(start, end)];
    if (start < 0) this.anchor = to.id;
    this.add(items.slice(low, high + 1));
  }

  /** @param {Picture[]} pictures */
  add(pictures) {
    for (const picture of pictures) this.picked.set(picture.id, picture);
    this.#tell();
  }

  /** @param {Iterable<string>} ids  ids of deleted pictures */
  drop(ids) {
    let some = false;
    for (const id of ids) some = this.picked.delete(id) || some;
    if (!some) return;
    if (this.size === 0) this.wanted = false;
    this.#tell();
  }

  clear() {
    if (!this.active) return;
    this.picked.clear();
    this.anchor = null;
    this.wanted = false;
    this.#tell();
  }

  #tell() {
    this.dispatchEvent(new Event('changed'));
  }
}
