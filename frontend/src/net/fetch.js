/**
 * Sends one request to a service. Fails with a NetworkError, an HttpError or a SignedOut, or with an AbortError when
 * the caller aborts.
 */
import { aborted, follow } from './abort.js';
import { retryAfterMs } from './backoff.js';
import { HttpError, NetworkError, RequestError, SignedOut } from './errors.js';

/** Time-out for an answer, milliseconds. */
const TIMEOUT_MS = 30_000;
/** The title of the gateway's own 401, used with a sign-in service. A service's 401 concerns a key or a token. */
const SIGN_IN_FIRST = 'Sign in first';

/**
 * @typedef {object} RequestOptions
 * @property {string} [method]
 * @property {unknown} [body]  sent as JSON
 * @property {Record<string, string>} [headers]
 * @property {AbortSignal} [signal]
 * @property {number} [timeoutMs]
 * @property {boolean} [keepalive]  continues when the page is closed
 */

/**
 * @param {string} path
 * @param {RequestOptions} [options]
 * @returns {Promise<Response>} a success, or 304
 */
export async function request(path, options = {}) {
  const { method = 'GET', body, headers = {}, signal, timeoutMs = TIMEOUT_MS, keepalive = false } = options;
  if (signal?.aborted) throw aborted();
  const own = follow(signal);
  const release = () => {
    clearTimeout(timer);
    own.release();
  };
  // The timer runs on after the headers arrive, because the body can stall too. Aborting a finished request does
  // nothing.
  const timer = setTimeout(() => {
    own.stop();
    release();
  }, timeoutMs);
  try {
    const response = await fetch(path, {
      method,
      keepalive,
      signal: own.signal,
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    if (!response.ok && response.status !== 304) throw await failure(response);
    return response;
  } catch (error) {
    release();
    if (error instanceof RequestError) throw error;
    if (signal?.aborted) throw aborted();
    throw new NetworkError(own.signal.aborted ? 'stalled' : 'cut');
  }
}

/** @param {Response} response */
async function failure(response) {
  /** @type {import('../types').Problem | null} */
  let problem = null;
  if (response.headers.get('content-type')?.includes('json')) {
    problem = await response.json().catch(() => null);
  }
  if (response.status === 401 && problem?.title === SIGN_IN_FIRST) return new SignedOut(problem);
  return new HttpError(response.status, problem, retryAfterMs(response.headers.get('retry-after'), Date.now()));
}

/** @param {Response} response @returns {Promise<any>} */
export async function json(response) {
  try {
    return await response.json();
  } catch {
    throw new NetworkError('cut');
  }
}

/** @param {Headers} headers @returns {number | null} the answer's age, milliseconds; null when unknown */
export function ageOf(headers) {
  const said = headers.get('age');
  return said !== null && /^\d{1,9}$/.test(said) ? Number(said) * 1000 : null;
}
