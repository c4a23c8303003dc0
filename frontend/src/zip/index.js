/** Saves several pictures as one ZIP, straight from storage. Loaded when first needed. */
import { makeZip, predictLength } from 'client-zip';
import { api } from '../api.js';
import { sleep } from '../net/environment.js';
import { NetworkError } from '../net/errors.js';
import { unique } from './names.js';
import { entries } from './pack.js';
import { chooseSink, MOST_IN_MEMORY } from './save.js';

export { MOST_IN_MEMORY };

/** @typedef {import('../types').Picture} Picture */

/**
 * @typedef {object} Wishes
 * @property {string} name  file name of the ZIP
 * @property {string} listName  name of the text file that lists missing pictures
 * @property {(names: string[]) => string} listOf
 * @property {(done: number, bytes: number, total: number) => void} moved
 * @property {(total: number) => Promise<boolean>} mayUseMemory  warns the person, who may cancel
 * @property {() => void} begun
 */

/**
 * @param {Picture[]} pictures
 * @param {Wishes} wishes
 * @param {AbortSignal} signal
 * @returns {Promise<number | null>} number of missing pictures; null when the person cancelled
 */
export async function saveZip(pictures, wishes, signal) {
  const sink = await chooseSink(wishes.name);
  if (sink === null) return null;
  const names = unique(pictures.map(({ filename }) => filename));
  const total = Number(predictLength(pictures.map(({ size }, index) => ({ name: names[index], size }))));
  if (sink.kind === 'memory' && !(await wishes.mayUseMemory(total))) return null;
  wishes.begun();
  let missing = 0;
  const progress = {
    listName: wishes.listName,
    listOf: (/** @type {string[]} */ lost) => {
      missing = lost.length;
      return wishes.listOf(lost);
    },
    moved: (/** @type {number} */ done, /** @type {number} */ bytes) => wishes.moved(done, bytes, total),
  };
  await sink.save(makeZip(entries(pictures, storage, progress, signal)), signal);
  return missing;
}

/** @type {import('./pack.js').Storage} */
const storage = {
  addresses: async (refs, signal) => (await api.downloads('download', refs, signal)).urls,
  open: async (url, from, signal) => {
    const response = await fetch(url, { signal, ...(from > 0 ? { headers: { range: `bytes=${from}-` } } : {}) });
    if (!response.body || response.status !== (from > 0 ? 206 : 200)) throw new NetworkError('cut');
    return response.body;
  },
  sleep,
};
