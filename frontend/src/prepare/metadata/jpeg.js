/**
 * Cleans JPEG files (ITU-T T.81): segments, then entropy-coded scans, then perhaps trailers (second images, videos,
 * makers' blocks) with metadata of their own.
 */
import { orientationOnly, readExif } from './exif.js';
import { keepSlice, mentionsLocation, startsWith } from './pieces.js';

const EXIF = 'Exif\0\0';

/**
 * @param {Uint8Array} bytes  the whole file
 * @returns {import('./pieces.js').Plan | null} null when the file cannot be read to its end
 */
export function planJpeg(bytes) {
  /** @type {import('./pieces.js').Piece[]} */
  const pieces = [];
  let hasLocation = false;
  let orientation = 1;
  let at = 2;
  keepSlice(pieces, 0, 2);
  for (;;) {
    if (bytes[at] !== 0xff) return null;
    const start = at;
    while (bytes[at] === 0xff) at += 1;
    const marker = bytes[at];
    at += 1;
    if (marker === undefined) return null;
    if (marker === 0xd9) {
      keepSlice(pieces, start, at);
      break;
    }
    if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      keepSlice(pieces, start, at);
      continue;
    }
    const length = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
    if (length < 2 || at + length > bytes.length) return null;
    const body = bytes.subarray(at + 2, at + length);
    at += length;
    if (marker === 0xe1 && startsWith(body, 0, EXIF)) {
      const exif = readExif(body.subarray(EXIF.length));
      if (exif.hasLocation) hasLocation = true;
      if (orientation === 1) orientation = exif.orientation;
      continue;
    }
    if ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) {
      if (isHarmless(marker, body)) keepSlice(pieces, start, at);
      else if (mayContainLocation(marker, body)) hasLocation = true;
      continue;
    }
    if (marker === 0xda) at = endOfScan(bytes, at);
    keepSlice(pieces, start, at);
  }
  if (hasTrailer(bytes, at)) hasLocation = true;
  if (!hasLocation) return { pieces: null };
  if (orientation !== 1) pieces.splice(1, 0, ...orientationPieces(pieces, orientation));
  return { pieces };
}

/**
 * Whether a segment only tells how to decode the pixels.
 *
 * @param {number} marker
 * @param {Uint8Array} body
 */
function isHarmless(marker, body) {
  if (marker === 0xe0) return startsWith(body, 0, 'JFIF\0');
  if (marker === 0xe2) return startsWith(body, 0, 'ICC_PROFILE\0');
  return marker === 0xee && startsWith(body, 0, 'Adobe');
}

/**
 * Whether a segment that cleaning would remove may contain a location. True for unknown kinds.
 *
 * @param {number} marker
 * @param {Uint8Array} body
 */
function mayContainLocation(marker, body) {
  if (marker === 0xe1) return !startsWith(body, 0, 'http://ns.adobe.com/') || mentionsLocation(body);
  if (marker === 0xed) return hasIptcLocation(body) || mentionsLocation(body);
  if (marker === 0xfe) return mentionsLocation(body);
  if (marker === 0xe0 && startsWith(body, 0, 'JFXX\0')) return false;
  // Ducky: quality and comment from Photoshop's "Save for Web".
  if (marker === 0xec && startsWith(body, 0, 'Ducky')) return mentionsLocation(body);
  return true;
}

/** Looks for IPTC-IIM 2:26, 2:27 (content location) and 2:90 to 2:101 (city to country). @param {Uint8Array} body */
function hasIptcLocation(body) {
  for (let i = 0; i + 2 < body.length; i += 1) {
    if (body[i] !== 0x1c || body[i + 1] !== 2) continue;
    const set = body[i + 2] ?? 0;
    if (set === 26 || set === 27 || (set >= 90 && set <= 101)) return true;
  }
  return false;
}

/** @param {Uint8Array} bytes @param {number} at  the first byte of entropy-coded data @returns {number} offset of the next marker */
function endOfScan(bytes, at) {
  for (let i = bytes.indexOf(0xff, at); i >= 0; i = bytes.indexOf(0xff, i + 1)) {
    const next = bytes[i + 1];
    if (next === undefined) break;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return i;
  }
  return bytes.length;
}

/** Whether anything but padding follows the end of the image. @param {Uint8Array} bytes @param {number} at */
function hasTrailer(bytes, at) {
  for (let i = at; i < bytes.length; i += 1) if (bytes[i] !== 0 && bytes[i] !== 0xff) return true;
  return false;
}

/**
 * Keeps the orientation, or the picture would lie on its side: adds an EXIF block with the orientation only, after
 * JFIF's.
 *
 * @param {import('./pieces.js').Piece[]} pieces  changed: the first slice ends after SOI
 * @param {number} orientation
 * @returns {import('./pieces.js').Piece[]}
 */
function orientationPieces(pieces, orientation) {
  const tiff = orientationOnly(orientation);
  const segment = new Uint8Array(4 + EXIF.length + tiff.length);
  segment.set([0xff, 0xe1, 0, 2 + EXIF.length + tiff.length]);
  segment.set(
    [...EXIF].map((char) => char.charCodeAt(0)),
    4,
  );
  segment.set(tiff, 4 + EXIF.length);
  const [first] = pieces;
  if (!first || first instanceof Uint8Array) throw new TypeError('the first piece must be the slice with SOI');
  /** @type {import('./pieces.js').Piece[]} */
  const rest = first.to > 2 ? [segment, { from: 2, to: first.to }] : [segment];
  first.to = 2;
  return rest;
}
