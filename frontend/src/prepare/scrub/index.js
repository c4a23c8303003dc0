/**
 * Removes the location from a file without changing a pixel. A file without a location is returned unchanged.
 */
import { scrubGif } from './gif.js';
import { scrubJpeg } from './jpeg.js';
import { scrubPng } from './png.js';
import { scrubWebp } from './webp.js';

/** Largest file that is cleaned, bytes: cleaning reads the whole file into memory. */
const LARGEST = 256 * 1024 * 1024;

/** @type {Record<string, (bytes: Uint8Array) => import('./pieces.js').Plan | null>} */
const BY_TYPE = { 'image/jpeg': scrubJpeg, 'image/png': scrubPng, 'image/webp': scrubWebp, 'image/gif': scrubGif };

/**
 * @param {Blob} file
 * @param {string} contentType
 * @returns {Promise<{ blob: Blob, location: 'clean' | 'removed' | 'unknown' }>} `unknown`: HEIC, AVIF, damaged
 */
export async function clean(file, contentType) {
  const scrub = BY_TYPE[contentType];
  if (!scrub || file.size > LARGEST) return { blob: file, location: 'unknown' };
  const plan = scrub(new Uint8Array(await file.arrayBuffer()));
  if (plan === null) return { blob: file, location: 'unknown' };
  if (plan.pieces === null) return { blob: file, location: 'clean' };
  const blobParts = plan.pieces.map((piece) =>
    piece instanceof Uint8Array ? /** @type {BlobPart} */ (piece) : file.slice(piece.from, piece.to),
  );
  return { blob: new Blob(blobParts, { type: contentType }), location: 'removed' };
}
