/**
 * Removes the location from a file without changing a pixel. A file without a location is returned unchanged.
 */
import { planGif } from './gif.js';
import { planJpeg } from './jpeg.js';
import { planPng } from './png.js';
import { planWebp } from './webp.js';

/** Largest file that is cleaned, bytes: cleaning reads the whole file into memory. */
const LARGEST = 256 * 1024 * 1024;

/** @type {Record<string, (bytes: Uint8Array) => import('./pieces.js').Plan | null>} */
const BY_TYPE = { 'image/jpeg': planJpeg, 'image/png': planPng, 'image/webp': planWebp, 'image/gif': planGif };

/**
 * @param {Blob} file
 * @param {string} contentType
 * @returns {Promise<{ blob: Blob, location: 'clean' | 'removed' | 'unknown' }>} `unknown`: HEIC, AVIF, damaged
 */
export async function removeLocation(file, contentType) {
  const makePlan = BY_TYPE[contentType];
  if (!makePlan || file.size > LARGEST) return { blob: file, location: 'unknown' };
  const plan = makePlan(new Uint8Array(await file.arrayBuffer()));
  if (plan === null) return { blob: file, location: 'unknown' };
  if (plan.pieces === null) return { blob: file, location: 'clean' };
  const blobParts = plan.pieces.map((piece) =>
    piece instanceof Uint8Array ? /** @type {BlobPart} */ (piece) : file.slice(piece.from, piece.to),
  );
  return { blob: new Blob(blobParts, { type: contentType }), location: 'removed' };
}
