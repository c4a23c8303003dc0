/**
 * Where makers' notes can hold a place, from exiftool's documentation of their tags (https://exiftool.org/TagNames/).
 * All else in these notes stays. Notes of other makers cannot be read, so they are blanked whole.
 */
import { ascii, startsWith, viewOf } from './bytes.js';
import { readDirectory } from './directory.js';
import { overlap } from './ranges.js';

/**
 * @typedef {{ from?: number, to?: number, value?: number }} Place  bytes of a tag's value, and what they become: zeros,
 *   or 0xff where zero is a city's number
 * @typedef {object} Maker
 * @property {string} name
 * @property {(note: Uint8Array, make: string) => boolean} wrote
 * @property {number | null} [directory]  where the note's directory begins; null: it has none
 * @property {'file' | 'note' | 'header'} [base]  offsets count from the EXIF block, from the note, or from a TIFF header
 *   of its own in front of the directory
 * @property {'II' | 'MM'} [order]  when it is not the EXIF block's
 * @property {Record<number, Place>} [places]
 */

/** @param {...string} marks */
const begins =
  (...marks) =>
  (/** @type {Uint8Array} */ note) =>
    marks.some((mark) => startsWith(note, 0, mark));
/** @param {RegExp} name */
const madeBy = (name) => (/** @type {Uint8Array} */ _note, /** @type {string} */ make) => name.test(make);

const PANASONIC = { 103: {}, 105: {}, 107: {}, 109: {}, 111: {}, 128: {} };
/** Home town and destination: their numbers, and both in the world time block. */
const PENTAX = { 35: { value: 0xff }, 36: { value: 0xff }, 107: { from: 2, to: 4, value: 0xff } };
/** LocationInfo behind its version, and the altitude that the barometer measured. */
const NIKON = { 57: { from: 4 }, 195: { from: 6 } };

/** The first that fits counts. @type {Maker[]} */
const MAKERS = [
  { name: 'Apple', wrote: begins('Apple iOS\0'), directory: 14, base: 'note' },
  { name: 'Nikon', wrote: begins('Nikon\0\x02'), directory: 18, base: 'header', places: NIKON },
  { name: 'Nikon, first compact cameras', wrote: begins('Nikon\0\x01'), directory: 8 },
  {
    name: 'Sony',
    wrote: begins('SONY DSC ', 'SONY CAM ', 'SONY MOBILE', '\0\0SONY PIC\0', 'VHAB     \0'),
    directory: 12,
  },
  { name: 'Fujifilm', wrote: begins('FUJIFILM'), directory: 12, base: 'note', order: 'II' },
  { name: 'Panasonic', wrote: begins('Panasonic\0'), directory: 12, places: PANASONIC },
  { name: 'Panasonic for Leica', wrote: begins('LEICA CAMERA AG\0'), directory: 18, places: PANASONIC },
  { name: 'Olympus', wrote: begins('OLYMP\0'), directory: 8 },
  { name: 'Olympus, later cameras', wrote: begins('OLYMPUS\0'), directory: 12, base: 'note' },
  { name: 'OM System', wrote: begins('OM SYSTEM\0'), directory: 16, base: 'note' },
  { name: 'Pentax', wrote: begins('AOC\0'), directory: 6, places: PENTAX },
  { name: 'Pentax, later cameras', wrote: begins('PENTAX \0'), directory: 10, base: 'note', places: PENTAX },
  { name: 'Ricoh for Pentax', wrote: begins('RICOH\0II', 'RICOH\0MM'), directory: 8, base: 'note', places: PENTAX },
  { name: 'Google', wrote: begins('HDRP\x02', 'HDRP\x03'), directory: null },
  // A version and the place of a preview in the file.
  { name: 'Samsung, first cameras', wrote: begins('STMN'), directory: null },
  // TimeInfo: the city of the time zone, behind its length and the zone.
  { name: 'Canon', wrote: madeBy(/^Canon/), directory: 0, places: { 53: { from: 8, to: 12 } } },
  { name: 'Nikon without a header', wrote: madeBy(/^NIKON/i), directory: 0, places: NIKON },
  { name: 'Pentax, first cameras', wrote: madeBy(/^Asahi/), directory: 0, places: { 4096: {}, 4097: {} } },
  { name: 'Samsung', wrote: madeBy(/^samsung/i), directory: 0, places: { 48: {}, 49: {} } },
  { name: 'Sony without a header', wrote: madeBy(/^SONY/i), directory: 0 },
];

