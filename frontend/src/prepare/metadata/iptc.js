/** Edits IPTC-IIM records (version 4.2): places become spaces, and so do free texts with coordinates. */
import { blank } from './bytes.js';
import { bytesHoldCoordinates } from './coordinates.js';
import { Unsafe } from './job.js';

const MARK = 0x1c;
const APPLICATION = 2;
/** Content location code and name, city, sub-location, province or state, country code and name. */
const PLACES = new Set([26, 27, 90, 92, 95, 100, 101]);
/** Object name, keywords, special instructions, headline, caption. */
const TEXTS = new Set([5, 25, 40, 105, 120]);
/** Records have numbers from 1 on. */
const RECORDS = 9;
const SPACE = 0x20;

/**
 * @param {Uint8Array} bytes  edited in place
 * @param {import('./job.js').Job} job
 * @param {boolean} [bare]  false: other data are around the records
 * @throws {Unsafe} when a place lies behind something unreadable
 */
export function editIptc(bytes, job, bare = true) {
  let lost = false;
  let at = bytes.indexOf(MARK);
  // Programs pad records with zeros.
  if (at > 0 && bytes.subarray(0, at).some((byte) => byte !== 0)) lost = true;
  while (at >= 0 && at + 5 <= bytes.length) {
    const length = ((bytes[at + 3] ?? 0) << 8) | (bytes[at + 4] ?? 0);
    const start = at + 5;
    const end = start + length;
    const set = bytes[at + 2] ?? 0;
    if (length >= 0x8000 || end > bytes.length || (bytes[at + 1] ?? 0) - 1 >= RECORDS) {
      // An extended length, which nobody uses for texts, or no record at all.
      lost = true;
      at = bytes.indexOf(MARK, at + 1);
      continue;
    }
    if (bytes[at + 1] === APPLICATION) {
      const isPlace = PLACES.has(set);
      if (isPlace || (TEXTS.has(set) && bytesHoldCoordinates(bytes.subarray(start, end)))) {
        if (lost && isPlace && bare) throw new Unsafe('IPTC records are damaged');
        if (blank(bytes, start, end, SPACE)) job.removed.add('location');
      }
    }
    at = end;
    if (bytes[at] !== MARK) {
      const next = bytes.indexOf(MARK, at);
      if (next > at && bytes.subarray(at, next).some((byte) => byte !== 0)) lost = true;
      at = next;
    }
  }
}
