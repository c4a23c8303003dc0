/** Decides whether a tile may show these bytes as a preview: a still picture of a type in which previews are made. */
import { sniff } from '../prepare/sniff.js';

/** Number of bytes from the start of a file that `isStill` needs. */
export const HEAD = 64;
/** Offsets in a WebP file of its first chunk's type and of the flags in a VP8X chunk (RFC 9649, section 2.7). */
const CHUNK = 12;
const FLAGS = 20;
const ANIMATION = 0x02;

/**
 * Browsers play a WebP exactly when this flag is set. JPEG cannot move. All other types are refused: GIF, PNG and AVIF
 * may move.
 *
 * @param {Uint8Array} head  the first 64 bytes, or all if there are fewer
 */
export function isStill(head) {
  const type = sniff(head);
  if (type === 'image/webp') return !(isExtended(head) && ((head[FLAGS] ?? 0) & ANIMATION) !== 0);
  return type === 'image/jpeg';
}

/** @param {Uint8Array} head */
function isExtended(head) {
  return [...'VP8X'].every((char, index) => head[CHUNK + index] === char.charCodeAt(0));
}
