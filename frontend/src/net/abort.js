/** Helpers for AbortSignal. */

/**
 * Makes a signal that is aborted by `stop`, or together with `signal` if one is given. (Some supported browsers lack
 * `AbortSignal.any`.)
 *
 * @param {AbortSignal} [signal]
 * @returns {{ signal: AbortSignal, stop: () => void, release: () => void }} `release` stops following `signal`
 */
export function follow(signal) {
  const control = new AbortController();
  const stop = () => control.abort();
  if (signal?.aborted) stop();
  signal?.addEventListener('abort', stop, { once: true });
  return { signal: control.signal, stop, release: () => signal?.removeEventListener('abort', stop) };
}

/** @returns {DOMException} the error that an aborted step throws */
export function aborted() {
  return new DOMException('aborted', 'AbortError');
}

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === 'AbortError';
}
