/**
 * Cleans HEIC and AVIF (ISO/IEC 23008-12): edits the Exif, XMP and IPTC items where they lie in the file, and the boxes
 * beside them that can hold a place.
 */
import { boxesIn, topBoxes } from './boxes.js';
import { ascii, bytesOf, startsWith, viewOf } from './bytes.js';
import { editIptc } from './iptc.js';
import { Unsafe } from './job.js';
import { overlap } from './ranges.js';
import { editTiff } from './tiff.js';
import { cleanSamsung, skipPadding } from './trailer.js';
import { cleanMovie, cleanVideo } from './video.js';
import { editXmp } from './xmp.js';

const C2PA_UUID = '\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81';
const XMP_UUID = '\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac';
const MOST_ITEMS = 65_536;
const MOST_EXTENTS = 1_000_000;
/** Items with metadata. Pictures have one or two, an album a few more. */
const MOST_EDITED = 256;

/**
 * @typedef {import('./region.js').Region} Region
 * @typedef {import('./region.js').Patch} Patch
 * @typedef {import('./job.js').Job} Job
 * @typedef {import('./boxes.js').Box} Box
 * @typedef {{ from: number, to: number }} Range
 * @typedef {{ id: number, type: string, packed: boolean }} Item  `packed`: compressed
 * @typedef {{ method: number, outside: boolean, extents: Range[] }} Place  `outside`: in another file
 */

/** @param {Region} region @param {Job} job */
export async function cleanHeif(region, job) {
  const { boxes, end } = await topBoxes(region);
  if (!boxes.some(({ type }) => type === 'meta' || type === 'moov')) throw new Unsafe('no boxes of a picture');
  for (const box of boxes) {
    const data = region.part(box.from, box.to);
    if (box.type === 'meta') await cleanMeta(region, box, end, job);
    else if (box.type === 'moov' || box.type === 'moof') await cleanMovie(region, box, job);
    else if (box.type === 'mpvd') await cleanVideo(data, job);
    else if (box.type === 'sefd') await cleanSamsung(data, 0, job);
    else if (box.type === 'uuid') await cleanUuid(region, box, job);
  }
  // Samsung's blocks are known. Anything else may be a box that could not be followed, with pixels in it.
  const rest = await cleanSamsung(region, end, job);
  if ((await skipPadding(region, end, rest)) < rest) throw new Unsafe('something unknown follows the boxes');
}

/** @param {Region} region @param {Box} box @param {Job} job */
async function cleanUuid(region, box, job) {
  const id = await region.peek(box.from, Math.min(box.to, box.from + 16));
  if (startsWith(id, 0, C2PA_UUID)) {
    await region.edit([{ from: box.at + 4, to: box.at + 8 }], (bytes) => bytes.set(bytesOf('free')));
    region.erase(box.from, box.to);
    job.removed.add('credentials');
  } else if (startsWith(id, 0, XMP_UUID)) {
    await region.edit([{ from: box.from + 16, to: box.to }], async (bytes) => {
      await editXmp(bytes, job);
    });
  }
}

/** @param {Region} region @param {Box} box @param {number} end  of the last box @param {Job} job */
async function cleanMeta(region, box, end, job) {
  const bytes = await region.read(box.from, box.to);
  /** @param {string} type */
  const inner = (type) => [...boxesIn(bytes, 4, bytes.length)].find((each) => each.type === type);
  const list = inner('iinf');
  const places = inner('iloc');
  if (!list || !places) return;
  const idat = inner('idat');
  const items = itemsOf(bytes.subarray(list.from, list.to));
  const located = locationsOf(bytes.subarray(places.from, places.to));
  for (const { method, outside, extents } of located.values())
    if (method === 0 && !outside && extents.some(({ to }) => Math.min(to, region.size) > end))
      throw new Unsafe('an item lies behind the boxes');
  const editors = items.flatMap((item) => {
    const editor = editorOf(item);
    const place = located.get(item.id);
    return editor && place ? [{ item, editor, place }] : [];
  });
  if (editors.length > MOST_EDITED) throw new Unsafe('too many items');
  for (const { item, editor, place } of editors) {
    if (item.packed || place.outside || place.method > 1) throw new Unsafe('an item cannot be edited where it is');
    const ranges = rangesOf(place, idat && { from: box.from + idat.from, to: box.from + idat.to }, region.size);
    /** @type {Patch[]} */
    const patches = [];
    await collecting(region, patches).edit(ranges, (data) => editor(data, job.inner()));
    if (patches.length === 0) continue;
    const others = [...located].flatMap(([id, other]) =>
      id === item.id || other.method > 1 ? [] : absolute(other, box, idat),
    );
    if (
      overlap(ranges, [...others, { from: box.at, to: place.method === 1 ? box.from : box.to }]) ||
      overlapping(ranges)
    )
      throw new Unsafe('an item shares its bytes');
    for (const patch of patches) region.patch(patch);
  }
}

