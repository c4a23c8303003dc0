/** Edits the sensor data of GoPro (GPMF, github.com/gopro/gpmf-parser): blanks the samples of positions. */
import { ascii, blank, viewOf } from './bytes.js';
import { Unsafe } from './job.js';

/** Positions in several forms, and what belongs to them. */
const PLACES = new Set(['GPS5', 'GPS9', 'GPSU', 'GPSP', 'GPSF', 'GPSA', 'GPRI', 'GLPI']);
const DEEPEST = 8;

/**
 * @param {Uint8Array} bytes  records of key, type, size, count and data, padded to four bytes; edited in place
 * @param {import('./job.js').Job} job
 * @param {number} [depth]
 */
export function editGopro(bytes, job, depth = 0) {
  if (depth > DEEPEST) throw new Unsafe('sensor data are nested too deep');
  for (let at = 0; at + 8 <= bytes.length; ) {
    const from = at + 8;
    const to = from + (bytes[at + 5] ?? 0) * viewOf(bytes).getUint16(at + 6);
    if (to > bytes.length) return;
    if (PLACES.has(ascii(bytes.subarray(at, at + 4)))) {
      if (blank(bytes, from, to)) job.removed.add('location');
    } else if (bytes[at + 4] === 0) {
      editGopro(bytes.subarray(from, to), job, depth + 1);
    }
    at = from + Math.ceil((to - from) / 4) * 4;
  }
}
