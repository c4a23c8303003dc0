/**
 * Cleans what hangs behind a picture: further JPEGs (multi-picture format, gain maps), videos of motion photos, Samsung's
 * blocks, and IPTC that programs append. Bytes of an unknown kind are blanked, because they may hold a place.
 */
import { ascii, indexOf, startsWith, viewOf } from './bytes.js';
import { bytesHoldCoordinates } from './coordinates.js';
import { editIptc } from './iptc.js';
import { Unsafe } from './job.js';
import { cleanVideo, videoEnd } from './video.js';

const CHUNK = 64 * 1024;
/** Ends of the trailers of AFCP, FotoStation and Photo Mechanic: IPTC records. */
const IPTC_TRAILERS = ['\xa1\xb2\xc3\xd4', 'cbipcbbl'];
/** Fewer bytes hold no place. */
const SHORTEST = 8;
const JPEG = '\xff\xd8\xff';
const SAMSUNG = 'SEFT';
/** Samsung's block with the code of the country whose network the telephone used. */
const COUNTRY_CODE = 0x0aa1;
const MOST_BLOCKS = 256;
const MOST_UNKNOWN = 256;

/**
 * @typedef {import('./region.js').Region} Region
 * @typedef {import('./job.js').Job} Job
 */

/**
 * @param {Region} region
 * @param {number} from  the end of the picture
 * @param {Job} job
 */
export async function cleanTrailer(region, from, job) {
  const size = await cleanSamsung(region, from, job);
  let unknown = 0;
  for (let at = await skipPadding(region, from, size); at < size; at = await skipPadding(region, at, size)) {
    const isPicture = startsWith(await region.peek(at, at + 3), 0, JPEG);
    const video = isPicture ? null : await videoAt(region, from, at, size);
    if (isPicture) {
      at += await job.formats.picture(region.part(at, size), job.inner());
    } else if (video !== null) {
      await cleanVideo(region.part(video.from, video.to), job);
      at = video.to;
    } else if (size - at < SHORTEST) {
      return;
    } else {
      unknown += 1;
      if (unknown > MOST_UNKNOWN) throw new Unsafe('too much of unknown kinds behind the picture');
      at = await cleanUnknown(region, at, size, job);
    }
  }
}

/**
 * @param {Region} region
 * @param {number} from  the end of the picture
 * @param {number} at  the first byte that is no padding
 * @param {number} size
 * @returns {Promise<{ from: number, to: number } | null>}
 */
async function videoAt(region, from, at, size) {
  const head = await region.peek(at, at + 8);
  // The length in front of the first box begins with zeros, which look like padding.
  const type = [1, 2, 3, 4].find((place) => startsWith(head, place, 'ftyp') && at + place - 4 >= from);
  if (type === undefined) return null;
  const start = at + type - 4;
  const end = start + (await videoEnd(region.part(start, size)));
  return end > at ? { from: start, to: end } : null;
}

/**
 * @param {Region} region
 * @param {number} from
 * @param {number} size
 * @param {Job} job
 * @returns {Promise<number>} where something known begins, or `size`
 */
async function cleanUnknown(region, from, size, job) {
  const head = await region.peek(from, from + 12);
  const tail = ascii(await region.read(Math.max(from, size - 12), size));
  if (startsWith(head, 0, 'AXS!') || tail.startsWith('AXS!') || IPTC_TRAILERS.some((end) => tail.endsWith(end))) {
    await region.edit([{ from, to: size }], (bytes) => editIptc(bytes, job, false));
    return size;
  }
  const to = await nextKnown(region, from + 1, size);
  region.erase(from, to);
  job.removed.add('trailer');
  return to;
}

/** @param {Region} region @param {number} from @param {number} size */
async function nextKnown(region, from, size) {
  for (let start = from; start < size; start += CHUNK) {
    const bytes = await region.read(start, Math.min(size, start + CHUNK + 8));
    const jpeg = indexOf(bytes, JPEG);
    const video = indexOf(bytes, 'ftyp', 4);
    const found = [jpeg, video < 0 ? -1 : video - 4].filter((at) => at >= 0 && at <= CHUNK);
    if (found.length > 0) return start + Math.min(...found);
  }
  return size;
}

/** @param {Region} region @param {number} from @param {number} size @returns {Promise<number>} the next byte that counts */
export async function skipPadding(region, from, size) {
  for (let start = from; start < size; start += CHUNK) {
    const bytes = await region.read(start, Math.min(size, start + CHUNK + 1));
    const found = bytes.findIndex((byte, index) => byte !== 0 && (byte !== 0xff || bytes[index + 1] === 0xd8));
    if (found >= 0) return start + found;
  }
  return size;
}

/**
 * Cleans the blocks that Samsung's telephones append (exiftool's Samsung Trailer tags).
 *
 * @param {Region} region
 * @param {number} from  where they may begin
 * @param {Job} job
 * @returns {Promise<number>} where they begin, or the region's size without any
 */
export async function cleanSamsung(region, from, job) {
  const { size } = region;
  const tail = await region.read(Math.max(from, size - 8), size);
  if (tail.length < 8 || !startsWith(tail, 4, SAMSUNG)) return size;
  const directory = size - 8 - viewOf(tail).getUint32(0, true);
  if (directory < from) return size;
  const head = await region.read(directory, size);
  if (!startsWith(head, 0, 'SEFH') || head.length < 20) return size;
  const view = viewOf(head);
  const count = Math.min(view.getUint32(8, true), MOST_BLOCKS, Math.floor((head.length - 20) / 12));
  let first = directory;
  for (let i = 0; i < count; i += 1) {
    const entry = 12 + i * 12;
    const at = directory - view.getUint32(entry + 4, true);
    const to = at + view.getUint32(entry + 8, true);
    if (at < from || to > directory || to < at + 8) continue;
    first = Math.min(first, at);
    const named = viewOf(await region.read(at, at + 8)).getUint32(4, true);
    if (at + 8 + named <= to) await cleanBlock(region.part(at + 8 + named, to), view.getUint16(entry + 2, true), job);
  }
  return first;
}

/** @param {Region} region  the data of one block @param {number} type @param {Job} job */
async function cleanBlock(region, type, job) {
  const head = await region.peek(0, 16);
  if (startsWith(head, 0, JPEG)) {
    await job.formats.picture(region, job.inner());
  } else if (startsWith(head, 4, 'ftyp')) {
    await cleanVideo(region, job);
  } else if (type === COUNTRY_CODE || bytesHoldCoordinates(await region.peek(0, CHUNK))) {
    region.erase(0, region.size);
    job.removed.add('location');
  }
}
