/**
 * Computes how long to wait before the next try. Pure: the random source is an argument.
 */

/** First wait, milliseconds. */
const FIRST_MS = 500;
/** Longest wait, unless the server asked for more. */
const LONGEST_MS = 30_000;
/** Longest wait that a server can ask for: with a longer one the page would seem to hang. */
const LONGEST_ASKED_MS = 120_000;
/** The same where the page says until when it waits: the service's budget comes back within an hour. */
export const LONGEST_TOLD_MS = 3600_000;

/**
 * Jitter between half and all of a doubling wait, so that clients that failed together do not retry together.
 *
 * @param {number} attempt  0 for the first wait
 * @param {() => number} random  from 0 to 1
 * @param {number | null} [askedMs]  wait from Retry-After, milliseconds
 * @param {number} [longestAskedMs]
 * @returns {number} milliseconds
 */
export function backoff(attempt, random, askedMs = null, longestAskedMs = LONGEST_ASKED_MS) {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(attempt, 16));
  const wait = whole / 2 + (random() * whole) / 2;
  if (askedMs === null) return wait;
  return Math.min(longestAskedMs, askedMs + random() * FIRST_MS);
}

/**
 * Parses Retry-After: seconds or an HTTP date (RFC 9110, section 10.2.3).
 *
 * @param {string | null} header
 * @param {number} nowMs
 * @returns {number | null} milliseconds from now, null when absent or unreadable
 */
export function retryAfterMs(header, nowMs) {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}
