/**
 * Reads upwards. The catalog lists only from newer to older, so this guesses a time above the known pictures and reads
 * down to them. The guess follows from the spacing of the known pictures. Where it finds nothing, the list of months
 * with pictures tells where to look.
 */
import { timeOf } from './stretch.js';

/** @typedef {import('../types').Picture} Picture */

/** The catalog's largest page. */
const PAGE = 200;
/** Pictures wanted in one step: a few screens, and well below a page, so that a fairly good guess needs one request. */
const WISHED = 120;
/** Number of known pictures used to estimate the spacing. */
const SAMPLE = 25;
/** Growth factor after a guess that found nothing. */
const WIDER = 32;
const DAY_MS = 86_400_000;

/**
 * @param {(query: import('../types').ListQuery) => Promise<import('../types').ListAnswer>} list
 * @param {Picture[]} known  not empty
 * @param {import('../types').Months} timeline
 * @returns {Promise<{ items: Picture[], atStart: boolean }>} the next newer pictures; `atStart`: these are the newest
 * @throws {RangeError} when nothing is known
 */
export async function readNewer(list, known, timeline) {
  const [top] = known;
  if (!top) throw new RangeError('no picture is known to read on from');
  const floor = timeOf(top);
  let span = guess(known);
  // No pictures lie between the known ones and `low`. More than one page lies between `low` and `high`.
  let low = floor;
  let high = /** @type {number | null} */ (null);
  for (;;) {
    // Pictures within one millisecond cannot be split by time, so read them all.
    const all = high !== null && high - low <= 1;
    const before = high === null ? ceiling(low, span, timeline) : all ? high : Math.floor((low + high) / 2);
    const { items, rest } = await read(list, top, before, floor, all);
    if (rest !== null) {
      high = rest;
    } else if (items.length > 0 || before === null) {
      return { items, atStart: before === null };
    } else {
      low = before;
      span *= WIDER;
    }
  }
}

/** @param {Picture[]} known @returns {number} the likely time span of the wanted pictures, milliseconds */
export function guess(known) {
  const times = known.slice(0, SAMPLE).map(timeOf);
  const gaps = times.slice(1).map((time, i) => (times[i] ?? time) - time);
  // Use the median: one long pause between pictures says nothing about the next one.
  const middle = gaps.sort((a, b) => a - b)[gaps.length >> 1];
  return middle === undefined ? DAY_MS : Math.max(1, middle * WISHED);
}

/**
 * @param {number} floor  milliseconds since 1970
 * @param {number} span  milliseconds
 * @param {import('../types').Months} timeline
 * @returns {number | null} where to start reading; null for the newest picture
 */
export function ceiling(floor, span, { newest, months }) {
  const wish = floor + span;
  // The timeline may be out of date: later pictures are at the very start.
  if (newest === null || wish >= Date.parse(newest)) return null;
  const month = new Date(wish).toISOString().slice(0, 7);
  if (months.includes(month) || month === new Date(floor).toISOString().slice(0, 7)) return wish;
  // That month has no pictures: continue to the end of the next month that has some.
  const next = months.findLast((each) => each > month);
  return next === undefined ? null : Math.min(monthEnd(next), Date.parse(newest));
}

/** @param {string} month  YYYY-MM @returns {number} its last millisecond, UTC */
export function monthEnd(month) {
  const [year, number] = month.split('-').map(Number);
  return Date.UTC(/** @type {number} */ (year), /** @type {number} */ (number), 1) - 1;
}

/**
 * @param {(query: import('../types').ListQuery) => Promise<import('../types').ListAnswer>} list
 * @param {Picture} top
 * @param {number | null} before
 * @param {number} after
 * @param {boolean} all  whether to read every page
 * @returns {Promise<{ items: Picture[], rest: number | null }>} `rest`: where one page ended, if it was not enough
 */
async function read(list, top, before, after, all) {
  /** @type {Picture[]} */
  const items = [];
  /** @type {string | null} */
  let cursor = null;
  do {
    const { page } = await list({ limit: PAGE, before, after, cursor });
    if (page === null) break;
    for (const picture of page.items) {
      if (picture.id >= top.id) return { items, rest: null };
      items.push(picture);
    }
    cursor = page.next_cursor;
    const last = items.at(-1);
    if (cursor !== null && !all && last) return { items: [], rest: timeOf(last) };
  } while (cursor !== null);
  return { items, rest: null };
}
