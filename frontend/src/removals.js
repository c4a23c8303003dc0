/**
 * What the page removed from pictures that were uploaded from this browser, for their details. If the browser stores
 * nothing, it is known until the page is closed.
 */
import { db } from './db.js';

/** @typedef {import('./types').Removed} Removed */

/** @param {Pick<import('./db.js').Db, 'get' | 'put'>} [database] */
export function makeRemovals(database = db) {
  /** @type {Map<string, Removed[]>} */
  const here = new Map();
  return {
    /** @param {string} id  the picture's id @returns {Promise<Removed[]>} */
    async get(id) {
      return here.get(id) ?? (await database.get('removals', id).catch(() => null)) ?? [];
    },

    /** @param {string} id @param {Removed[]} removed */
    async put(id, removed) {
      if (removed.length === 0) return;
      here.set(id, removed);
      await database.put('removals', id, removed).catch(() => undefined);
    },
  };
}

export const removals = makeRemovals();
