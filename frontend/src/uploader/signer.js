/**
 * Requests upload tickets in small batches: claims made at the same moment share one request. A ticket is requested
 * only when its file is about to be sent, so that no URL expires in the queue.
 */
import { aborted } from '../net/abort.js';
import { HttpError, Refused } from '../net/errors.js';

/** Files in one request; the service accepts 100. */
const MOST = 20;
/** How long the first claim waits for others, milliseconds. */
const GATHER_MS = 15;

/**
 * @typedef {{ claim: import('../types').NewFile, resolve: (ticket: import('../types').Granted) => void, reject: (error: unknown) => void }} Pending
 */

export class Signer {
  /**
   * @param {(files: import('../types').NewFile[]) => Promise<(import('../types').Granted | import('../types').FileProblem)[]>} create
   */
  constructor(create) {
    this.create = create;
    /** @type {Pending[]} */
    this.pending = [];
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
  }

  /**
   * @param {import('../types').NewFile} claim
   * @param {AbortSignal} signal
   * @returns {Promise<import('../types').Granted>}
   * @throws {HttpError} also when the service refuses only this file
   */
  requestTicket(claim, signal) {
    return new Promise((resolve, reject) => {
      const entry = { claim, resolve, reject };
      signal.addEventListener(
        'abort',
        () => {
          this.pending = this.pending.filter((other) => other !== entry);
          reject(aborted());
        },
        { once: true },
      );
      this.pending.push(entry);
      if (this.pending.length >= MOST) this.#send();
      else this.timer ??= setTimeout(() => this.#send(), GATHER_MS);
    });
  }

  async #send() {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const batch = this.pending.splice(0, MOST);
    if (batch.length === 0) return;
    try {
      const answers = await this.create(batch.map((entry) => entry.claim));
      batch.forEach((entry, index) => {
        const answer = answers[index];
        if (answer === undefined) entry.reject(new Refused('error.answer'));
        else if ('token' in answer) entry.resolve(answer);
        else entry.reject(new HttpError(answer.status, answer, secondsToMs(answer.retry_after)));
      });
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    }
  }
}

/** @param {number | undefined} seconds */
function secondsToMs(seconds) {
  return seconds === undefined ? null : seconds * 1000;
}
