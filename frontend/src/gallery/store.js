/**
 * The loaded pictures: one gapless range of the gallery, newest first. It grows at both ends while scrolling, restarts
 * after a jump, and drops pictures that are far away. So neither the memory nor the page's height must hold the whole
 * gallery.
 *
 * Events: `changed` (the pictures), `state` (phase, errors, age).
 */
import { readNewer } from './newer.js';
import { joinHead, merged, placeOf, placeOfTime, timeOf } from './stretch.js';

/**
 * @typedef {'loading' | 'ready' | 'error'} Phase
 * @typedef {import('../types').Picture} Picture
 */

/**
 * Most pictures kept; more are dropped at the far end. Even with one picture a day, each under its own heading, the
 * page stays below half of the 16.7 million pixels that a browser can lay out.
 */
export const KEPT = 20_000;
/** How long a list may lag behind this page's own change: a request's time-out plus the caches on the way. */
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
    /** `atStart`: nothing is newer than the first picture. `atEnd`: nothing is older than the last. */
    this.atStart = true;
    this.atEnd = false;
    /** Number of pictures newer than the first one; null when unknown. @type {number | null} */
    this.newerCount = 0;
    /** @type {string | null} */
    this.cursor = null;
    /** @type {Phase} */
    this.phase = 'loading';
    /** Why the last request for older or newest pictures failed. @type {unknown} */
    this.error = null;
    /** Why the last request for newer pictures, above the first one, failed. @type {unknown} */
    this.errorNewer = null;
    /** When the shown list was last known to be current. @type {Date | null} */
    this.asOf = null;
    /** Age of the last answer on arrival, milliseconds. */
    this.ageMs = 0;
    /** @type {string | null} */
    this.etag = null;
    /** @type {Promise<void> | null} */
    this.busy = null;
    /** @type {Promise<void> | null} */
    this.busyNewer = null;
    /** Deleted by this page: a list requested earlier must not bring them back. @type {Set<string>} */
    this.removedHere = new Set();
    /**
     * Added by this page: a list requested earlier must not remove them.
     *
     * @type {Map<string, { picture: Picture, at: number }>}
     */
    this.addedHere = new Map();
    /** Incremented by each restart: answers to requests from before a restart are ignored. */
    this.epoch = 0;
  }

  /** Number of all pictures; null until both ends are known. */
  get total() {
    return this.atEnd && this.newerCount !== null ? this.newerCount + this.items.length : null;
  }

  /** Loads the next page of older pictures; one request at a time. */
  loadOlder() {
    if (this.atEnd || this.busy) return this.busy ?? Promise.resolve();
    this.phase = 'loading';
    this.error = null;
    this.#tell('state');
    const busy = this.#readOlder(this.epoch).finally(() => {
      if (this.busy === busy) this.busy = null;
    });
    this.busy = busy;
    return busy;
  }

  /** @param {number} epoch */
  async #readOlder(epoch) {
    try {
      const head = this.cursor === null && this.atStart;
      const { page, etag, ageMs } = await this.source.list({
        cursor: this.cursor,
        limit: head ? FIRST_PAGE : NEXT_PAGE,
      });
      if (epoch !== this.epoch || !page) return;
      if (head) this.#noteFreshness(etag, ageMs);
      this.items = merged(this.items, this.#withoutRemoved(page.items));
      this.cursor = page.next_cursor;
      this.atEnd = page.next_cursor === null;
      this.phase = 'ready';
      this.#trimTop();
      this.#tell('changed');
    } catch (error) {
      if (epoch !== this.epoch) return;
      this.phase = 'error';
      this.error = error;
    }
    this.#tell('state');
  }

  /** Loads pictures newer than the first one; one request at a time. */
  loadNewer() {
    if (this.atStart || this.items.length === 0 || this.busyNewer) return this.busyNewer ?? Promise.resolve();
    const busy = this.#readNewer(this.epoch).finally(() => {
      if (this.busyNewer === busy) this.busyNewer = null;
    });
    this.busyNewer = busy;
    return busy;
  }

  /** @param {number} epoch */
  async #readNewer(epoch) {
    try {
      const { items, atStart } = await readNewer((query) => this.source.list(query), this.items, await this.timeline());
      if (epoch !== this.epoch) return;
      this.errorNewer = null;
      this.atStart = atStart;
      this.items = merged(this.items, this.#withoutRemoved(items));
      if (atStart) this.newerCount = 0;
      else if (this.newerCount !== null) this.newerCount = Math.max(0, this.newerCount - items.length);
      this.#trimBottom();
      this.#tell('changed');
    } catch (error) {
      if (epoch !== this.epoch) return;
      this.errorNewer = error;
    }
    this.#tell('state');
  }

  /**
   * Jumps to a time. Makes no request when that time is already loaded.
   *
   * @param {number | null} time  milliseconds since 1970; null for the newest picture
   * @returns {Promise<number>} the index of the newest picture from that time or before; -1 when loading failed
   */
  async jump(time) {
    const known = this.#loadedIndex(time);
    if (known >= 0) return known;
    this.epoch += 1;
    const { epoch } = this;
    this.busy = null;
    this.busyNewer = null;
    try {
      const { page, etag, ageMs } = await this.source.list({ before: time, limit: NEXT_PAGE });
      if (epoch !== this.epoch || !page) return -1;
      if (time === null) this.#noteFreshness(etag, ageMs);
      this.#replace(page, time === null);
      return 0;
    } catch (error) {
      if (epoch === this.epoch) {
        this.error = error;
        // The old pictures are kept; only an unfinished request for older ones must be repeated.
        this.phase = this.items.length === 0 ? 'error' : 'ready';
        this.#tell('state');
      }
      throw error;
    }
  }

  /** @param {number | null} time */
  #loadedIndex(time) {
    const last = this.items.at(-1);
    if (time === null) return this.atStart && this.items.length > 0 ? 0 : -1;
    const first = this.items[0];
    if (!first || !last || (!this.atStart && time > timeOf(first)) || (!this.atEnd && time < timeOf(last))) return -1;
    return Math.min(placeOfTime(this.items, time), this.items.length - 1);
  }

  /** @param {import('../types').Page} page @param {boolean} atStart */
  #replace(page, atStart) {
    this.items = this.#withoutRemoved(page.items);
    this.cursor = page.next_cursor;
    this.atEnd = page.next_cursor === null;
    this.atStart = atStart;
    this.newerCount = atStart ? 0 : null;
    this.phase = 'ready';
    this.error = null;
    this.errorNewer = null;
    this.#tell('changed');
    this.#tell('state');
  }

  /**
   * Looks for changes at the head of the list.
   *
   * @param {boolean} fresh  whether to bypass every cache, after this page's own change
   */
  async refresh(fresh) {
    if (this.phase === 'error' && this.items.length === 0) return this.loadOlder();
    const { epoch } = this;
    try {
      const bare = this.items.length === 0;
      const { page, etag, ageMs } = await this.source.list({ fresh, etag: bare ? null : this.etag, limit: FIRST_PAGE });
      if (epoch !== this.epoch) return undefined;
      this.#noteFreshness(etag ?? this.etag, ageMs);
      // When the list is open at the top, the newest pictures are not on show.
      if (page && this.atStart) this.#joinHead(page);
      // Every picture on show was deleted, and no other request is running.
      else if (page && this.items.length === 0 && !this.busyNewer && !this.busy) this.#replace(page, true);
      if (this.phase === 'error' && this.items.length > 0) this.phase = 'ready';
      this.error = null;
    } catch (error) {
      if (epoch !== this.epoch) return undefined;
      this.error = error;
      if (this.items.length === 0) this.phase = 'error';
    }
    this.#tell('state');
    return undefined;
  }

  /** @param {import('../types').Page} page */
  #joinHead(page) {
    const joined = joinHead(this.items, {
      ...page,
      items: merged(this.#withoutRemoved(page.items), this.#addedHereIn(page)),
    });
    if (joined === null) {
      // More pictures arrived than fit in one page. Keep the current view: the rest loads when the person scrolls up.
      this.atStart = false;
      this.newerCount = null;
    } else {
      this.items = joined;
      if (page.next_cursor === null) this.atEnd = true;
    }
    this.#tell('changed');
  }

  /** @param {Picture[]} items */
  #withoutRemoved(items) {
    return this.removedHere.size === 0 ? items : items.filter((picture) => !this.removedHere.has(picture.id));
  }

  /** @param {import('../types').Page} page @returns {Picture[]} recently added here, so perhaps missing in the list */
  #addedHereIn(page) {
    const last = page.next_cursor === null ? null : (page.items.at(-1)?.id ?? null);
    const since = Date.now() - LATELY_MS;
    for (const [id, { at }] of this.addedHere) if (at < since) this.addedHere.delete(id);
    return [...this.addedHere.values()].map(({ picture }) => picture).filter(({ id }) => last === null || id < last);
  }

  /** @param {string | null} etag @param {number | null} ageMs */
  #noteFreshness(etag, ageMs) {
    this.etag = etag;
    this.ageMs = ageMs ?? 0;
    this.asOf = new Date(Date.now() - this.ageMs);
  }

  /** @param {Picture} picture  just published or restored on this page */
  insert(picture) {
    this.removedHere.delete(picture.id);
    this.addedHere.set(picture.id, { picture, at: Date.now() });
    const first = this.items[0];
    const last = this.items.at(-1);
    // Beyond an open end, the picture loads later with its neighbours. Inserting it now would leave a gap.
    if (!this.atStart && (!first || picture.id < first.id)) return;
    if (!this.atEnd && last && picture.id > last.id) return;
    this.items = merged(this.items, [picture]);
    this.#tell('changed');
  }

  /** @param {Iterable<string>} ids  ids of deleted pictures */
  remove(ids) {
    for (const id of ids) {
      this.removedHere.add(id);
      this.addedHere.delete(id);
    }
    const left = this.#withoutRemoved(this.items);
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

  #trimTop() {
    const many = this.items.length - KEPT;
    if (many <= 0) return;
    this.items = this.items.slice(many);
    this.atStart = false;
    if (this.newerCount !== null) this.newerCount += many;
  }

  #trimBottom() {
    if (this.items.length <= KEPT) return;
    this.items = this.items.slice(0, KEPT);
    this.atEnd = false;
    this.cursor = this.items.at(-1)?.id ?? null;
    // The answer to a running request would leave a gap.
    this.epoch += 1;
    this.busy = null;
    this.phase = 'ready';
  }

  /** @param {string} name */
  #tell(name) {
    this.dispatchEvent(new Event(name));
  }
}
