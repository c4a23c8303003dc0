/**
 * Chooses where to write a ZIP: into a file that the person picks, else through a service worker into the browser's
 * downloads, else into memory, up to MOST_IN_MEMORY.
 */

import { ZIP, ZIP_SCOPE } from '../workers.js';

export const MOST_IN_MEMORY = 500_000_000;
/** Time-out for the worker's first answer, milliseconds. */
const ANSWER_MS = 4000;
/** Interval of the keep-alive messages, milliseconds: browsers stop an idle service worker after half a minute. */
const ALIVE_MS = 10_000;

/** @typedef {{ kind: 'file' | 'worker' | 'memory', save: (stream: ReadableStream<Uint8Array>, signal: AbortSignal) => Promise<void> }} Sink */

/**
 * Must be called directly from a click: the file dialog requires one.
 *
 * @param {string} name
 * @returns {Promise<Sink | null>} null when the person cancelled
 */
export async function chooseSink(name) {
  const pick = /** @type {any} */ (globalThis).showSaveFilePicker;
  if (typeof pick === 'function') {
    try {
      const handle = await pick({ suggestedName: name, types: [{ accept: { 'application/zip': ['.zip'] } }] });
      return { kind: 'file', save: (stream, signal) => intoFile(handle, stream, signal) };
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') return null;
      // Forbidden by a frame or a policy: use the next way.
    }
  }
  const worker = await startWorker().catch(() => null);
  if (worker !== null) return { kind: 'worker', save: (stream, signal) => throughWorker(worker, name, stream, signal) };
  return { kind: 'memory', save: (stream) => intoMemory(name, stream) };
}

/** @param {any} handle @param {ReadableStream<Uint8Array>} stream @param {AbortSignal} signal */
async function intoFile(handle, stream, signal) {
  await stream.pipeTo(await handle.createWritable(), { signal });
}

/** @returns {Promise<ServiceWorker | null>} null when not available: no HTTPS, or a private window */
async function startWorker() {
  if (!('serviceWorker' in navigator)) return null;
  const registration = await navigator.serviceWorker.register(ZIP, { scope: ZIP_SCOPE });
  // The active worker can still be that of an earlier version, at another address, which the new one is about to replace.
  const { href } = new URL(ZIP, location.href);
  const workers = [registration.active, registration.waiting, registration.installing];
  const worker = workers.find((candidate) => candidate?.scriptURL === href);
  if (!worker) return null;
  if (worker.state === 'activated') return worker;
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(null), ANSWER_MS);
    worker.addEventListener('statechange', () => {
      if (worker.state !== 'activated') return;
      clearTimeout(timer);
      resolve(worker);
    });
  });
}

/**
 * Passes the stream to the worker chunk by chunk through a message channel, at the browser's pace. Transferable streams
 * would be simpler, but Safari lacks them.
 *
 * @param {ServiceWorker} worker
 * @param {string} name
 * @param {ReadableStream<Uint8Array>} stream
 * @param {AbortSignal} signal
 */
async function throughWorker(worker, name, stream, signal) {
  const { port1: port, port2 } = new MessageChannel();
  const reader = stream.getReader();
  const address = `${ZIP_SCOPE}${crypto.randomUUID()}`;
  const alive = setInterval(() => worker.postMessage({ kind: 'alive' }), ALIVE_MS);
  try {
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('The worker does not answer.')), ANSWER_MS);
      const stop = () => {
        port.postMessage({ kind: 'abort' });
        reject(signal.reason);
      };
      signal.addEventListener('abort', stop, { once: true });
      port.onmessage = async ({ data }) => {
        clearTimeout(timer);
        if (data === 'ready') {
          const link = document.createElement('a');
          link.href = address;
          link.click();
        } else if (data === 'cancel') {
          reject(new DOMException('The download was cancelled.', 'AbortError'));
        } else {
          try {
            const { done, value } = await reader.read();
            if (done) {
              port.postMessage({ kind: 'end' });
              resolve(undefined);
            } else {
              const bytes = new Uint8Array(value);
              port.postMessage({ kind: 'chunk', bytes }, [bytes.buffer]);
            }
          } catch (error) {
            port.postMessage({ kind: 'abort' });
            reject(error);
          }
        }
      };
      worker.postMessage({ kind: 'zip', address, name }, [port2]);
    });
  } catch (error) {
    await reader.cancel(error).catch(() => undefined);
    throw error;
  } finally {
    clearInterval(alive);
  }
}

/** @param {string} name @param {ReadableStream<Uint8Array>} stream */
async function intoMemory(name, stream) {
  const blob = await new Response(stream, { headers: { 'content-type': 'application/zip' } }).blob();
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser needs the URL for a while after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
