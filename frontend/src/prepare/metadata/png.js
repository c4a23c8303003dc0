/**
 * Cleans PNG files (third edition): chunks of length, type, data and CRC. Keeps what describes pixels; removes text,
 * EXIF and unknown chunks.
 */
import { orientationOnly, readExif } from './exif.js';
import { keepSlice, mentionsLocation } from './pieces.js';

const PIXELS = new Set(
  (
    'IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT tIME acTL fcTL fdAT ' +
    'oFFs sCAL gIFg gIFx sTER vpAg'
  ).split(' '),
);

/**
 * @param {Uint8Array} bytes  the whole file
 * @returns {import('./pieces.js').Plan | null} null when the file cannot be read to its end
 */
export function planPng(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  /** @type {import('./pieces.js').Piece[]} */
  const pieces = [];
  let hasLocation = false;
  keepSlice(pieces, 0, 8);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) return null;
    const type = new TextDecoder('latin1').decode(bytes.subarray(at + 4, at + 8));
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (PIXELS.has(type)) {
      keepSlice(pieces, at, end);
    } else if (type === 'eXIf') {
      const exif = readExif(data);
      if (exif.hasLocation) hasLocation = true;
      if (exif.orientation !== 1) pieces.push(chunk('eXIf', orientationOnly(exif.orientation)));
    } else if (type === 'tEXt') {
      if (mentionsLocation(data) || isRawProfile(data)) hasLocation = true;
    } else if (type === 'iTXt') {
      if (isCompressed(data) || mentionsLocation(data)) hasLocation = true;
    } else {
      // zTXt is compressed text and the others are unknown, so they may contain a location.
      hasLocation = true;
    }
    at = end;
    if (type === 'IEND') {
      if (at < bytes.length) hasLocation = true;
      return { pieces: hasLocation ? pieces : null };
    }
  }
  return null;
}

/** Whether the text is EXIF or XMP in hexadecimal, as ImageMagick writes it. @param {Uint8Array} data */
function isRawProfile(data) {
  return new TextDecoder('latin1').decode(data.subarray(0, 16)) === 'Raw profile type';
}

/** Whether the text is compressed; the flag follows the keyword's NUL. @param {Uint8Array} data */
function isCompressed(data) {
  const nul = data.indexOf(0);
  return nul < 0 || data[nul + 1] !== 0;
}

/** @param {string} type @param {Uint8Array} data */
function chunk(type, data) {
  const out = new Uint8Array(12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i += 1) out[4 + i] = type.charCodeAt(i);
  out.set(data, 8);
  view.setUint32(8 + data.length, crc32(out.subarray(4, 8 + data.length)));
  return out;
}

/** @param {Uint8Array} bytes */
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
