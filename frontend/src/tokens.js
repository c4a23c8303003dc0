/**
 * The tokens of pictures that were uploaded from this browser. A token allows deleting and restoring its picture. If
 * the browser stores nothing, the tokens last until the page is closed.
 */
import { db } from './db.js';

/**
 * @param {Pick<import('./db.js').Db, 'get' | 'put' | 'remove' | 'keys' | 'values'>} [database]
 */
export function makeTokens(database = db) {
  /** @type {Map<string, string>} */
  const here = new Map();
  return {
    /** @param {string} id  the picture's id @returns {Promise<string | null>} */
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

    /** @returns {Promise<Set<string>>} the ids of all pictures with a saved token */
    async all() {
      return new Set([...here.keys(), ...(await database.keys('tokens').catch(() => []))]);
    },
  };
}

export const tokens = makeTokens();
