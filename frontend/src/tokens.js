/**
 * The tokens of pictures that were added from this browser: who holds one may delete and restore that picture.
 * Where the browser keeps nothing they last as long as the page.
 */
import { db } from './db.js';

/**
 * @param {Pick<import('./db.js').Db, 'get' | 'put' | 'remove' | 'keys' | 'values'>} [database]
 */
export function makeTokens(database = db) {
  /** @type {Map<string, string>} */
  const here = new Map();
  return {
    /** @param {string} id  of a picture @returns {Promise<string | null>} */
    async get(id) {
      return here.get(id) ?? (await database.get('tokens', id).catch(() => null)) ?? null;
    },

    /** @param {string} id @param {string} token */
    async put(id, token) {
      here.set(id, token);
      await database.put('tokens', id, token).catch(() => undefined);
    },

    /** @param {string} id */
    async remove(id) {
      here.delete(id);
      await database.remove('tokens', id).catch(() => undefined);
    },

    /** @returns {Promise<Set<string>>} the ids of all pictures whose token is here */
    async all() {
      return new Set([...here.keys(), ...(await database.keys('tokens').catch(() => []))]);
    },
  };
}

export const tokens = makeTokens();
