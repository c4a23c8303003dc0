/**
 * Tries a step until it succeeds, is refused for good, or has failed for too long.
 */
import { backoff } from './backoff.js';
import { HttpError, NetworkError, aborted, isPassing } from './errors.js';

/** An answer of 500, 502 or 504 this often in a row is taken for lasting: one broken file must not hold a place for ever. */
const MOST_FAULTS = 8;
/** 429, 503 and a lost connection are the server's or the network's own "later": so much waiting in all, then the person is asked. */
const LONGEST_LATER_MS = 6 * 3600_000;

/**
 * @typedef {object} World  what a retry needs from outside, so that tests bring their own
 * @property {() => number} now  milliseconds
 * @property {() => number} random
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} sleep  ends early when the network comes back
 * @property {() => boolean} online
 * @property {(signal: AbortSignal) => Promise<void>} backOnline
 */

/**
 * @template T
 * @param {World} world
 * @param {AbortSignal} signal
 * @param {(attempt: number) => Promise<T>} step
 * @param {(why: 'offline' | 'busy' | 'network', waitMs: number) => void} [onWait]  told before each wait
 * @returns {Promise<T>}
 */
export async function retrying(world, signal, step, onWait = () => {}) {
  let faults = 0;
  let waits = 0;
  let waited = 0;
  for (let attempt = 0; ; attempt += 1) {
    if (signal.aborted) throw aborted();
    try {
      return await step(attempt);
    } catch (error) {
      if (signal.aborted) throw aborted();
      if (!isPassing(error)) throw error;
      const later = error instanceof NetworkError || (error instanceof HttpError && [429, 503].includes(error.status));
      faults = later ? 0 : faults + 1;
      if (faults >= MOST_FAULTS) throw error;
      if (!world.online()) {
        onWait('offline', 0);
        await world.backOnline(signal);
        // Time without a network counts for nothing, however long it was.
        waits = 0;
        waited = 0;
        continue;
      }
      if (waited > LONGEST_LATER_MS) throw error;
      const asked = error instanceof HttpError ? error.retryAfter : null;
      const wait = backoff(waits, world.random, asked);
      onWait(error instanceof NetworkError ? 'network' : 'busy', wait);
      await world.sleep(wait, signal);
      waits += 1;
      waited += wait;
    }
  }
}

/** @returns {World} the browser's clock, chance and network state */
export function browserWorld() {
  /** @param {AbortSignal} signal @param {string[]} events @param {number | null} ms */
  const until = (signal, events, ms) =>
    /** @type {Promise<void>} */ (
      new Promise((resolve, reject) => {
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        let timer;
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', fail);
          for (const name of events) globalThis.removeEventListener(name, done);
          resolve();
        };
        const fail = () => {
          done();
          reject(aborted());
        };
        if (ms !== null) timer = setTimeout(done, ms);
        signal.addEventListener('abort', fail, { once: true });
        for (const name of events) globalThis.addEventListener(name, done, { once: true });
      })
    );
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    sleep: (ms, signal) => until(signal, ['online'], ms),
    online: () => navigator.onLine !== false,
    // Some systems never fire `online`: look again every now and then.
    backOnline: (signal) => until(signal, ['online'], 15_000),
  };
}