/** More entries than any maker writes: the byte order is wrong, or this is no directory. */
const MOST_ENTRIES = 512;

/**
 * @param {Uint8Array} bytes  the EXIF block
 * @param {{ from: number, to: number }} note
 * @param {string} make  the camera's maker
 * @param {boolean} little  the block's byte order
 * @returns {{ from: number, to: number, value: number }[] | null} what to blank; null: the whole note, because nobody
 *   can tell where it holds a place
 */
export function placesInMakerNote(bytes, note, make, little) {
  const own = bytes.subarray(note.from, note.to);
  const maker = MAKERS.find(({ wrote }) => wrote(own, make));
  if (maker === undefined) return null;
  const { directory, base = 'file', places = {} } = maker;
  if (directory === null || directory === undefined) return [];
  const order = maker.order === undefined ? little : maker.order === 'II';
  let found = read(bytes, note, directory, base, order);
  if (found === null) return null;
  // Programs that move a note leave its offsets as they were: then they point to something else, unless one counts from
  // where they tell that the note was. Samsung's telephones count from the note.
  if (!found.trusted && base === 'file') found = read(bytes, note, directory, base, order, found.shift) ?? found;
  /** @type {{ from: number, to: number, value: number }[]} */
  const blanks = [];
  for (const { tag, from, to, inline } of found.entries) {
    const place = places[tag];
    if (!place) continue;
    if (!inline && !found.trusted) return null;
    const start = from + (place.from ?? 0);
    const end = Math.min(to, from + (place.to ?? to - from));
    if (end > start) blanks.push({ from: start, to: end, value: place.value ?? 0 });
  }
  return blanks;
}

/**
 * @param {Uint8Array} bytes
 * @param {{ from: number, to: number }} note
 * @param {number} skip  the directory's place in the note
 * @param {'file' | 'note' | 'header'} base
 * @param {boolean} little
 * @param {number} [shift]  what is added to offsets
 */
function read(bytes, note, skip, base, little, shift = 0) {
  let at = note.from + skip;
  let order = little;
  let origin = (base === 'note' ? note.from : 0) + shift;
  if (base === 'header') {
    origin = at - 8;
    const mark = ascii(bytes.subarray(origin, origin + 2));
    if (at + 2 > note.to || (mark !== 'II' && mark !== 'MM')) return null;
    order = mark === 'II';
    at = origin + viewOf(bytes).getUint32(origin + 4, order);
  }
  if (at + 2 > note.to) return null;
  // Some makers always use the one order, whatever the block's is. The number of entries tells.
  if (viewOf(bytes).getUint16(at, order) > MOST_ENTRIES) order = !order;
  const { entries, end, whole } = readDirectory(bytes, at, order, origin);
  if (!whole || entries.length === 0 || entries.length > MOST_ENTRIES || end > note.to) return null;
  const values = entries
    .filter((entry) => !entry.inline)
    .map(({ told, length }) => ({ from: told, to: told + length }))
    .sort((a, b) => a.from - b.from);
  const first = values[0]?.from ?? end;
  const inside = values.every(({ from, to }) => from >= note.from && to <= note.to);
  const touching = values.some(({ from }, index) => index > 0 && from < (values[index - 1]?.to ?? 0));
  // Cameras write the values right behind the directory, or behind its four bytes for a next one.
  const behind = base !== 'file' || first === end || first === end + 4;
  return {
    entries,
    trusted: inside && !touching && behind && !overlap(values, [{ from: at, to: end }]),
    shift: shift + end + 4 - first,
  };
}
