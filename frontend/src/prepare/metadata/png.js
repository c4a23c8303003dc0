/**
 * Cleans PNG files (third edition): EXIF, texts and the XMP in them. Compressed texts are compressed again and may
 * change their length; nothing in the file points across them.
 */
import { ascii, blank, bytesOf, startsWith, viewOf } from './bytes.js';
import { bytesHoldCoordinates, holdsCoordinates, namesCoordinates } from './coordinates.js';
import { crc32 } from './crc32.js';
import { editIptc } from './iptc.js';
import { Unsafe } from './job.js';
import { editPhotoshop } from './photoshop.js';
import { editTiff } from './tiff.js';
import { cleanTrailer } from './trailer.js';
import { editXmp } from './xmp.js';
import { deflate, inflate } from './zlib.js';

const EDITED = new Set(['eXIf', 'tEXt', 'zTXt', 'iTXt', 'caBX', 'zxIf']);
const MOST_CHUNKS = 1_000_000;
const LONGEST_KEYWORD = 79;
/** Keywords that mean a place: ImageMagick's copies of EXIF, and plain names. */
const PLACE = /^(?:exif:GPS|GPS|geo:|photoshop:(?:City|State|Country)$|Location$)/i;
/** Keywords of texts that people write (PNG, third edition, 11.3.3.1). Other texts are settings, full of numbers. */
const DESCRIPTIVE = new Set([
  'title',
  'author',
  'description',
  'copyright',
  'creation time',
  'software',
  'disclaimer',
  'warning',
  'source',
  'comment',
]);
const EXIF = 'Exif\0\0';
const RAW_PROFILE = 'Raw profile type ';

/**
 * @typedef {import('./region.js').Region} Region
 * @typedef {import('./job.js').Job} Job
 */

/**
 * @param {Region} region
 * @param {Job} job
 * @throws {Unsafe} when it cannot be followed to its end or not be edited
 */
export async function cleanPng(region, job) {
  let at = 8;
  for (let count = 0; ; count += 1) {
    const head = await region.read(at, at + 8);
    const type = ascii(head.subarray(4, 8));
    const end = at + 12 + viewOf(head).getUint32(0);
    if (end > region.size || count > MOST_CHUNKS) throw new Unsafe('a chunk is cut');
    if (EDITED.has(type)) await cleanChunk(region, at, end, type, job);
    at = end;
    if (type === 'IEND') break;
  }
  await cleanTrailer(region, at, job);
}

/** @param {Region} region @param {number} at @param {number} end @param {string} type @param {Job} job */
async function cleanChunk(region, at, end, type, job) {
  const before = await region.read(at + 8, end - 4);
  const after = await editChunk(type, before.slice(), job);
  if (after.length === before.length && after.every((byte, index) => byte === before[index])) return;
  const chunk = new Uint8Array(after.length + 12);
  viewOf(chunk).setUint32(0, after.length);
  chunk.set(bytesOf(type), 4);
  chunk.set(after, 8);
  viewOf(chunk).setUint32(8 + after.length, crc32(chunk.subarray(4, 8 + after.length)));
  region.patch({ at, length: end - at, bytes: chunk });
}

/**
 * @param {string} type
 * @param {Uint8Array} data  may be changed
 * @param {Job} job
 * @returns {Promise<Uint8Array>}
 */
async function editChunk(type, data, job) {
  if (type === 'eXIf') {
    // Some programs copy the mark of a JPEG's segment too.
    await editTiff(startsWith(data, 0, EXIF) ? data.subarray(EXIF.length) : data, job);
    return data;
  }
  if (type === 'zxIf') throw new Unsafe('EXIF is compressed');
  if (type === 'caBX') {
    if (blank(data, 0, data.length)) job.removed.add('credentials');
    return data;
  }
  const keyEnd = data.indexOf(0);
  if (keyEnd < 0 || keyEnd > LONGEST_KEYWORD) throw new Unsafe('a text has no keyword');
  const keyword = ascii(data.subarray(0, keyEnd));
  const { start, packed } = textIn(type, data, keyEnd);
  const text = packed ? await inflate(data.subarray(start)) : data.subarray(start);
  const before = packed ? text.slice() : null;
  await editText(keyword, text, job);
  if (before === null || before.every((byte, index) => byte === text[index])) return data;
  const again = await deflate(text);
  const whole = new Uint8Array(start + again.length);
  whole.set(data.subarray(0, start));
  whole.set(again, start);
  return whole;
}

