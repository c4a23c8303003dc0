/**
 * Retries a step until it succeeds, is refused for good, or has failed for too long.
 */
import { aborted } from './abort.js';
import { backoff, LONGEST_TOLD_MS } from './backoff.js';
import { HttpError, isOverBudget, isPassing, NetworkError } from './errors.js';

/** After this many 500, 502 or 504 in a row, give up: one broken file must not block a slot for ever. */
const MOST_FAULTS = 8;
/** 429, 503 and a lost connection mean "try later". After waiting this long in total, ask the person, milliseconds. */
const LONGEST_LATER_MS = 6 * 3600_000;

/**
 * @template T
 * @param {import('./environment.js').Environment} environment
 * @param {AbortSignal} signal
 * @param {(attempt: number) => Promise<T>} step
 * @param {(why: import('../uploader/types').Waiting, ms: number | null) => void} [onWait]  called before each wait, with
 *   its length in milliseconds, or null when nobody knows
 * @returns {Promise<T>}
 */
export async function retrying(environment, signal, step, onWait = () => {}) {
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
      if (!environment.online()) {
        onWait('offline', null);
        await environment.backOnline(signal);
        // Time offline does not count towards the limits.
        waits = 0;
        waited = 0;
        continue;
      }
      if (waited > LONGEST_LATER_MS) throw error;
      const asked = error instanceof HttpError ? error.retryAfter : null;
      if (isOverBudget(error)) {
        const wait = backoff(0, environment.random, asked, LONGEST_TOLD_MS);
        onWait('budget', wait);
        // The service says when the file fits, so this wait does not count towards the limit either.
        await environment.sleep(wait, signal);
        continue;
      }
      const wait = backoff(waits, environment.random, asked);
      onWait(error instanceof NetworkError ? 'network' : 'busy', wait);
      await environment.sleep(wait, signal);
      waits += 1;
      waited += wait;
    }
  }
}
