/** Cleans WebP files (RFC 9649): RIFF chunks. Removes EXIF, XMP and unknown chunks, and clears their flags in VP8X. */
import { orientationOnly, readExif } from './exif.js';
import { keepSlice, mentionsLocation, startsWith } from './pieces.js';

const PIXELS = new Set(['VP8 ', 'VP8L', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
const HAS_EXIF = 0x08;
const HAS_XMP = 0x04;

/**
 * @param {Uint8Array} bytes  the whole file
 * @returns {import('./pieces.js').Plan | null} null when the file cannot be read to its end
 */
export function planWebp(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const riffEnd = 8 + view.getUint32(4, true);
  if (riffEnd > bytes.length + 1) return null;
  let hasLocation = riffEnd < bytes.length;
  let orientation = 1;
  /** @type {import('./pieces.js').Piece[]} */
  const body = [];
  /** @type {Uint8Array | null} */
  let extended = null;
  for (let at = 12; at + 8 <= Math.min(riffEnd, bytes.length); ) {
    const type = new TextDecoder('latin1').decode(bytes.subarray(at, at + 4));
    const length = view.getUint32(at + 4, true);
    const end = Math.min(at + 8 + length + (length & 1), bytes.length);
    if (at + 8 + length > bytes.length) return null;
    const data = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'VP8X') {
      extended = bytes.slice(at, end);
      body.push(extended);
    } else if (PIXELS.has(type)) {
      keepSlice(body, at, end);
    } else if (type === 'EXIF') {
      const exif = readExif(startsWith(data, 0, 'Exif\0\0') ? data.subarray(6) : data);
      if (exif.hasLocation) hasLocation = true;
      orientation = exif.orientation;
    } else if (type === 'XMP ') {
      if (mentionsLocation(data)) hasLocation = true;
    } else {
      hasLocation = true;
    }
    at = end;
  }
  if (!hasLocation) return { pieces: null };
  if (extended) extended[8] = (extended[8] ?? 0) & ~(HAS_EXIF | HAS_XMP);
  if (extended && orientation !== 1) {
    extended[8] = (extended[8] ?? 0) | HAS_EXIF;
    const tiff = orientationOnly(orientation);
    const chunk = new Uint8Array(8 + tiff.length);
    chunk.set([0x45, 0x58, 0x49, 0x46, tiff.length]);
    chunk.set(tiff, 8);
    body.push(chunk);
  }
  const size = body.reduce(
    (sum, piece) => sum + (piece instanceof Uint8Array ? piece.length : piece.to - piece.from),
    4,
  );
  const head = bytes.slice(0, 12);
  new DataView(head.buffer).setUint32(4, size, true);
  return { pieces: [head, ...body] };
}
