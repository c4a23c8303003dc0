/**
 * The queue: takes files, runs a few at a time, and tells what happens. Knows no DOM and no URL: both come in as tools.
 *
 * Events: `added`, `changed` (detail: item), `done` (detail: item), `settled` (nothing is left to do).
 */
import { HttpError, Refused, isAbort } from './errors.js';
import { upload } from './flow.js';
import { Item } from './item.js';
import { Lanes } from './lanes.js';
import { Signer } from './signer.js';
import { Speed } from './speed.js';

/** A browser has 6 connections to an origin and the gallery needs one: with 6 a thumbnail waits for seconds. */
export const REQUESTS = 5;
/** Files under way at once: some more than lanes, so that preparing and confirming never leave a lane empty. */
const FILES = 9;

/**
 * @typedef {object} Outside
 * @property {import('./flow.js').Tools['prepare']} prepare
 * @property {(files: import('../types').FileClaim[]) => Promise<(import('../types').Ticket | import('../types').Problem)[]>} createUploads
 * @property {import('./flow.js').Tools['signAgain']} signAgain
 * @property {import('./flow.js').Tools['complete']} complete
 * @property {(id: string, token: string) => Promise<void>} cancel
 * @property {import('./flow.js').Tools['put']} put
 * @property {import('./retry.js').World} world
 * @property {() => number} maxBytes
 */

export class Uploader extends EventTarget {
  /** @param {Outside} outside */
  constructor(outside) {
    super();
    this.outside = outside;
    /** @type {Item[]} */
    this.items = [];
    this.paused = false;
    this.speed = new Speed();
    this.nextKey = 1;
    /** @type {Map<Item, AbortController>} */
    this.running = new Map();
    /** @type {Map<Item, () => void>} */
    this.consents = new Map();
    const signer = new Signer(outside.createUploads);
    /** @type {import('./flow.js').Tools} */
    this.tools = {
      prepare: outside.prepare,
      ticket: (claim, signal) => signer.ticket(claim, signal),
      signAgain: outside.signAgain,
      complete: outside.complete,
      put: outside.put,
      lanes: new Lanes(REQUESTS),
      world: outside.world,
      enter: (item, state) => this.#enter(item, state),
      changed: (item) => this.#tell('changed', item),
      consent: (item) => new Promise((resolve) => this.consents.set(item, () => resolve(undefined))),
      maxBytes: outside.maxBytes,
    };
  }

  /**
   * @param {Iterable<File>} files
   * @param {{ keepAll?: boolean }} [options]
   */
  add(files, { keepAll = false } = {}) {
    const fresh = [...files].map((file) => new Item(this.nextKey++, file, keepAll));
    if (fresh.length === 0) return fresh;
    this.items.push(...fresh);
    this.dispatchEvent(new CustomEvent('added', { detail: fresh }));
    this.#fill();
    return fresh;
  }

  /** Stops what is being sent; nothing is lost and nothing new is begun. */
  pause() {
    this.paused = true;
    for (const [item, control] of this.running) {
      if (item.state !== 'confirming') control.abort();
    }
    this.speed.reset();
    this.#tell('changed', null);
  }

  resume() {
    this.paused = false;
    this.#tell('changed', null);
    this.#fill();
  }

  /** @param {Item} item */
  retry(item) {
    if (item.state !== 'failed') return;
    // After a refusal the ticket is worth nothing; after anything else the next try goes on with it.
    if (item.error instanceof Refused || item.error instanceof HttpError) forget(item);
    item.error = null;
    this.#enter(item, 'waiting');
    this.#fill();
  }

  retryAll() {
    for (const item of this.items) this.retry(item);
  }

  /** @param {Item} item */
  agree(item) {
    this.consents.get(item)?.();
    this.consents.delete(item);
  }

  /**
   * Cancels one file: what was already sent is taken back, unless it has been published in the meantime.
   *
   * @param {Item} item
   */
  async cancel(item) {
    if (item.state === 'done' || item.state === 'cancelled') return;
    const ticket = item.ticket;
    this.#enter(item, 'cancelled');
    this.consents.delete(item);
    this.running.get(item)?.abort();
    if (ticket === null) return;
    try {
      await this.outside.cancel(ticket.id, ticket.token);
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 409)) return; // never completed: the lifecycle clears it
      const picture = await this.outside.complete(ticket.id, ticket.token, new AbortController().signal).catch(() => null);
      if (picture && 'id' in picture) this.#finish(item, picture);
    }
  }

  cancelAll() {
    return Promise.all(this.items.filter((item) => !item.settled).map((item) => this.cancel(item)));
  }

  /** Forgets what is finished, so that the list can begin anew. */
  clear() {
    this.items = this.items.filter((item) => !item.settled);
    this.speed.reset();
    this.#tell('changed', null);
  }

  /** What the page's summary needs, in one pass. */
  summary() {
    const all = { files: 0, done: 0, failed: 0, asking: 0, left: 0, sent: 0, total: 0, waiting: /** @type {string | null} */ (null) };
    for (const item of this.items) {
      if (item.state === 'cancelled') continue;
      all.files += 1;
      if (item.state === 'done') all.done += 1;
      else if (item.state === 'failed') all.failed += 1;
      else all.left += 1;
      if (item.state === 'asking') all.asking += 1;
      if (item.state === 'failed') continue;
      all.total += item.total;
      all.sent += item.sent;
      if (item.waiting !== null && !item.settled) all.waiting = item.waiting;
    }
    return all;
  }

  #fill() {
    for (const item of this.items) {
      if (this.paused) return;
      // Who waits for the person's word holds no place.
      const busy = [...this.running.keys()].filter((other) => other.state !== 'asking').length;
      if (busy >= FILES) return;
      if (item.state === 'waiting' && !this.running.has(item)) void this.#run(item);
    }
  }

  /** @param {Item} item */
  async #run(item) {
    const control = new AbortController();
    this.running.set(item, control);
    try {
      const picture = await upload(item, this.tools, control.signal);
      if (item.state !== 'cancelled') this.#finish(item, picture);
    } catch (error) {
      if (item.state === 'cancelled') return;
      if (isAbort(error)) {
        item.sentImage = item.arrived ? item.sentImage : 0;
        this.#enter(item, 'waiting');
      } else {
        item.error = error;
        this.#enter(item, 'failed');
      }
    } finally {
      this.running.delete(item);
      this.#fill();
      if (this.running.size === 0 && this.items.every((other) => other.settled)) this.dispatchEvent(new Event('settled'));
    }
  }

  /** @param {Item} item @param {import('../types').Picture} picture */
  #finish(item, picture) {
    item.picture = picture;
    this.#enter(item, 'done');
    this.#tell('done', item);
    // The blob is needed no longer by the queue; a thousand of them would be.
    if (item.prepared) item.prepared = { ...item.prepared, blob: new Blob([]) };
  }

  /** @param {Item} item @param {import('./item.js').State} state */
  #enter(item, state) {
    if (item.state === 'cancelled' && state !== 'done') return;
    item.state = state;
    if (state !== 'sending') item.waiting = null;
    if (state === 'asking') this.#fill();
    this.#tell('changed', item);
  }

  /** @param {string} name @param {Item | null} item */
  #tell(name, item) {
    this.dispatchEvent(new CustomEvent(name, { detail: item }));
  }
}

/** @param {Item} item */
function forget(item) {
  item.ticket = null;
  item.picture = null;
  item.tried = false;
  item.arrived = false;
  item.previewArrived = false;
  item.sentImage = 0;
  item.sentPreview = 0;
}
