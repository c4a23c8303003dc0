/**
 * Decides which bytes of an original are read for its details: the first ones, and at most one more range, where the
 * file's own index says that metadata follows. What comes from a range in the middle of a file is made into something
 * that the reader can read alone.
 *
 * Offsets and lengths come from the file, so each is checked against the bytes that are there.
 */

/** Bytes read first. Cameras write EXIF, XMP and IPTC there; the index of HEIC and AVIF is there too. */
export const HEAD_BYTES = 128 * 1024;
/** Most bytes of the second range. */
export const MORE_BYTES = 256 * 1024;
/** How much is read before an index that stands behind the pixels: phones that write it there put EXIF just before it. */
const BEFORE_INDEX_BYTES = 96 * 1024;

/**
 * A range of bytes; `end` is not part of it.
 * @typedef {{ start: number, end: number }} Range
 */

/**
 * Where the reader found metadata in the head, or found that they are elsewhere.
 * @typedef {{ blocks: { type: string, start: number, end: number }[] } | undefined} Index
 */

/** @param {number} size  of the file, bytes @returns {Range} */
export const headRange = (size) => ({ start: 0, end: Math.min(size, HEAD_BYTES) });

/**
 * @param {Uint8Array} head
 * @param {number} size  of the file, bytes
 * @param {Index} index
 * @returns {Range | null} null when nothing more is to be read
 */
export function furtherRange(head, size, index) {
  if (head.length >= size) return null;
  switch (containerOf(head)) {
    case 'jpeg':
      // The segments before the pixels go on beyond the head.
      return segmentsGoOn(head) ? within(head.length, size, size) : null;
    case 'png':
      // PNG has no index, and metadata may stand before or behind the pixels.
      return index?.blocks.some(isMetadata) || endsWithPixels(head, size) ? null : tail(head, size, size);
    case 'webp':
      return webpRange(head, size, index);
    case 'isobmff': {
      const behind = boxBehind(head, size);
      if (behind !== null) return within(Math.max(head.length, behind - BEFORE_INDEX_BYTES), size, size);
      const beyond = (index?.blocks ?? []).filter((block) => isMetadata(block) && block.end > head.length);
      if (beyond.length === 0) return null;
      const first = Math.min(...beyond.map((block) => block.start));
      const last = Math.max(...beyond.map((block) => block.end));
      return within(first, last, size);
    }
    default:
      return null;
  }
}

/**
 * @param {Uint8Array} head
 * @param {Range} range  from `furtherRange`
 * @param {Uint8Array} more  the bytes of that range; storage may have sent fewer
 * @param {Index} index
 * @returns {Uint8Array[]} each can be read alone as a file
 */
export function piecesOf(head, range, more, index) {
  switch (containerOf(head)) {
    case 'jpeg':
      return [joined(head, more)];
    case 'png': {
      const start = firstChunk(more, PNG_CHUNKS);
      return start < 0 ? [] : [joined(head.subarray(0, PNG_SIGNATURE), more.subarray(start))];
    }
    case 'webp': {
      const start = firstChunk(more, RIFF_CHUNKS);
      return start < 0 ? [] : [joined(head.subarray(0, RIFF_HEADER), more.subarray(start))];
    }
    case 'isobmff':
      return (index?.blocks ?? [])
        .filter((block) => isMetadata(block) && block.end > head.length)
        .map((block) => {
          const bytes = more.subarray(Math.max(0, block.start - range.start), Math.max(0, block.end - range.start));
          return block.type === 'exif' ? tiffOf(bytes) : bytes;
        })
        .filter((piece) => piece.length > 0);
    default:
      return [];
  }
}

/**
 * HEIC and AVIF: when the index stood in the second range, the reader needs it in front to tell where metadata are.
 *
 * @param {Uint8Array} head @param {Range} range @param {Uint8Array} more
 * @returns {Uint8Array | null} a file with that index; null when the index is in the head
 */
