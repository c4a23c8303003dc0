/**
 * Removes the place, and only the place, from a file: in place, so pixels, offsets and all other metadata stay.
 */
import { cleanGif } from './gif.js';
import { cleanHeif } from './heif.js';
import { Job, Unsafe } from './job.js';
import { cleanJpeg, cleanPicture } from './jpeg.js';
import { applyTo, flatten, patched } from './patches.js';
import { cleanPng } from './png.js';
import { fileRegion } from './region.js';
import { cleanWebp } from './webp.js';

/** @type {Record<string, (region: import('./region.js').Region, job: Job) => Promise<void>>} */
const BY_TYPE = {
  'image/jpeg': cleanJpeg,
  'image/png': cleanPng,
  'image/webp': cleanWebp,
  'image/gif': cleanGif,
  'image/avif': cleanHeif,
  'image/heic': cleanHeif,
};

/** @type {import('./job.js').Formats} */
const FORMATS = { jpeg: cleanJpeg, png: cleanPng, picture: cleanPicture };

/**
 * @typedef {object} Cleaned
 * @property {Blob} blob  the file itself, or slices of it and patches
 * @property {Uint8Array | null} bytes  the blob's bytes, if they are in memory
 * @property {'clean' | 'removed' | 'unknown'} location  `unknown`: it may hold a place, and cannot be edited safely
 * @property {import('./job.js').Removed[]} removed  what was removed
 */

/**
 * @param {Blob} file
 * @param {string} contentType
 * @param {Uint8Array | null} [bytes]  the file's bytes, if they are in memory; they are changed
 * @returns {Promise<Cleaned>}
 * @throws {DOMException} when the file cannot be read
 */
export async function removeLocation(file, contentType, bytes = null) {
  const clean = BY_TYPE[contentType];
  const job = new Job(FORMATS);
  /** @type {import('./region.js').Patch[]} */
  const patches = [];
  try {
    if (!clean) throw new Unsafe('unknown type');
    await clean(fileRegion(file, bytes, patches), job);
  } catch (error) {
    // A RangeError means that a number in the file leads outside of a block, or that there is not enough memory for one.
    if (!(error instanceof Unsafe || error instanceof RangeError)) throw error;
    return { blob: file, bytes, location: 'unknown', removed: [] };
  }
  if (patches.length === 0) return { blob: file, bytes, location: 'clean', removed: [] };
  const flat = flatten(patches);
  const sameLength = flat.every(({ length, bytes: fresh }) => fresh === null || fresh.length === length);
  const blob = await patched(file, flat, contentType);
  if (sameLength && bytes !== null) applyTo(bytes, flat);
  return { blob, bytes: sameLength ? bytes : null, location: 'removed', removed: [...job.removed] };
}
