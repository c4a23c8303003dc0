/**
 * The pictures that this page knows: one unbroken stretch of the gallery, newest first. It grows at both ends as the person scrolls,
 * begins anew where they jump to, and lets go of what is far away, so neither memory nor the height of the page has to hold all.
 *
 * Events: `changed` (other pictures), `state` (phase, errors, age).
 */
import { readNewer } from './newer.js';
import { joinHead, merged, placeOf, placeOfTime, timeOf } from './stretch.js';

/**
 * @typedef {'loading' | 'ready' | 'error'} Phase
 * @typedef {import('../types').Picture} Picture
 */

/**
 * More than this is let go of at the far end. Even one picture a day, each under a heading of its own, stays below half of the
 * 16.7 million pixels that a browser lays out.
 */
export const KEPT = 20_000;
/** For how long a list may be older than an own change: an answer's time-out, and caches on the way. */
const LATELY_MS = 35_000;
const FIRST_PAGE = 60;
const NEXT_PAGE = 120;

export class Store extends EventTarget {
  /**
   * @param {Pick<typeof import('../api.js').api, 'list'>} source
   * @param {() => Promise<import('../types').Months>} timeline
   */
  constructor(source, timeline) {
    super();
    this.source = source;
    this.timeline = timeline;
    /** @type {Picture[]} */
    this.items = [];
    /** Whether nothing is newer than the first, or older than the last one. */
    this.atStart = true;
    this.atEnd = false;
    /** How many pictures are newer than the first one; null when nobody knows. @type {number | null} */
    this.above = 0;
    /** @type {string | null} */
    this.cursor = null;
    /** @type {Phase} */
    this.phase = 'loading';
    /** Why the last request for older or for the newest ones failed. @type {unknown} */
    this.error = null;
    /** Why reading upwards failed. @type {unknown} */
    this.errorAbove = null;
    /** Until when what is shown is known to be true. @type {Date | null} */
    this.asOf = null;
    /** Age of the last answer when it came, milliseconds. */
    this.ageMs = 0;
    /** @type {string | null} */
    this.etag = null;
    /** @type {Promise<void> | null} */
    this.busy = null;
    /** @type {Promise<void> | null} */
    this.busyAbove = null;
    /** Removed by this page: an answer that was under way must not bring them back. @type {Set<string>} */
    this.gone = new Set();
    /** Added by this page: an answer that was under way must not take them away. @type {Map<string, { picture: Picture, at: number }>} */
    this.mine = new Map();
    /** Counts beginnings: what was asked for before one is of no use after it. */
    this.turn = 0;
  }

  /** The number of all pictures, once both ends are known; else null. */
  get total() {
    return this.atEnd && this.above !== null ? this.above + this.items.length : null;
  }

