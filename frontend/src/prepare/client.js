/** Hands files to a few workers and waits for what they make of them. */
import { aborted } from '../net/abort.js';
import { NetworkError, Refused } from '../net/errors.js';

/** More would fight with the page for cores and memory: a 12-megapixel picture takes 48 MB while it is decoded. */
const WORKERS = Math.max(1, Math.min(2, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1));

/**
 * @typedef {object} Job
 * @property {object} order  the message for the worker
 * @property {(made: any) => void} resolve
 * @property {(error: unknown) => void} reject
 */

export class Preparer {
  constructor() {
    this.pictures = new Crew(WORKERS, () => new Refused('error.unreadable'));
    // A part that waited for pictures to be decoded would leave a connection unused; on the page's own thread it would hold the page.
    // Where its worker dies or can't be loaded, the part is tried again: a large file is worth more than one try.
    this.hashes = new Crew(globalThis.crypto.subtle ? 1 : WORKERS, () => new NetworkError('cut'));
  }

  /**
   * @param {File} file
   * @param {{ keepAll: boolean, inParts: boolean }} options  what is sent in parts has no hash of its whole
   * @param {AbortSignal} signal
   * @returns {Promise<import('../types').Prepared>}
   */
  prepare(file, options, signal) {
    return this.pictures.give({ file, ...options }, signal);
  }

  /**
   * @param {Blob} blob  some megabytes at most
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>} SHA-256, base64
   */
  hash(blob, signal = new AbortController().signal) {
    return this.hashes.give({ blob }, signal);
  }
}

/** Workers that are hired as they are needed, and the line in front of them. */
class Crew {
  /**
   * @param {number} most
   * @param {() => Error} lost  what the death of a worker means for its order
   */
  constructor(most, lost) {
    this.most = most;
    this.lost = lost;
    /** @type {Job[]} */
    this.line = [];
    /** @type {{ worker: Worker, job: Job | null }[]} */
    this.hands = [];
  }

  /**
   * @param {object} order
   * @param {AbortSignal} signal
   * @returns {Promise<any>}
   */
  give(order, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(aborted());
        return;
      }
      const leave = () => {
        this.line = this.line.filter((other) => other !== job);
        reject(aborted());
      };
      /** @param {(value: any) => void} settle */
      const then = (settle) => (/** @type {any} */ value) => {
        signal.removeEventListener('abort', leave);
        settle(value);
      };
      const job = { order, resolve: then(resolve), reject: then(reject) };
      signal.addEventListener('abort', leave, { once: true });
      this.line.push(job);
      this.#next();
    });
  }

  #next() {
    const idle = this.hands.find((hand) => hand.job === null) ?? (this.hands.length < this.most ? this.#hire() : null);
    if (!idle) return;
    const job = this.line.shift();
    if (!job) return;
    idle.job = job;
    idle.worker.postMessage(job.order);
  }

  #hire() {
    const hand = {
      worker: new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
      job: /** @type {Job | null} */ (null),
    };
    hand.worker.addEventListener('message', (event) => {
      const job = hand.job;
      hand.job = null;
      if ('made' in event.data) job?.resolve(event.data.made);
      else job?.reject(new Refused(event.data.refused, event.data.detail));
      this.#next();
    });
    // A worker that died (out of memory, say) takes one file with it, not the batch.
    hand.worker.addEventListener('error', () => {
      hand.job?.reject(this.lost());
      hand.worker.terminate();
      this.hands = this.hands.filter((other) => other !== hand);
      this.#next();
    });
    this.hands.push(hand);
    return hand;
  }
}
