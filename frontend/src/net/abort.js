/** What an AbortSignal needs besides itself. */

/**
 * A signal that is aborted by `stop`, and whenever `signal` is. (`AbortSignal.any` is younger than the browsers that we support.)
 *
 * @param {AbortSignal} signal
 * @returns {{ signal: AbortSignal, stop: () => void, release: () => void }} `release` lets go of the signal that it follows
 */
export function follow(signal) {
  const control = new AbortController();
  const stop = () => control.abort();
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  return { signal: control.signal, stop, release: () => signal.removeEventListener('abort', stop) };
}

/** @returns {DOMException} what an aborted step throws */
export function aborted() {
  return new DOMException('aborted', 'AbortError');
}

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}