  /** Loads the next, older page; one at a time. */
  more() {
    if (this.atEnd || this.busy) return this.busy ?? Promise.resolve();
    this.phase = 'loading';
    this.error = null;
    this.#tell('state');
    const busy = this.#load(this.turn).finally(() => {
      if (this.busy === busy) this.busy = null;
    });
    this.busy = busy;
    return busy;
  }

  /** @param {number} turn */
  async #load(turn) {
    try {
      const head = this.cursor === null && this.atStart;
      const { page, etag, ageMs } = await this.source.list({
        cursor: this.cursor,
        limit: head ? FIRST_PAGE : NEXT_PAGE,
      });
      if (turn !== this.turn || !page) return;
      if (head) this.#heard(etag, ageMs);
      this.items = merged(this.items, this.#present(page.items));
      this.cursor = page.next_cursor;
      this.atEnd = page.next_cursor === null;
      this.phase = 'ready';
      this.#letGoAbove();
      this.#tell('changed');
    } catch (error) {
      if (turn !== this.turn) return;
      this.phase = 'error';
      this.error = error;
    }
    this.#tell('state');
  }

  /** Loads what is newer than the first one; one at a time. */
  newer() {
    if (this.atStart || this.items.length === 0 || this.busyAbove) return this.busyAbove ?? Promise.resolve();
    const busy = this.#loadNewer(this.turn).finally(() => {
      if (this.busyAbove === busy) this.busyAbove = null;
    });
    this.busyAbove = busy;
    return busy;
  }

  /** @param {number} turn */
  async #loadNewer(turn) {
    try {
      const { items, atStart } = await readNewer((query) => this.source.list(query), this.items, await this.timeline());
      if (turn !== this.turn) return;
      this.errorAbove = null;
      this.atStart = atStart;
      this.items = merged(this.items, this.#present(items));
      if (atStart) this.above = 0;
      else if (this.above !== null) this.above = Math.max(0, this.above - items.length);
      this.#letGoBelow();
      this.#tell('changed');
    } catch (error) {
      if (turn !== this.turn) return;
      this.errorAbove = error;
    }
    this.#tell('state');
  }

  /**
   * Goes to a time; what is known there already is not asked for again.
   *
   * @param {number | null} time  milliseconds since 1970; null for the newest picture
   * @returns {Promise<number>} the place of the newest picture that is not newer; -1 when it could not be loaded
   */
  async jump(time) {
    const known = this.#placeKnown(time);
    if (known >= 0) return known;
    this.turn += 1;
    const { turn } = this;
    this.busy = null;
    this.busyAbove = null;
    try {
      const { page, etag, ageMs } = await this.source.list({ before: time, limit: NEXT_PAGE });
      if (turn !== this.turn || !page) return -1;
      if (time === null) this.#heard(etag, ageMs);
      this.#begin(page, time === null);
      return 0;
    } catch (error) {
      if (turn === this.turn) {
        this.error = error;
        // What was there is still there; only an unfinished page of older ones has to be asked for again.
        this.phase = this.items.length === 0 ? 'error' : 'ready';
        this.#tell('state');
      }
      throw error;
    }
  }

  /** @param {number | null} time */
  #placeKnown(time) {
    const last = this.items.at(-1);
    if (time === null) return this.atStart && this.items.length > 0 ? 0 : -1;
    const first = this.items[0];
    if (!first || !last || (!this.atStart && time > timeOf(first)) || (!this.atEnd && time < timeOf(last))) return -1;
    return Math.min(placeOfTime(this.items, time), this.items.length - 1);
  }

  /** @param {import('../types').Page} page @param {boolean} atStart */
  #begin(page, atStart) {
    this.items = this.#present(page.items);
    this.cursor = page.next_cursor;
    this.atEnd = page.next_cursor === null;
    this.atStart = atStart;
    this.above = atStart ? 0 : null;
    this.phase = 'ready';
    this.error = null;
    this.errorAbove = null;
    this.#tell('changed');
    this.#tell('state');
  }

  /**
   * Looks for what is new at the head.
   *
   * @param {boolean} fresh  past every cache, after an own change
   */
  async refresh(fresh) {
    if (this.phase === 'error' && this.items.length === 0) return this.more();
    const { turn } = this;
    try {
      const bare = this.items.length === 0;
      const { page, etag, ageMs } = await this.source.list({ fresh, etag: bare ? null : this.etag, limit: FIRST_PAGE });
      if (turn !== this.turn) return undefined;
      this.#heard(etag ?? this.etag, ageMs);
      // Elsewhere in the gallery the newest ones are not on show.
      if (page && this.atStart) this.#join(page);
      // All that was on show was deleted, and nothing comes from above or below.
      else if (page && this.items.length === 0 && !this.busyAbove && !this.busy) this.#begin(page, true);
      if (this.phase === 'error' && this.items.length > 0) this.phase = 'ready';
      this.error = null;
    } catch (error) {
      if (turn !== this.turn) return undefined;
      this.error = error;
      if (this.items.length === 0) this.phase = 'error';
    }
    this.#tell('state');
    return undefined;
  }

  /** @param {import('../types').Page} page */
  #join(page) {
    const joined = joinHead(this.items, { ...page, items: merged(this.#present(page.items), this.#mineOf(page)) });
    if (joined === null) {
      // More arrived than one page holds. Nobody is torn away from what they look at: the rest comes when they scroll up.
      this.atStart = false;
      this.above = null;
    } else {
      this.items = joined;
      if (page.next_cursor === null) this.atEnd = true;
    }
    this.#tell('changed');
  }

  /** @param {Picture[]} items */
  #present(items) {
    return this.gone.size === 0 ? items : items.filter((picture) => !this.gone.has(picture.id));
  }

  /** @param {import('../types').Page} page @returns {Picture[]} what this page added so lately that the list may not have it */
  #mineOf(page) {
    const last = page.next_cursor === null ? null : (page.items.at(-1)?.id ?? null);
    const since = Date.now() - LATELY_MS;
    for (const [id, { at }] of this.mine) if (at < since) this.mine.delete(id);
    return [...this.mine.values()].map(({ picture }) => picture).filter(({ id }) => last === null || id < last);
  }

  /** @param {string | null} etag @param {number | null} ageMs */
  #heard(etag, ageMs) {
    this.etag = etag;
    this.ageMs = ageMs ?? 0;
    this.asOf = new Date(Date.now() - this.ageMs);
  }

  /** @param {Picture} picture  just published or restored by this page */
  insert(picture) {
    this.gone.delete(picture.id);
    this.mine.set(picture.id, { picture, at: Date.now() });
    const first = this.items[0];
    const last = this.items.at(-1);
    // Beyond an open end it will be met in its turn; put there now it would hide what lies between.
    if (!this.atStart && (!first || picture.id < first.id)) return;
    if (!this.atEnd && last && picture.id > last.id) return;
    this.items = merged(this.items, [picture]);
    this.#tell('changed');
  }

  /** @param {Iterable<string>} ids  of pictures that are gone */
  remove(ids) {
    for (const id of ids) {
      this.gone.add(id);
      this.mine.delete(id);
    }
    const left = this.#present(this.items);
    if (left.length === this.items.length) return;
    this.items = left;
    this.#tell('changed');
    this.#tell('state');
  }

  /** @param {string} id */
  indexOf(id) {
    const place = placeOf(this.items, id);
    return this.items[place]?.id === id ? place : -1;
  }

  #letGoAbove() {
    const many = this.items.length - KEPT;
    if (many <= 0) return;
    this.items = this.items.slice(many);
    this.atStart = false;
    if (this.above !== null) this.above += many;
  }

  #letGoBelow() {
    if (this.items.length <= KEPT) return;
    this.items = this.items.slice(0, KEPT);
    this.atEnd = false;
    this.cursor = this.items.at(-1)?.id ?? null;
    // A page that is under way would leave a hole.
    this.turn += 1;
    this.busy = null;
    this.phase = 'ready';
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
