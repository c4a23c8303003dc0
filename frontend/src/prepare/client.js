/** Hands files to a few workers and waits for what they make of them. */
import { Refused, aborted } from '../uploader/errors.js';

/** More would fight with the page for cores and memory: a 12-megapixel picture takes 48 MB while it is decoded. */
const WORKERS = Math.max(1, Math.min(2, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1));

/**
 * @typedef {object} Job
 * @property {number} key
 * @property {File} file
 * @property {boolean} keepAll
 * @property {(prepared: import('../types').Prepared) => void} resolve
 * @property {(error: unknown) => void} reject
 */

export class Preparer {
  constructor() {
    /** @type {Job[]} */
    this.line = [];
    /** @type {{ worker: Worker, job: Job | null }[]} */
    this.hands = [];
    this.nextKey = 1;
  }

  /**
   * @param {File} file
   * @param {{ keepAll: boolean }} options
   * @param {AbortSignal} signal
   * @returns {Promise<import('../types').Prepared>}
   */
  prepare(file, { keepAll }, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(aborted());
        return;
      }
      const job = { key: this.nextKey++, file, keepAll, resolve, reject };
      signal.addEventListener(
        'abort',
        () => {
          this.line = this.line.filter((other) => other !== job);
          reject(aborted());
        },
        { once: true },
      );
      this.line.push(job);
      this.#next();
    });
  }

  #next() {
    const idle = this.hands.find((hand) => hand.job === null) ?? (this.hands.length < WORKERS ? this.#hire() : null);
    if (!idle) return;
    const job = this.line.shift();
    if (!job) return;
    idle.job = job;
    idle.worker.postMessage({ key: job.key, file: job.file, keepAll: job.keepAll });
  }

  #hire() {
    const hand = {
      worker: new Worker(new URL('./worker.js', import.meta.url), { type: 'module' }),
      job: /** @type {Job | null} */ (null),
    };
    hand.worker.addEventListener('message', (event) => {
      const job = hand.job;
      hand.job = null;
      if (job && event.data.prepared) job.resolve(event.data.prepared);
      else job?.reject(new Refused(event.data.refused, event.data.detail));
      this.#next();
    });
    // A worker that died (out of memory, say) takes one file with it, not the batch.
    hand.worker.addEventListener('error', () => {
      hand.job?.reject(new Refused('error.unreadable'));
      hand.worker.terminate();
      this.hands = this.hands.filter((other) => other !== hand);
      this.#next();
    });
    this.hands.push(hand);
    return hand;
  }
}