/** @param {Region} region @param {Patch[]} patches @returns {Region} the same, but patches are only noted */
function collecting(region, patches) {
  const copy = region.part(0, region.size);
  copy.patch = (patch) => patches.push(patch);
  return copy;
}

/** @param {Range[]} ranges */
function overlapping(ranges) {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  return sorted.some(({ from }, index) => index > 0 && from < (sorted[index - 1]?.to ?? 0));
}

/** @param {Place} place @param {Box} meta @param {Box | undefined} idat @returns {Range[]} */
function absolute({ method, extents }, meta, idat) {
  const base = method === 1 && idat ? meta.from + idat.from : 0;
  return extents.map(({ from, to }) => ({ from: base + from, to: base + to }));
}

/** @param {Place} place @param {Range | undefined} idat  in the file @param {number} size @returns {Range[]} in the file */
function rangesOf({ method, extents }, idat, size) {
  const base = method === 1 ? idat?.from : 0;
  const end = method === 1 ? idat?.to : size;
  if (base === undefined || end === undefined) throw new Unsafe('an item lies nowhere');
  return extents.map(({ from, to }) => {
    // Without a length an item would be the rest of the file.
    if (to <= from || base + to > end) throw new Unsafe('an item ends outside the file');
    return { from: base + from, to: base + to };
  });
}

/** @param {Item} item @returns {((bytes: Uint8Array, job: Job) => Promise<void>) | null} */
function editorOf({ type }) {
  if (type === 'Exif') return editExifItem;
  if (type === 'iptc') return async (bytes, job) => editIptc(bytes, job);
  if (type === 'application/rdf+xml')
    return async (bytes, job) => {
      await editXmp(bytes, job);
    };
  return null;
}

/** The item begins with the offset of the TIFF header behind itself. @param {Uint8Array} bytes @param {Job} job */
async function editExifItem(bytes, job) {
  if (bytes.length < 4) return;
  const told = 4 + viewOf(bytes).getUint32(0);
  const isHeader = (/** @type {number} */ at) => startsWith(bytes, at, 'II*\0') || startsWith(bytes, at, 'MM\0*');
  const at = [told, 4, 10, 0].find(isHeader);
  if (at !== undefined) await editTiff(bytes.subarray(at), job);
  else if (bytes.subarray(4).some((byte) => byte !== 0)) throw new Unsafe('an Exif item has no header');
}

/** @param {Uint8Array} bytes  the contents of `iinf` @returns {Item[]} */
function itemsOf(bytes) {
  /** @type {Item[]} */
  const items = [];
  for (const { type, from, to } of boxesIn(bytes, bytes[0] === 0 ? 6 : 8, bytes.length)) {
    if (type !== 'infe') continue;
    const version = bytes[from] ?? 0;
    const view = viewOf(bytes.subarray(from, to));
    if (version < 2) throw new Unsafe('an item has no type');
    const id = version === 2 ? view.getUint16(4) : view.getUint32(4);
    const at = from + (version === 2 ? 8 : 10);
    const kind = ascii(bytes.subarray(at, at + 4));
    const texts = ascii(bytes.subarray(at + 4, to)).split('\0');
    const mime = kind === 'mime';
    items.push({ id, type: mime ? (texts[1] ?? '').toLowerCase() : kind, packed: mime && (texts[2] ?? '') !== '' });
    if (items.length > MOST_ITEMS) throw new Unsafe('too many items');
  }
  return items;
}

/** @param {Uint8Array} bytes  the contents of `iloc` @returns {Map<number, Place>} by the item's id */
function locationsOf(bytes) {
  const view = viewOf(bytes);
  const version = bytes[0] ?? 0;
  if (version > 2) throw new Unsafe('the items lie somewhere unknown');
  const sizes = view.getUint16(4);
  const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexSize = version > 0 ? sizes & 15 : 0;
  let at = 6;
  /** @param {number} size @returns {number} */
  const number = (size) => {
    at += size;
    if (size === 0) return 0;
    if (size === 2) return view.getUint16(at - 2);
    if (size === 4) return view.getUint32(at - 4);
    if (size === 8) return Number(view.getBigUint64(at - 8));
    throw new Unsafe('the items lie somewhere unknown');
  };
  const idSize = version < 2 ? 2 : 4;
  const count = number(idSize);
  /** @type {Map<number, Place>} */
  const places = new Map();
  let total = 0;
  for (let i = 0; i < count; i += 1) {
    const id = number(idSize);
    const method = version > 0 ? number(2) & 15 : 0;
    const outside = number(2) !== 0;
    const base = number(baseSize);
    const extents = [];
    for (let left = number(2); left > 0; left -= 1) {
      total += 1;
      if (total > MOST_EXTENTS) throw new Unsafe('too many extents');
      number(indexSize);
      const from = base + number(offsetSize);
      extents.push({ from, to: from + number(lengthSize) });
    }
    places.set(id, { method, outside, extents });
  }
  return places;
}
