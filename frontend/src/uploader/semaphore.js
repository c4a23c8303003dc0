/**
 * A counting semaphore: runs a limited number of tasks at once. The others wait, first come, first served.
 */
import { aborted } from '../net/abort.js';

export class Semaphore {
  /** @param {number} count */
  constructor(count) {
    this.free = count;
    /** @type {{ go: () => void }[]} */
    this.waiting = [];
  }

  /**
   * Runs `work` once a place is free, and always frees the place afterwards.
   *
   * @template T
   * @param {AbortSignal} signal  stops waiting when aborted
   * @param {() => Promise<T>} work
   * @returns {Promise<T>}
   */
  async run(signal, work) {
    await this.#enter(signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      const next = this.waiting.shift();
      if (next) next.go();
      else this.free += 1;
    }
  }

  /** @param {AbortSignal} signal */
  async #enter(signal) {
    if (signal.aborted) throw aborted();
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise((resolve, reject) => {
      const leave = () => {
        const at = this.waiting.indexOf(place);
        if (at >= 0) this.waiting.splice(at, 1);
        reject(aborted());
      };
      const place = {
        go: () => {
          signal.removeEventListener('abort', leave);
          resolve(undefined);
        },
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(place);
    });
  }
}
