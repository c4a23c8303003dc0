/**
 * The errors of one request, and how each is handled.
 *
 *   RequestError
 *   ├─ NetworkError    no answer: offline, cut, stalled         → try again
 *   ├─ HttpError       an answer other than success             → depends on the status
 *   ├─ SignedOut       the gateway asks the person to sign in   → say so; nothing is lost
 *   └─ Refused         a final decision about this request      → say why
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
   * @param {Partial<import('../types').Problem> | null} problem  about the request, or about one of its files
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
   * @param {string} reason  a key of the page's translations
   * @param {string} [detail]  the server's own text
   */
  constructor(reason, detail = '') {
    super(detail || reason);
    this.reason = reason;
    this.detail = detail;
  }
}

/**
 * Whether the service refused a file because this address was granted as many bytes as one hour allows. The problem then
 * says when the file fits. The gateway's own 429 does not: it means too many requests, for seconds.
 *
 * @param {unknown} error
 * @returns {error is HttpError}
 */
export function isOverBudget(error) {
  return error instanceof HttpError && error.status === 429 && typeof error.problem?.retry_after === 'number';
}

/**
 * Whether the disk of the gallery is nearly full. A person has to act first (RFC 4918, section 11.5).
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isDiskFull(error) {
  return error instanceof HttpError && error.status === 507;
}

/**
 * Whether the same request may succeed later, without anybody's help.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isPassing(error) {
  if (error instanceof NetworkError) return true;
  if (isDiskFull(error)) return false;
  return error instanceof HttpError && (error.status >= 500 || error.status === 429 || error.status === 408);
}

/** Reasons that concern the file itself. */
const FINAL = new Set(['error.empty', 'error.type', 'error.tooLarge', 'error.notAnImage']);

/**
 * Whether every try with the same file will be refused.
 *
 * @param {unknown} error
 * @returns {boolean}
 */
export function isFinal(error) {
  if (error instanceof Refused) return FINAL.has(error.reason);
  return error instanceof HttpError && (error.status === 413 || error.status === 415);
}
