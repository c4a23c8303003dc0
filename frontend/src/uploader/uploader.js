/**
 * The upload queue: accepts files, runs a few at a time, and reports progress. It knows no DOM and no URL; both are
 * passed in.
 *
 * Events: `added` (detail: items), `changed` (detail: item or null), `done` (detail: item), `settled` (nothing is left
 * to do).
 */
import { isAbort } from '../net/abort.js';
import { HttpError, isDiskFull, isFinal, Refused } from '../net/errors.js';
import { retrying } from '../net/retry.js';
import { Item } from './item.js';
import { Semaphore } from './semaphore.js';
import { Signer } from './signer.js';
import { Speed } from './speed.js';
import { Transfer } from './transfer.js';

/**
 * A browser opens 6 connections to an origin, and the gallery needs one: with 6 uploads a preview waits for seconds.
 */
export const REQUESTS = 5;
/**
 * Files in progress at once: more than requests, so that no request slot is idle while files are prepared or confirmed.
 */
const FILES = 9;
/** Parts hashed, signed or sent at once: two more than requests, so that no request slot is idle during hashing. */
const PARTS = REQUESTS + 2;

export class Uploader extends EventTarget {
  /** @param {import('./types').UploaderDeps} deps */
  constructor(deps) {
    super();
    this.deps = deps;
    /** @type {Item[]} */
    this.items = [];
    this.paused = false;
    /** The gallery's disk is full: nothing new starts until the person tries again. What has a ticket goes on. */
    this.diskFull = false;
    this.speed = new Speed();
    this.nextKey = 1;
    /** @type {Map<Item, AbortController>} */
    this.running = new Map();
    /** Whether the queue waits until no other page of this browser is uploading. */
    this.waitingForLock = false;
    /** @type {(() => void) | null} */
    this.releaseUploadLock = null;
    const signer = new Signer(deps.createUploads);
    /** @type {import('./types').TransferDeps} */
    this.transferDeps = {
      prepare: deps.prepare,
      hash: deps.hash,
      requestTicket: (claim, signal) => signer.requestTicket(claim, signal),
      signAgain: deps.signAgain,
      signParts: deps.signParts,
      listParts: deps.listParts,
      complete: deps.complete,
      put: deps.put,
      requests: new Semaphore(REQUESTS),
      parts: new Semaphore(PARTS),
      environment: deps.environment,
      enter: (item, state) => this.#enter(item, state),
      changed: (item) => this.#tell('changed', item),
      saveItem: (item) => deps.journal.save(item),
      cancelUpload: (item) => void this.#cancelUpload(item),
      limits: deps.limits,
    };
  }

  /**
   * @param {Iterable<File>} files
   * @param {{ keepAll?: boolean, handles?: Map<File, FileSystemFileHandle> }} [options]
   */
  add(files, { keepAll = false, handles = new Map() } = {}) {
    const fresh = [...files].map((file) => {
      const item = new Item(this.nextKey++, file, keepAll, newUid());
      item.file = file;
      item.handle = handles.get(file) ?? null;
      return item;
    });
    this.#enqueue(fresh);
    this.deps.journal.add(fresh);
    return fresh;
  }

  /**
   * Continues the uploads that an earlier page started.
   *
   * @param {((key: number) => Item)[]} makers  each builds an item with a key of this page
   */
  adopt(makers) {
    const items = makers.map((make) => make(this.nextKey++));
    // Cancelled on a page that was closed before the service received the cancellation.
    for (const item of items) if (item.state === 'cancelled') void this.#cancelUpload(item, true);
    this.#enqueue(items.filter((item) => item.state !== 'cancelled'));
  }

