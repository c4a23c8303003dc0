/**
 * Cleans JPEG files (ITU-T T.81): the metadata in their segments, and in what hangs behind the picture (second images,
 * gain maps, videos of motion photos).
 */
import { ascii, blank, indexOf, viewOf } from './bytes.js';
import { editFlir } from './flir.js';
import { editGopro } from './gopro.js';
import { Unsafe } from './job.js';
import { editEmbedded } from './nested.js';
import { editPhotoshop, guidOf } from './photoshop.js';
import { editText } from './texts.js';
import { editTiff } from './tiff.js';
import { cleanTrailer } from './trailer.js';
import { editXmp } from './xmp.js';

/** One more byte follows, of any value. */
const EXIF = 'Exif\0';
const EXIF_HEAD = EXIF.length + 1;
const XMP = 'http://ns.adobe.com/xap/1.0/\0';
const MORE_XMP = 'http://ns.adobe.com/xmp/extension/\0';
const PHOTOSHOP = 'Photoshop 3.0\0';
const FLIR = 'FLIR\0';
/** A thumbnail as a JPEG (JFIF extension). */
const THUMBNAIL = 'JFXX\0\x10';
/** Bytes behind the mark of extended XMP: GUID, length of the whole, offset of this part. */
const GUID = 32;
const MORE_XMP_HEAD = MORE_XMP.length + GUID + 8;
/** Bytes read at once while looking for the end of the pixels. */
const SCAN = 4 * 1024 * 1024;
const MOST_SEGMENTS = 4096;
/** Where the type of the box stands: behind the mark, two numbers and the length. */
const JUMBF_TYPE = 12;

/**
 * @typedef {import('./region.js').Region} Region
 * @typedef {import('./job.js').Job} Job
 * @typedef {{ marker: number, from: number, to: number, head: string }} Segment  `from`, `to`: its data · `head`: what
 *   they begin with
 */

/**
 * @param {Region} region  a JPEG and what hangs behind it
 * @param {Job} job
 * @throws {Unsafe} when it cannot be followed to its end or not be edited
 */
export async function cleanJpeg(region, job) {
  const end = await cleanPicture(region, job);
  await cleanTrailer(region, end, job);
}

/**
 * @param {Region} region
 * @param {Job} job
 * @returns {Promise<number>} the end of the picture
 */
export async function cleanPicture(region, job) {
  const { segments, end } = await segmentsOf(region);
  const named = (/** @type {number} */ marker, /** @type {string} */ head) =>
    segments.filter((segment) => segment.marker === marker && segment.head.startsWith(head));
  await editExif(region, named(0xe1, EXIF), job);
  await editXmpSegments(region, named(0xe1, XMP), named(0xe1, MORE_XMP), job);
  await editJoined(region, named(0xed, PHOTOSHOP), PHOTOSHOP.length, (bytes) => editPhotoshop(bytes, job));
  await editJoined(region, named(0xe1, FLIR), 8, (bytes) => editFlir(bytes, job));
  for (const segment of segments) {
    const editor = editorOf(segment);
    if (editor) await region.edit([segment], (bytes) => editor(bytes, job));
  }
  return end;
}

/**
 * @param {Segment} segment
 * @returns {((bytes: Uint8Array, job: Job) => void | Promise<void>) | null} what edits its data
 */
function editorOf({ marker, head }) {
  if (marker === 0xe0 && head.startsWith(THUMBNAIL))
    return (bytes, job) => editEmbedded(bytes.subarray(THUMBNAIL.length), job);
  if (marker === 0xe1 && ![EXIF, XMP, MORE_XMP, FLIR].some((mark) => head.startsWith(mark))) return editUnknown;
  if (marker === 0xe3 && head.startsWith('Meta\0\0')) return (bytes, job) => editTiff(bytes.subarray(6), job);
  // Ricoh's notes about the place.
  if (marker === 0xe5 && head.startsWith('RMETA\0')) return blanksFrom(6, 'location');
  if (marker === 0xe6 && head.startsWith('GoPro\0')) return (bytes, job) => editGopro(bytes.subarray(6), job);
  // JUMBF (ISO 19566-5), which carries C2PA. JPEG XT keeps pixels in other boxes of this segment.
  if (marker === 0xeb && head.startsWith('JP') && head.startsWith('jumb', JUMBF_TYPE))
    return blanksFrom(0, 'credentials');
  if (marker === 0xfe || marker === 0xea || marker === 0xec) return editText;
  return null;
}

/**
 * Edits what other programs take for XMP, whatever its mark.
 *
 * @param {Uint8Array} bytes  the data of an APP1 segment with an unknown mark
 * @param {Job} job
 * @throws {Unsafe} when it seems to be EXIF or XMP and cannot be read
 */
async function editUnknown(bytes, job) {
  if (indexOf(bytes, '<x:xmpmeta') >= 0 || indexOf(bytes, '<rdf:RDF') >= 0)
    await editXmp(bytes.subarray(indexOf(bytes, '<')), job);
  else if (/^(?:http|.{0,4}exif\0)/is.test(ascii(bytes.subarray(0, 16)))) throw new Unsafe('a segment has an odd mark');
}

/** @param {number} from @param {import('./job.js').Removed} what @returns {(bytes: Uint8Array, job: Job) => void} */
function blanksFrom(from, what) {
  return (bytes, job) => {
    if (blank(bytes, from, bytes.length)) job.removed.add(what);
  };
}

/**
 * A block may continue in further segments, which do not begin with a TIFF header.
 *
 * @param {Region} region
 * @param {Segment[]} segments
 * @param {Job} job
 */