/** @param {string} type @param {Uint8Array} data @param {number} keyEnd @returns {{ start: number, packed: boolean }} */
function textIn(type, data, keyEnd) {
  if (type === 'tEXt') return { start: keyEnd + 1, packed: false };
  if (type === 'zTXt') return { start: keyEnd + 2, packed: true };
  const language = data.indexOf(0, keyEnd + 3);
  const translated = language < 0 ? -1 : data.indexOf(0, language + 1);
  if (translated < 0) throw new Unsafe('a text has no language');
  return { start: translated + 1, packed: data[keyEnd + 1] === 1 };
}

/** @param {string} keyword @param {Uint8Array} text  edited in place @param {Job} job */
async function editText(keyword, text, job) {
  if (keyword === 'XML:com.adobe.xmp') await editXmp(text, job);
  else if (keyword.startsWith(RAW_PROFILE)) await editRawProfile(keyword.slice(RAW_PROFILE.length), text, job);
  else if ((PLACE.test(keyword) || holdsPlace(keyword, text)) && blank(text, 0, text.length, 0x20))
    job.removed.add('location');
}

/** @param {string} keyword @param {Uint8Array} text */
function holdsPlace(keyword, text) {
  return bytesHoldCoordinates(text, DESCRIPTIVE.has(keyword.toLowerCase()) ? holdsCoordinates : namesCoordinates);
}

/** A line break, the name and the length. */
const RAW_HEAD = /^\n?[^\n]{1,64}\n {0,16}\d{1,10}\n/;

const DIGITS = bytesOf('0123456789abcdef');

/**
 * Edits a block in hexadecimal, as ImageMagick writes it: a line break, the name, the length, then lines of digits.
 *
 * @param {string} name
 * @param {Uint8Array} text  edited in place
 * @param {Job} job
 */
async function editRawProfile(name, text, job) {
  if (text.every((byte) => byte <= 0x20)) return;
  const [head] = RAW_HEAD.exec(ascii(text.subarray(0, 128))) ?? [];
  if (head === undefined) throw new Unsafe('a raw profile has another head');
  /** @type {number[]} */
  const places = [];
  for (let i = head.length; i < text.length; i += 1) if ((text[i] ?? 0) > 0x20) places.push(i);
  const digits = ascii(Uint8Array.from(places, (place) => text[place] ?? 0));
  if (/[^\da-fA-F]/.test(digits)) throw new Unsafe('a raw profile is damaged');
  const bytes = Uint8Array.from({ length: digits.length >> 1 }, (_, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  );
  const before = bytes.slice();
  await editProfile(name, bytes, job);
  bytes.forEach((byte, i) => {
    if (byte === before[i]) return;
    text[places[i * 2] ?? 0] = DIGITS[byte >> 4] ?? 0;
    text[places[i * 2 + 1] ?? 0] = DIGITS[byte & 15] ?? 0;
  });
}

/** @param {string} name @param {Uint8Array} bytes  edited in place @param {Job} job */
async function editProfile(name, bytes, job) {
  const xmp = 'http://ns.adobe.com/xap/1.0/\0';
  if (startsWith(bytes, 0, EXIF)) await editTiff(bytes.subarray(EXIF.length), job);
  else if (startsWith(bytes, 0, xmp)) await editXmp(bytes.subarray(xmp.length), job);
  else if (startsWith(bytes, 0, '8BIM')) await editPhotoshop(bytes, job);
  else if (name === 'exif') await editTiff(bytes, job);
  else if (name === 'xmp') await editXmp(bytes, job);
  else if (name === 'iptc') editIptc(bytes, job);
}
