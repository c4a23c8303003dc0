/**
 * What can go wrong with one request, and what follows from it.
 *
 *   RequestError
 *   ├─ NetworkError    no answer: offline, cut, stalled, refused        → try again
 *   ├─ HttpError       an answer that is no success                      → by its status
 *   ├─ SignedOut       the gateway wants to know who asks                → say so; nothing is over by it
 *   └─ Refused         a decision: the same request would get it again   → say why
 */

export class RequestError extends Error {}

export class NetworkError extends RequestError {
  /** @param {'offline' | 'cut' | 'stalled'} reason */
  constructor(reason) {
    super(reason);
    this.reason = reason;
  }
}

export class HttpError extends RequestError {
  /**
   * @param {number} status
   * @param {Partial<import('../types').Problem> | null} problem  of the request, or of one file of it
   * @param {number | null} retryAfter  milliseconds
   */
  constructor(status, problem, retryAfter) {
    super(problem?.detail || problem?.title || `HTTP ${status}`);
    this.status = status;
    this.problem = problem;
    this.retryAfter = retryAfter;
  }
}

export class SignedOut extends RequestError {
  /** @param {import('../types').Problem} problem */
  constructor(problem) {
    super(problem.detail);
  }
}

export class Refused extends RequestError {
  /**
   * @param {string} reason  a key of the page's words
   * @param {string} [detail]  what the server said, in its words
   */
  constructor(reason, detail = '') {
    super(detail || reason);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * Whether the same request may succeed later.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isPassing(error) {
  if (error instanceof NetworkError) return true;
  return error instanceof HttpError && (error.status >= 500 || error.status === 429 || error.status === 408);
}

/** What is wrong with the file itself. */
const FINAL = new Set(['error.empty', 'error.type', 'error.tooLarge', 'error.notAnImage']);

/**
 * Whether the same file will be refused whenever it is tried.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isFinal(error) {
  if (error instanceof Refused) return FINAL.has(error.reason);
  return error instanceof HttpError && (error.status === 413 || error.status === 415);
}
