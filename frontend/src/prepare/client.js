/** Sends files to a few workers and waits for the results. */
import { aborted } from '../net/abort.js';
import { NetworkError, Refused } from '../net/errors.js';

/**
 * Number of workers. More would compete with the page for cores and memory: decoding a 12-megapixel picture takes
 * 48 MB.
 */
const WORKERS = Math.max(1, Math.min(2, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1));

/**
 * @typedef {object} Job
 * @property {object} message  sent to the worker
 * @property {(made: any) => void} resolve
 * @property {(error: unknown) => void} reject
 */

export class Preparer {
  /** @param {string} script  URL of worker.js */
  constructor(script) {
    this.pictures = new WorkerPool(script, WORKERS, () => new Refused('error.unreadable'));
    // Hashing has its own worker: waiting for pictures to be decoded would leave a connection unused, and hashing on
    // the main thread would block the page. If this worker dies or cannot be loaded, the part is tried again: a large
    // file is worth it.
    this.hashes = new WorkerPool(script, globalThis.crypto.subtle ? 1 : WORKERS, () => new NetworkError('cut'));
  }

  /**
   * @param {File} file
   * @param {{ keepAll: boolean, inParts: boolean }} options  a file sent in parts gets no hash of the whole
   * @param {AbortSignal} signal
   * @returns {Promise<import('../types').Prepared>}
   */
  prepare(file, options, signal) {
    return this.pictures.run({ file, ...options }, signal);
  }

  /**
   * @param {Blob} blob  a few megabytes at most
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>} SHA-256, base64
   */
  hash(blob, signal = new AbortController().signal) {
    return this.hashes.run({ blob }, signal);
  }
}

/** A pool of workers, started when needed, with a queue. */
class WorkerPool {
  /**
   * @param {string} script  URL
   * @param {number} most
   * @param {() => Error} lost  makes the error for the job of a worker that died
   */
  constructor(script, most, lost) {
    this.script = script;
    this.most = most;
    this.lost = lost;
    /** @type {Job[]} */
    this.queue = [];
    /** @type {{ worker: Worker, job: Job | null }[]} */
    this.slots = [];
  }

  /**
   * @param {object} message
   * @param {AbortSignal} signal
   * @returns {Promise<any>}
   */
  run(message, signal) {
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(aborted());
        return;
      }
      const leave = () => {
        this.queue = this.queue.filter((other) => other !== job);
        const slot = this.slots.find((each) => each.job === job);
        if (slot) this.#end(slot);
        reject(aborted());
      };
      /** @param {(value: any) => void} settle */
      const then = (settle) => (/** @type {any} */ value) => {
        signal.removeEventListener('abort', leave);
        settle(value);
      };
      const job = { message, resolve: then(resolve), reject: then(reject) };
      signal.addEventListener('abort', leave, { once: true });
      this.queue.push(job);
      this.#next();
    });
  }

  #next() {
    const [job] = this.queue;
    if (!job) return;
    const idle = this.slots.find((slot) => slot.job === null) ?? (this.slots.length < this.most ? this.#start() : null);
    if (!idle) return;
    this.queue.shift();
    idle.job = job;
    idle.worker.postMessage(job.message);
  }

  #start() {
    const slot = {
      worker: new Worker(this.script, { type: 'module' }),
      job: /** @type {Job | null} */ (null),
    };
    slot.worker.addEventListener('message', (event) => {
      const job = slot.job;
      slot.job = null;
      if ('made' in event.data) job?.resolve(event.data.made);
      else job?.reject(new Refused(event.data.refused, event.data.detail));
      this.#next();
    });
    // A worker that dies (out of memory, for example) fails one file, not the whole batch.
    slot.worker.addEventListener('error', () => {
      slot.job?.reject(this.lost());
      this.#end(slot);
    });
    this.slots.push(slot);
    return slot;
  }

  /** @param {{ worker: Worker }} slot */
  #end(slot) {
    slot.worker.terminate();
    this.slots = this.slots.filter((other) => other !== slot);
    // Afterwards, because a batch that is cancelled gives up the waiting jobs right after this one.
    queueMicrotask(() => this.#next());
  }
}
