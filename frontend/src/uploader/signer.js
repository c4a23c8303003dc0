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
 * @typedef {{ claim: import('../types').FileClaim, resolve: (ticket: import('../types').Ticket) => void, reject: (error: unknown) => void }} Wish
 */

export class Signer {
  /**
   * @param {(files: import('../types').FileClaim[]) => Promise<(import('../types').Ticket | import('../types').FileProblem)[]>} create
   */
  constructor(create) {
    this.create = create;
    /** @type {Wish[]} */
    this.wishes = [];
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
  }

  /**
   * @param {import('../types').FileClaim} claim
   * @param {AbortSignal} signal
   * @returns {Promise<import('../types').Ticket>}
   * @throws {HttpError} also when the service refuses only this file
   */
  ticket(claim, signal) {
    return new Promise((resolve, reject) => {
      const wish = { claim, resolve, reject };
      signal.addEventListener(
        'abort',
        () => {
          this.wishes = this.wishes.filter((other) => other !== wish);
          reject(aborted());
        },
        { once: true },
      );
      this.wishes.push(wish);
      if (this.wishes.length >= MOST) this.#send();
      else this.timer ??= setTimeout(() => this.#send(), GATHER_MS);
    });
  }

  async #send() {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    const wishes = this.wishes.splice(0, MOST);
    if (wishes.length === 0) return;
    try {
      const answers = await this.create(wishes.map((wish) => wish.claim));
      wishes.forEach((wish, index) => {
        const answer = answers[index];
        if (answer === undefined) wish.reject(new Refused('error.answer'));
        else if ('token' in answer) wish.resolve(answer);
        else wish.reject(new HttpError(answer.status, answer, null));
      });
    } catch (error) {
      for (const wish of wishes) wish.reject(error);
    }
  }
}
