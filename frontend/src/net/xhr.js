/**
 * Sends one signed PUT. Uses XMLHttpRequest, because fetch reports no upload progress.
 */

import { aborted } from './abort.js';
import { retryAfterMs } from './backoff.js';
import { HttpError, NetworkError } from './errors.js';

/** A transfer without progress for this long is cut, so that it can be retried, milliseconds. */
export const STALL_MS = 30_000;

/**
 * @param {import('../types').SignedPut} put
 * @param {Blob} body
 * @param {AbortSignal} signal
 * @param {(sent: number) => void} onProgress  bytes of the body sent so far
 * @param {number} [stallMs]
 * @returns {Promise<void>}
 * @throws {NetworkError | HttpError}
 */
export function sendPut(put, body, signal, onProgress, stallMs = STALL_MS) {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(aborted());
      return;
    }
    const request = new XMLHttpRequest();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let watch;
    let stalled = false;
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(() => {
        stalled = true;
        request.abort();
      }, stallMs);
    };
    const cancel = () => request.abort();
    /** @param {() => void} settle */
    const end = (settle) => {
      clearTimeout(watch);
      signal.removeEventListener('abort', cancel);
      settle();
    };
    request.upload.onprogress = (event) => {
      alive();
      onProgress(event.loaded);
    };
    request.onload = () =>
      end(() => {
        if (request.status >= 200 && request.status < 300) {
          onProgress(body.size);
          resolve();
          return;
        }
        const after = retryAfterMs(request.getResponseHeader('retry-after'), Date.now());
        reject(new HttpError(request.status, null, after));
      });
    // Mobile Safari reports a dropped connection as `abort`: only our own signal means a cancellation.
    const dropped = () =>
      end(() => {
        if (signal.aborted) reject(aborted());
        else reject(new NetworkError(stalled ? 'stalled' : 'cut'));
      });
    request.onerror = dropped;
    request.onabort = dropped;
    request.ontimeout = dropped;
    request.open(put.method, put.url);
    for (const [name, value] of Object.entries(put.headers)) {
      // The browser sets these headers itself and rejects attempts to change them.
      if (name.toLowerCase() !== 'content-length' && name.toLowerCase() !== 'host')
        request.setRequestHeader(name, value);
    }
    signal.addEventListener('abort', cancel, { once: true });
    alive();
    request.send(body);
  });
}