export function indexFile(head, range, more) {
  const behind = containerOf(head) === 'isobmff' ? boxBehind(head, range.end) : null;
  if (behind === null) return null;
  return joined(head.subarray(0, viewOf(head).getUint32(0)), more.subarray(behind - range.start));
}

/** @param {{ type: string }} block */
const isMetadata = ({ type }) => type === 'exif' || type === 'xmp';

/**
 * @param {number} start @param {number} end @param {number} size
 * @returns {Range | null} the part of it that is in the file and not too long
 */
function within(start, end, size) {
  const last = Math.min(end, size, start + MORE_BYTES);
  return start >= 0 && start < last ? { start, end: last } : null;
}

/** @param {Uint8Array} head @param {number} end @param {number} size */
const tail = (head, end, size) => within(Math.max(head.length, end - HEAD_BYTES), end, size);

/** @param {Uint8Array} bytes @returns {DataView<ArrayBufferLike>} */
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** @param {Uint8Array} bytes @param {number} start @param {number} length */
const ascii = (bytes, start, length) => String.fromCharCode(...bytes.subarray(start, start + length));

/** @param {Uint8Array} head */
function containerOf(head) {
  if (head[0] === 0xff && head[1] === 0xd8) return 'jpeg';
  if (ascii(head, 1, 3) === 'PNG') return 'png';
  if (ascii(head, 0, 4) === 'RIFF' && ascii(head, 8, 4) === 'WEBP') return 'webp';
  if (ascii(head, 4, 4) === 'ftyp') return 'isobmff';
  return null;
}

/** @param {Uint8Array} first @param {Uint8Array} second */
function joined(first, second) {
  const whole = new Uint8Array(first.length + second.length);
  whole.set(first);
  whole.set(second, first.length);
  return whole;
}

/** The marker of the pixels in a JPEG, and of its end. */
const PIXELS = 0xda;
const END = 0xd9;

/** Follows the segments of a JPEG. @param {Uint8Array} head @returns {boolean} whether they go on behind the head */
function segmentsGoOn(head) {
  const view = viewOf(head);
  let offset = 2;
  while (offset + 4 <= head.length) {
    const marker = view.getUint8(offset + 1);
    if (view.getUint8(offset) !== 0xff || marker === PIXELS || marker === END) return false;
    // A marker may have any number of bytes 0xff before it.
    offset += marker === 0xff ? 1 : 2 + view.getUint16(offset + 2);
  }
  return true;
}

const PNG_SIGNATURE = 8;
/** Length, type and CRC of a PNG chunk. */
const PNG_OVERHEAD = 12;
const RIFF_HEADER = 12;
const RIFF_CHUNK_HEADER = 8;
/** Flags of VP8X: the file has EXIF, XMP. https://developers.google.com/speed/webp/docs/riff_container */
const WEBP_HAS = { exif: 0x08, xmp: 0x04 };

/**
 * Follows the chunks of a PNG.
 *
 * @param {Uint8Array} head @param {number} size
 * @returns {boolean} whether the chunk at the end of the head is the last one before IEND
 */
function endsWithPixels(head, size) {
  const view = viewOf(head);
  let offset = PNG_SIGNATURE;
  while (offset + RIFF_CHUNK_HEADER <= head.length) offset += view.getUint32(offset) + PNG_OVERHEAD;
  return offset > head.length && offset + PNG_OVERHEAD >= size;
}

/** @param {Uint8Array} head @param {number} size @param {Index} index */
function webpRange(head, size, index) {
  if (ascii(head, RIFF_HEADER, 4) !== 'VP8X') return null;
  const view = viewOf(head);
  const flags = view.getUint8(RIFF_HEADER + RIFF_CHUNK_HEADER);
  const found = new Set(index?.blocks.filter(({ end }) => end <= head.length).map(({ type }) => type));
  const missing = Object.entries(WEBP_HAS).filter(([type, flag]) => flags & flag && !found.has(type));
  if (missing.length === 0) return null;
  // EXIF and XMP stand behind the pixels, at the end. Bytes behind the RIFF are no part of the picture.
  return tail(head, Math.min(size, view.getUint32(4, true) + RIFF_CHUNK_HEADER), size);
}

