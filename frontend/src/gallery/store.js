/**
 * The pictures that this page knows, newest first, in one unbroken stretch from the newest one on. Ids ascend as pictures get older,
 * so order and merging need nothing but the ids.
 *
 * Events: `changed`, `state`.
 */

/**
 * @typedef {'loading' | 'ready' | 'error'} Phase
 * @typedef {import('../types').Picture} Picture
 */

export class Store extends EventTarget {
  /** @param {Pick<typeof import('../api.js').api, 'list'>} source */
  constructor(source) {
    super();
    this.source = source;
    /** @type {Picture[]} */
    this.items = [];
    /** @type {string | null} */
    this.cursor = null;
    /** Whether everything to the oldest picture is here. */
    this.complete = false;
    /** @type {Phase} */
    this.phase = 'loading';
    /** @type {unknown} */
    this.error = null;
    /** @type {Date | null} */
    this.asOf = null;
    /** @type {string | null} */
    this.etag = null;
    /** @type {Promise<void> | null} */
    this.busy = null;
  }

  /** Loads the next page; one at a time. */
  more() {
    if (this.complete || this.busy) return this.busy ?? Promise.resolve();
    this.phase = 'loading';
    this.error = null;
    this.#tell('state');
    this.busy = this.#load().finally(() => {
      this.busy = null;
    });
    return this.busy;
  }

  async #load() {
    try {
      const first = this.cursor === null;
      const { page, etag, asOf } = await this.source.list({ cursor: this.cursor });
      if (!page) return;
      if (first) {
        this.etag = etag;
        this.asOf = asOf;
      }
      this.items = merged(this.items, page.items);
      this.cursor = page.next_cursor;
      this.complete = page.next_cursor === null;
      this.phase = 'ready';
      this.#tell('changed');
    } catch (error) {
      this.phase = 'error';
      this.error = error;
    }
    this.#tell('state');
  }

  /**
   * Looks for what is new at the head.
   *
   * @param {boolean} fresh  past every cache, after an own change
   */
  async refresh(fresh) {
    if (this.phase === 'error' && this.items.length === 0) return this.more();
    try {
      const { page, etag, asOf } = await this.source.list({ fresh, etag: this.etag });
      if (asOf) this.asOf = asOf;
      if (page) {
        this.etag = etag;
        const joined = joinHead(this.items, page);
        if (joined === null) {
          // More arrived than one page holds: begin anew instead of leaving a hole.
          this.items = page.items;
          this.cursor = page.next_cursor;
          this.complete = page.next_cursor === null;
        } else {
          this.items = joined;
          if (page.next_cursor === null) this.complete = true;
        }
        this.#tell('changed');
      }
      this.phase = 'ready';
      this.error = null;
    } catch (error) {
      this.error = error;
      if (this.items.length === 0) this.phase = 'error';
    }
    this.#tell('state');
    return undefined;
  }

  /** @param {Picture} picture  just published by this page */
  insert(picture) {
    this.items = merged(this.items, [picture]);
    this.#tell('changed');
  }

  /** @param {string} id */
  indexOf(id) {
    let low = 0;
    let high = this.items.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (/** @type {Picture} */ (this.items[middle]).id < id) low = middle + 1;
      else high = middle;
    }
    return this.items[low]?.id === id ? low : -1;
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}

/**
 * Two ascending lists as one, each picture once; the second one's version wins.
 *
 * @param {Picture[]} old
 * @param {Picture[]} fresh  in any order
 * @returns {Picture[]}
 */
export function merged(old, fresh) {
  const added = [...fresh].sort((a, b) => (a.id < b.id ? -1 : 1));
  const lastOld = old.at(-1);
  if (added.length === 0) return old;
  if (!lastOld || /** @type {Picture} */ (added[0]).id > lastOld.id) return old.concat(added);
  /** @type {Picture[]} */
  const out = [];
  let i = 0;
  for (const picture of added) {
    while (i < old.length && /** @type {Picture} */ (old[i]).id < picture.id) out.push(/** @type {Picture} */ (old[i++]));
    if (old[i]?.id === picture.id) i += 1;
    out.push(picture);
  }
  return out.concat(old.slice(i));
}

/**
 * Puts a fresh head before what is known: new ones appear, deleted ones go.
 *
 * @param {Picture[]} old
 * @param {import('../types').Page} head
 * @returns {Picture[] | null} null when the head does not reach what is known
 */
export function joinHead(old, head) {
  const last = head.items.at(-1);
  if (head.next_cursor === null || !last) return head.items;
  const from = old.findIndex((picture) => picture.id > last.id);
  const touches = old.some((picture) => picture.id <= last.id);
  if (!touches && old.length > 0) return null;
  return from < 0 ? head.items : head.items.concat(old.slice(from));
}
