/** Edits the thermal block of FLIR cameras (exiftool's FLIR tags): erases the record with the position. */
import { blank, startsWith, viewOf } from './bytes.js';

const GPS_RECORD = 0x2b;
const ENTRY = 32;

/**
 * @param {Uint8Array} bytes  the block, joined from its segments; edited in place
 * @param {import('./job.js').Job} job
 */
export function editFlir(bytes, job) {
  if (!startsWith(bytes, 0, 'FFF\0') || bytes.length < 64) return;
  const view = viewOf(bytes);
  // The version number, about 100, tells the byte order.
  const little = view.getUint32(0x14) > 1000;
  const at = view.getUint32(0x18, little);
  const count = view.getUint32(0x1c, little);
  for (let i = 0; i < count && at + (i + 1) * ENTRY <= bytes.length; i += 1) {
    const entry = at + i * ENTRY;
    if (view.getUint16(entry, little) !== GPS_RECORD) continue;
    const from = view.getUint32(entry + 0x0c, little);
    const to = Math.min(bytes.length, from + view.getUint32(entry + 0x10, little));
    if (from < to && blank(bytes, from, to)) job.removed.add('location');
  }
}