  /** @param {Item[]} items */
  #enqueue(items) {
    if (items.length === 0) return;
    this.items.push(...items);
    this.dispatchEvent(new CustomEvent('added', { detail: items }));
    this.#fill();
  }

  /**
   * Provides the file of an upload that an earlier page started.
   *
   * @param {Item} item
   * @param {File} file
   */
  provide(item, file) {
    if (item.state !== 'needsFile') return;
    item.file = file;
    this.#again(item);
  }

  /** Stops all transfers but loses no progress, and starts nothing new. */
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
    // After a refusal the ticket is useless and the file may have changed. After any other error, the next try
    // continues.
    if (item.error instanceof Refused) {
      item.forget();
      item.prepared = null;
      this.deps.journal.add([item]);
    }
    item.error = null;
    this.#again(item);
  }

  retryAll() {
    for (const item of this.items) if (!isFinal(item.error)) this.retry(item);
    if (!this.diskFull) return;
    this.diskFull = false;
    this.#tell('changed', null);
    this.#fill();
  }

  /**
   * Answers the question about locations that cannot be removed, once for all files in the queue: also for those that
   * are not prepared yet.
   *
   * @param {boolean} send  false: files with such a location are cancelled
   */
  answer(send) {
    for (const item of this.items) {
      if (item.settled) continue;
      item.acceptsLocation = send;
      item.refusesLocation = !send;
      this.deps.journal.save(item);
      if (item.state !== 'asking') continue;
      if (send) this.#again(item);
      else void this.cancel(item);
    }
  }

  /**
   * Cancels one file and removes what was sent, unless the picture has been published in the meantime.
   *
   * @param {Item} item
   */
  async cancel(item) {
    if (item.state === 'done' || item.state === 'cancelled') return;
    this.#enter(item, 'cancelled');
    this.deps.journal.cancelling(item);
    this.running.get(item)?.abort();
    const picture = await this.#cancelUpload(item, true);
    if (picture) this.#finish(item, picture);
  }

  cancelAll() {
    return Promise.all(
      this.items.filter((item) => !item.settled || item.state === 'needsFile').map((item) => this.cancel(item)),
    );
  }

  /** Removes finished files from the list. Failed uploads are cancelled, with everything that was sent. */
  clear() {
    for (const item of this.items) if (item.state === 'failed' || item.state === 'needsFile') void this.cancel(item);
    this.items = this.items.filter((item) => !item.settled);
    this.speed.reset();
    this.#tell('changed', null);
  }

  /** Totals for the page's summary, computed in one pass. */
  summary() {
    const all = {
      files: 0,
      done: 0,
      failed: 0,
      retryable: 0,
      asking: 0,
      needsFile: 0,
      left: 0,
      sent: 0,
      total: 0,
      /** Why that file waits. */
      waiting: /** @type {import('./types').Waiting | 'otherTab' | null} */ (null),
      /** Until when the first of the waiting files waits, milliseconds since 1970; null when nobody knows. */
      waitingUntil: /** @type {number | null} */ (null),
      /** A file is on its way. */
      moving: false,
    };
    for (const item of this.items) {
      if (item.state === 'cancelled') continue;
      all.files += 1;
      if (item.state === 'done') all.done += 1;
      else if (item.state === 'failed') {
        all.failed += 1;
        if (!isFinal(item.error)) all.retryable += 1;
      } else if (item.state === 'needsFile') all.needsFile += 1;
      else all.left += 1;
      if (item.state === 'asking') all.asking += 1;
      if (item.state === 'failed' || item.state === 'needsFile') continue;
      all.total += item.total;
      all.sent += item.sent;
      if (item.state === 'sending' && item.waiting === null) all.moving = true;
      if (item.waiting === null || item.settled) continue;
      if (all.waiting !== null && (item.waitingUntil ?? Infinity) >= (all.waitingUntil ?? Infinity)) continue;
      all.waiting = item.waiting;
      all.waitingUntil = item.waitingUntil;
    }
    if (this.waitingForLock && all.left > 0) all.waiting = 'otherTab';
    return all;
  }

  /** @param {Item} item */
  #again(item) {
    this.#enter(item, 'waiting');
    this.#fill();
  }

  #fill() {
    const held = this.paused || this.diskFull;
    const next = held ? [] : this.items.filter((item) => item.state === 'waiting' && !this.running.has(item));
    if (next.length > 0 && this.releaseUploadLock === null) {
      void this.#waitForLock();
      return;
    }
    for (const item of next) {
      if (this.running.size >= FILES) return;
      void this.#run(item);
    }
    if (this.running.size > 0) return;
    this.releaseUploadLock?.();
    this.releaseUploadLock = null;
  }

  async #waitForLock() {
    if (this.waitingForLock) return;
    this.waitingForLock = true;
    const release = await this.deps.acquireUploadLock();
    this.waitingForLock = false;
    this.releaseUploadLock = release;
    this.#tell('changed', null);
    this.#fill();
  }

  /** @param {Item} item */
  async #run(item) {
    const control = new AbortController();
    this.running.set(item, control);
    try {
      const end = await new Transfer(item, this.transferDeps, control.signal).run();
      if (item.state === 'cancelled') return;
      if (end === 'asking' && item.refusesLocation) void this.cancel(item);
      else if (typeof end === 'string') this.#enter(item, end);
      else this.#finish(item, end);
    } catch (error) {
      if (item.state === 'cancelled') return;
      item.halt();
      if (isDiskFull(error)) this.diskFull = true;
      if (isAbort(error) || isDiskFull(error)) {
        this.#enter(item, 'waiting');
      } else {
        item.error = error;
        this.#enter(item, 'failed');
        // A later page would get the same refusal.
        if (error instanceof Refused && error.reason !== 'error.key') this.deps.journal.drop(item);
      }
    } finally {
      this.running.delete(item);
      this.#fill();
      if (this.running.size === 0 && this.items.every((other) => other.settled))
        this.dispatchEvent(new Event('settled'));
    }
  }

  /**
   * Cancels at the service, and repeats the call until it succeeds: an upload that is not cancelled would be published.
   *
   * @param {Item} item
   * @param {boolean} [last]  whether to drop the item from the journal too
   * @returns {Promise<import('../types').Picture | null>} the picture, if it was published first
   */
  async #cancelUpload(item, last = false) {
    const { ticket } = item;
    const opening = item.opening;
    let uploadId = item.uploadId;
    const never = new AbortController().signal;
    let picture = null;
    if (ticket !== null) {
      if (opening !== null) uploadId = await opening.catch(() => uploadId);
      try {
        await retrying(this.deps.environment, never, () => this.deps.cancel(ticket.id, ticket.token, uploadId));
      } catch (error) {
        if (error instanceof HttpError && error.status === 409) {
          const answer = await this.deps.complete(ticket.id, ticket.token, uploadId, never).catch(() => null);
          if (answer && 'id' in answer) picture = answer;
        }
      }
    }
    if (last) this.deps.journal.drop(item);
    return picture;
  }

  /** @param {Item} item @param {import('../types').Picture} picture */
  #finish(item, picture) {
    item.picture = picture;
    this.#enter(item, 'done');
    this.#tell('done', item);
    this.deps.journal.drop(item);
    // Free the blob: keeping a thousand of them would fill the memory.
    if (item.prepared) item.prepared = { ...item.prepared, blob: new Blob([]) };
  }

  /** @param {Item} item @param {import('./item.js').State} state */
  #enter(item, state) {
    if (item.state === 'cancelled' && state !== 'done') return;
    item.state = state;
    if (state !== 'sending') item.waiting = null;
    this.#tell('changed', item);
  }

  /** @param {string} name @param {Item | null} item */
  #tell(name, item) {
    this.dispatchEvent(new CustomEvent(name, { detail: item }));
  }
}

/** Makes a random id. Works without a secure context, unlike `crypto.randomUUID`. */
export function newUid() {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((word) => word.toString(36)).join('');
}