/**
 * How a container writes its chunks. `next`: where the chunk at `offset` ends. `isLast`: nothing may follow it.
 *
 * @typedef {object} Chunks
 * @property {number} typeAt  offset of the type in the chunk
 * @property {Set<string>} wanted  types with metadata
 * @property {(view: DataView, offset: number) => number} next
 * @property {(type: string) => boolean} isLast
 * @property {boolean} toTheEnd  the last chunk ends with the bytes
 */

/** @type {Chunks} */
const PNG_CHUNKS = {
  typeAt: 4,
  wanted: new Set(['eXIf', 'iTXt', 'tEXt']),
  next: (view, offset) => offset + view.getUint32(offset) + PNG_OVERHEAD,
  isLast: (type) => type === 'IEND',
  toTheEnd: false,
};

/** @type {Chunks} */
const RIFF_CHUNKS = {
  typeAt: 0,
  wanted: new Set(['EXIF', 'XMP ']),
  next: (view, offset) => {
    const length = view.getUint32(offset + 4, true);
    return offset + RIFF_CHUNK_HEADER + length + (length & 1);
  },
  isLast: () => false,
  toTheEnd: true,
};

/**
 * Finds the first chunk with metadata in the last bytes of a file. These begin somewhere in a chunk, so a place counts
 * as the start of a chunk only if the chunks from there lead to the end of the file. It goes from the end to the start,
 * so the time is linear.
 *
 * @param {Uint8Array} bytes @param {Chunks} chunks @returns {number} its offset; -1 when there is none
 */
function firstChunk(bytes, { typeAt, wanted, next, isLast, toTheEnd }) {
  const view = viewOf(bytes);
  const leadsToEnd = new Uint8Array(bytes.length + 1);
  if (toTheEnd) leadsToEnd[bytes.length] = 1;
  let first = -1;
  for (let offset = bytes.length - RIFF_CHUNK_HEADER; offset >= 0; offset -= 1) {
    const end = next(view, offset);
    if (end > bytes.length) continue;
    const type = ascii(bytes, offset + typeAt, 4);
    if (!isLast(type) && leadsToEnd[end] === 0) continue;
    leadsToEnd[offset] = 1;
    if (wanted.has(type)) first = offset;
  }
  return first;
}

/** Length and type of a box, and a length of 64 bits. */
const BOX_HEADER = 16;

/**
 * Follows the boxes of HEIC and AVIF (ISO/IEC 14496-12, 4.2).
 *
 * @param {Uint8Array} head @param {number} size
 * @returns {number | null} where the first box behind the head begins; null when the head holds the index (`meta`), or
 *   when there is no such box
 */
function boxBehind(head, size) {
  const view = viewOf(head);
  let offset = 0;
  while (offset + BOX_HEADER <= head.length) {
    if (ascii(head, offset + 4, 4) === 'meta') return null;
    const length = view.getUint32(offset);
    offset += length === 1 ? Number(view.getBigUint64(offset + 8)) : length;
    // Zero: the box goes on to the end of the file.
    if (length !== 1 && length < 8) return null;
  }
  return offset > head.length && offset + BOX_HEADER <= size ? offset : null;
}

/**
 * An Exif item begins with the offset of its TIFF header, 4 bytes (ISO/IEC 23008-12, A.2.1).
 *
 * @param {Uint8Array} item @returns {Uint8Array} the TIFF data; empty when there are none
 */
function tiffOf(item) {
  if (item.length < 4) return item.subarray(0, 0);
  return item.subarray(Math.min(item.length, 4 + viewOf(item).getUint32(0)));
}