async function editExif(region, segments, job) {
  /** @type {Segment[][]} */
  const blocks = [];
  for (const segment of segments) {
    const starts = /^(?:II\*\0|MM\0\*)/.test(segment.head.slice(EXIF_HEAD));
    const last = blocks.at(-1);
    if (last && !starts) last.push(segment);
    else blocks.push([segment]);
  }
  for (const block of blocks) await editJoined(region, block, EXIF_HEAD, (bytes) => editTiff(bytes, job));
}

/**
 * @param {Region} region
 * @param {Segment[]} segments
 * @param {number} skip  bytes in front of the data of each
 * @param {(bytes: Uint8Array) => unknown} editor
 */
async function editJoined(region, segments, skip, editor) {
  const ranges = segments.map(({ from, to }) => ({ from: Math.min(from + skip, to), to }));
  if (ranges.some(({ from, to }) => to > from))
    await region.edit(ranges, async (bytes) => {
      await editor(bytes);
    });
}

/**
 * Edits XMP and its extension, whose parts are named by the MD5 of the whole (Adobe XMP, part 3, 1.1.3.1).
 *
 * @param {Region} region
 * @param {Segment[]} packets
 * @param {Segment[]} parts
 * @param {Job} job
 */
async function editXmpSegments(region, packets, parts, job) {
  /** @type {Map<string, Segment[]>} */
  const extensions = new Map();
  for (const part of parts) {
    const guid = part.head.slice(MORE_XMP.length, MORE_XMP.length + GUID);
    extensions.set(guid, [...(extensions.get(guid) ?? []), part]);
  }
  /** @type {Map<string, Uint8Array>} */
  const renamed = new Map();
  for (const [guid, own] of extensions) {
    const fresh = await editExtension(region, own, job);
    if (fresh === null) continue;
    renamed.set(guid, fresh);
    for (const { from } of own)
      await region.edit([{ from: from + MORE_XMP.length, to: from + MORE_XMP.length + GUID }], (bytes) =>
        bytes.set(fresh),
      );
  }
  for (const { from, to } of packets)
    await region.edit([{ from: from + XMP.length, to }], async (bytes) => {
      const { digests } = await editXmp(bytes, job);
      for (const digest of digests) {
        const fresh = renamed.get(ascii(bytes.subarray(digest.from, digest.to)));
        if (fresh) bytes.set(fresh, digest.from);
      }
    });
}

/**
 * @param {Region} region
 * @param {Segment[]} parts  of one extension
 * @param {Job} job
 * @returns {Promise<Uint8Array | null>} its new name; null when nothing changed
 */
async function editExtension(region, parts, job) {
  const placed = [];
  for (const { from, to } of parts) {
    const head = viewOf(await region.read(from, Math.min(to, from + MORE_XMP_HEAD)));
    if (head.byteLength < MORE_XMP_HEAD) throw new Unsafe('extended XMP is cut');
    placed.push({ offset: head.getUint32(MORE_XMP_HEAD - 4), from: from + MORE_XMP_HEAD, to });
  }
  placed.sort((a, b) => a.offset - b.offset);
  let next = 0;
  for (const { offset, from, to } of placed) {
    if (offset !== next) throw new Unsafe('extended XMP has gaps');
    next += to - from;
  }
  /** @type {Uint8Array | null} */
  let fresh = null;
  await region.edit(placed, async (bytes) => {
    const before = guidOf(bytes);
    await editXmp(bytes, job);
    const after = guidOf(bytes);
    if (before.some((char, index) => char !== after[index])) fresh = after;
  });
  return fresh;
}

/**
 * @param {Region} region
 * @returns {Promise<{ segments: Segment[], end: number }>} `end`: behind the end of the image, or of a file that is cut
 * @throws {Unsafe} when there is something else where a marker must be
 */
async function segmentsOf(region) {
  /** @type {Segment[]} */
  const segments = [];
  let at = 2;
  let scanned = false;
  for (;;) {
    const head = await region.peek(at, at + 4);
    if (head.length < 2 && scanned) return { segments, end: region.size };
    if (head[0] !== 0xff || head.length < 2) throw new Unsafe('no marker');
    const marker = head[1] ?? 0;
    if (marker === 0xff) {
      at += 1;
    } else if (marker === 0xd9) {
      return { segments, end: at + 2 };
    } else if (marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
    } else {
      const to = at + 2 + (((head[2] ?? 0) << 8) | (head[3] ?? 0));
      if (to < at + 4 || to > region.size || marker < 0xc0) throw new Unsafe('a segment is damaged');
      if ((marker >= 0xe0 && marker <= 0xef) || marker === 0xfe) {
        if (segments.length >= MOST_SEGMENTS) throw new Unsafe('too many segments');
        const start = ascii(await region.read(at + 4, Math.min(to, at + 4 + MORE_XMP_HEAD)));
        segments.push({ marker, from: at + 4, to, head: start });
      }
      at = to;
      if (marker === 0xda) {
        at = await endOfScan(region, at);
        scanned = true;
      }
    }
  }
}

/** @param {Region} region @param {number} from  entropy-coded data @returns {Promise<number>} offset of the next marker */
async function endOfScan(region, from) {
  for (let start = from; start < region.size - 1; ) {
    const bytes = await region.peek(start, start + SCAN);
    const last = bytes.length - 1;
    for (let i = bytes.indexOf(0xff); i >= 0 && i < last; i = bytes.indexOf(0xff, i + 1)) {
      const next = bytes[i + 1] ?? 0;
      if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return start + i;
    }
    start += last;
  }
  return region.size;
}
