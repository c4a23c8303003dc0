/** The browser's clock, random numbers and network state, so that a test can replace them. */
import { aborted } from './abort.js';

/** Some systems never fire `online`: check again after this time, milliseconds. */
const LOOK_MS = 15_000;

/**
 * @typedef {object} Environment
 * @property {() => number} now  milliseconds
 * @property {() => number} random  from 0 to 1
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} sleep  ends early when the network comes back
 * @property {() => boolean} online
 * @property {(signal: AbortSignal) => Promise<void>} backOnline
 */

/** @type {Environment} */
export const browser = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep: (ms, signal) => wait(ms, signal, ['online']),
  online: () => navigator.onLine !== false,
  backOnline: (signal) => wait(LOOK_MS, signal, ['online']),
};

/**
 * @param {number} ms
 * @param {AbortSignal} signal
 * @returns {Promise<void>}
 * @throws {DOMException} an AbortError when the signal is aborted first
 */
export function sleep(ms, signal) {
  return wait(ms, signal, []);
}

/**
 * @param {number} ms  longest wait
 * @param {AbortSignal} signal
 * @param {string[]} events  events of the window, each of which ends the wait
 * @returns {Promise<void>}
 */
function wait(ms, signal, events) {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', fail);
      for (const name of events) globalThis.removeEventListener(name, done);
    };
    const done = () => {
      end();
      resolve();
    };
    const fail = () => {
      end();
      reject(aborted());
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', fail, { once: true });
    for (const name of events) globalThis.addEventListener(name, done, { once: true });
  });
}
