/**
 * Reads upwards. The catalog lists from newer to older only, so a time above the known pictures is guessed, and what lies between is
 * read down to them. The guess comes from how densely the known ones follow each other; where it finds nothing, the months that
 * hold pictures say where to look.
 */
import { timeOf } from './stretch.js';

/** @typedef {import('../types').Picture} Picture */

/** As many as the catalog gives at once. */
const PAGE = 200;
/** Wished for in one go: some screens' worth, well below a page, so that a rather good guess needs one request. */
const WISHED = 120;
/** So many known ones say how close pictures follow each other. */
const SAMPLE = 25;
/** A guess that found nothing grows so much. */
const WIDER = 32;
const DAY_MS = 86_400_000;

/**
 * @param {(query: import('../types').ListQuery) => Promise<import('../types').ListAnswer>} list
 * @param {Picture[]} known  not empty
 * @param {import('../types').Months} timeline
 * @returns {Promise<{ items: Picture[], atStart: boolean }>} what comes right before the known ones; `atStart`: nothing is newer
 * @throws {RangeError} when nothing is known
 */
export async function readNewer(list, known, timeline) {
  const [top] = known;
  if (!top) throw new RangeError('no picture is known to read on from');
  const floor = timeOf(top);
  let span = guess(known);
  // Nothing lies between the known ones and `low`; what lies between it and `high` is too much for one page.
  let low = floor;
  let high = /** @type {number | null} */ (null);
  for (;;) {
    // A crowd within one millisecond can't be told apart by time: all of it is read.
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

/** @param {Picture[]} known @returns {number} how much time as many as we wish for may take, milliseconds */
export function guess(known) {
  const times = known.slice(0, SAMPLE).map(timeOf);
  const gaps = times.slice(1).map((time, i) => (times[i] ?? time) - time);
  // The middle one: a long pause among the pictures of one day says nothing of the next.
  const middle = gaps.sort((a, b) => a - b)[gaps.length >> 1];
  return middle === undefined ? DAY_MS : Math.max(1, middle * WISHED);
}

/**
 * @param {number} floor  milliseconds since 1970
 * @param {number} span  milliseconds
 * @param {import('../types').Months} timeline
 * @returns {number | null} where to begin reading; null for the very start
 */
export function ceiling(floor, span, { newest, months }) {
  const wish = floor + span;
  // The timeline was true some time ago: what came later is at the very start.
  if (newest === null || wish >= Date.parse(newest)) return null;
  const month = new Date(wish).toISOString().slice(0, 7);
  if (months.includes(month) || month === new Date(floor).toISOString().slice(0, 7)) return wish;
  // Nothing is in that month: go on to the end of the next one that holds something.
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
 * @param {boolean} all  however many there are
 * @returns {Promise<{ items: Picture[], rest: number | null }>} `rest`: one page was not enough, and ended at this time
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
