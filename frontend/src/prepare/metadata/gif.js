/** Cleans GIF89a files. Removes comments that mention a location, and application blocks except the animation loop. */
import { keepSlice, mentionsLocation, startsWith } from './pieces.js';

/**
 * @param {Uint8Array} bytes  the whole file
 * @returns {import('./pieces.js').Plan | null} null when the file cannot be read to its end
 */
export function planGif(bytes) {
  /** @type {import('./pieces.js').Piece[]} */
  const pieces = [];
  let hasLocation = false;
  let at = 13 + tableSize(bytes[10] ?? 0);
  keepSlice(pieces, 0, at);
  while (at < bytes.length) {
    const start = at;
    const kind = bytes[at];
    if (kind === 0x3b) {
      keepSlice(pieces, start, at + 1);
      if (bytes.subarray(at + 1).some((byte) => byte !== 0)) hasLocation = true;
      return { pieces: hasLocation ? pieces : null };
    }
    if (kind === 0x2c) {
      at = blocksEnd(bytes, at + 10 + tableSize(bytes[at + 9] ?? 0) + 1);
      keepSlice(pieces, start, at);
    } else if (kind === 0x21) {
      const label = bytes[at + 1];
      at = blocksEnd(bytes, at + 2);
      const body = bytes.subarray(start + 2, at);
      if (label === 0xfe) {
        if (mentionsLocation(body)) hasLocation = true;
        else keepSlice(pieces, start, at);
      } else if (label === 0xff && !startsWith(body, 1, 'NETSCAPE2.0') && !startsWith(body, 1, 'ANIMEXTS1.0')) {
        hasLocation = true;
      } else {
        keepSlice(pieces, start, at);
      }
    } else {
      return null;
    }
  }
  return null;
}

/** @param {number} flags */
function tableSize(flags) {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** @param {Uint8Array} bytes @param {number} at  the first sub-block's length @returns {number} the end of the last one */
function blocksEnd(bytes, at) {
  let end = at;
  for (let size = bytes[end]; size !== undefined && size !== 0; size = bytes[end]) end += size + 1;
  return end + 1;
}
