/** Asks the service whether storage has all of a file, and with that for its publication. */
import { HttpError, Refused } from './errors.js';
import { retrying } from './retry.js';

/** @typedef {import('./item.js').Item} Item @typedef {import('./flow.js').Tools} Tools */

/**
 * Asks until there is an answer.
 *
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {import('./flow.js').OnWait} waiting
 * @returns {Promise<import('../types').Picture | null>} null when storage has not all of it
 */
export async function finish(item, tools, signal, waiting) {
  if (item.picture) return item.picture;
  const { id, token } = ticketOf(item);
  try {
    return await retrying(
      tools.world,
      signal,
      async () => {
        for (;;) {
          const answer = await tools.complete(id, token, item.uploadId, signal);
          if ('id' in answer) return answer;
          await tools.world.sleep(answer.retryAfter, signal);
        }
      },
      waiting,
    );
  } catch (error) {
    if (error instanceof HttpError && error.status === 409) return null;
    if (error instanceof HttpError && error.status === 404 && item.uploadId !== null) {
      // Storage no longer knows the parts: they are sent anew, under the same ticket.
      item.uploadId = null;
      return null;
    }
    throw refusal(error);
  } finally {
    item.waiting = null;
  }
}

/**
 * Whether a broken PUT arrived all the same. A failing question is no answer: then the PUT is sent, and 412 tells.
 *
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
export async function arrived(item, tools, signal) {
  const { id, token } = ticketOf(item);
  try {
    const answer = await tools.complete(id, token, item.uploadId, signal);
    if ('id' in answer) item.picture = answer;
    return true;
  } catch (error) {
    signal.throwIfAborted();
    const said = refusal(error);
    if (said instanceof Refused) throw said;
    return false;
  }
}

/** @param {Item} item */
export function ticketOf(item) {
  return /** @type {import('../types').Ticket} */ (item.ticket);
}

/**
 * What the service decided for good: 422, no picture; 401, 403, 404 and 410, this upload is over.
 *
 * @param {unknown} error
 * @returns {unknown} a Refused, or the error itself
 */
export function refusal(error) {
  if (!(error instanceof HttpError) || ![401, 403, 404, 410, 422].includes(error.status)) return error;
  return new Refused(error.status === 422 ? 'error.notAnImage' : 'error.gone', error.problem?.detail ?? '');
}
