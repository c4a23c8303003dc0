/** Deletes pictures and undoes deletions. */
import { HttpError } from '../net/errors.js';

/** @typedef {import('../types').Picture} Picture */

/** Requests at once: other clients share the gateway's limits. */
const AT_ONCE = 4;

/**
 * @typedef {object} Service
 * @property {(id: string) => Promise<string | null>} deletionToken
 * @property {(id: string, token: string) => Promise<void>} remove
 * @property {(id: string, token: string) => Promise<Picture>} restore
 */

/**
 * Outcome of a deletion or of its undo.
 *
 * @typedef {{ done: Picture[], denied: Picture[], failed: Picture[], error: unknown }} Outcome
 */

export class Removal {
  /** @param {Service} service */
  constructor(service) {
    this.service = service;
    /** Deletions that can be undone, the latest last. @type {Picture[][]} */
    this.past = [];
  }

  /** @param {Picture[]} pictures @returns {Promise<Outcome>} */
  async remove(pictures) {
    const outcome = await this.#each(pictures, async ({ id }, token) => {
      try {
        await this.service.remove(id, token);
      } catch (error) {
        // Another client has already deleted it.
        if (!(error instanceof HttpError && error.status === 404)) throw error;
      }
    });
    if (outcome.done.length > 0) this.past.push(outcome.done);
    return outcome;
  }

  /** Undoes the latest deletion. @returns {Promise<Outcome | null>} null when there is nothing to undo */
  async undo() {
    const last = this.past.pop();
    if (!last) return null;
    const outcome = await this.#each(last, async ({ id }, token) => void (await this.service.restore(id, token)));
    const left = [...outcome.denied, ...outcome.failed];
    if (left.length > 0) this.past.push(left);
    return outcome;
  }

  /**
   * @param {Picture[]} pictures
   * @param {(picture: Picture, token: string) => Promise<void>} act
   * @returns {Promise<Outcome>}
   */
  async #each(pictures, act) {
    /** @type {Outcome} */
    const outcome = { done: [], denied: [], failed: [], error: null };
    const waiting = [...pictures];
    const work = async () => {
      for (let picture = waiting.shift(); picture; picture = waiting.shift()) {
        try {
          const token = await this.service.deletionToken(picture.id);
          if (token === null) outcome.denied.push(picture);
          else {
            await act(picture, token);
            outcome.done.push(picture);
          }
        } catch (error) {
          outcome.failed.push(picture);
          outcome.error = error;
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return outcome;
  }
}
