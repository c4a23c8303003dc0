/** Hands files to a few workers and waits for what they make of them. */
import { Refused, aborted } from '../uploader/errors.js';
import { sha256 } from './hash.js';

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
    /** @type {Job[]} */
    this.line = [];
    /** @type {{ worker: Worker, job: Job | null }[]} */
    this.hands = [];
  }

  /**
   * @param {File} file
   * @param {{ keepAll: boolean, inParts: boolean }} options  what is sent in parts has no hash of its whole
   * @param {AbortSignal} signal
   * @returns {Promise<import('../types').Prepared>}
   */
  prepare(file, options, signal) {
    return this.#order({ file, ...options }, signal, false);
  }

  /**
   * @param {Blob} blob  some megabytes at most
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>} SHA-256, base64
   */
  async hash(blob, signal = new AbortController().signal) {
    // The browser's own is quick and works beside the page. Ours would hold it up: it goes to a worker, before the pictures.
    if (!globalThis.crypto.subtle) return this.#order({ blob }, signal, true);
    try {
      return await sha256(blob);
    } catch {
      throw new Refused('error.unreadable');
    }
  }

  /**
   * @param {object} order
   * @param {AbortSignal} signal
   * @param {boolean} first
   * @returns {Promise<any>}
   */
  #order(order, signal, first) {
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
      if (first) this.line.unshift(job);
      else this.line.push(job);
      this.#next();
    });
  }

  #next() {
    const idle = this.hands.find((hand) => hand.job === null) ?? (this.hands.length < WORKERS ? this.#hire() : null);
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
      hand.job?.reject(new Refused('error.unreadable'));
      hand.worker.terminate();
      this.hands = this.hands.filter((other) => other !== hand);
      this.#next();
    });
    this.hands.push(hand);
    return hand;
  }
}
