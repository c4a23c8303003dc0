/** Reads the box structure of ISO base media files (ISO/IEC 14496-12): HEIC, AVIF and the videos of motion photos. */
import { ascii, viewOf } from './bytes.js';
import { Unsafe } from './job.js';

const MOST_BOXES = 100_000;

/**
 * @typedef {{ type: string, at: number, from: number, to: number }} Box  `at`: its header · `from`, `to`: its contents
 */

/**
 * @param {Uint8Array} head  the first 16 bytes of a box, or fewer
 * @param {number} at
 * @param {number} end  of what it lies in
 * @returns {Box | null} null when there is no box; `to` may lie behind `end`
 */
function boxAt(head, at, end) {
  if (head.length < 8) return null;
  const view = viewOf(head);
  let size = view.getUint32(0);
  let header = 8;
  if (size === 1) {
    if (head.length < 16) return null;
    size = Number(view.getBigUint64(8));
    header = 16;
  }
  if (size === 0) size = end - at;
  if (size < header || !Number.isSafeInteger(size)) return null;
  return { type: ascii(head.subarray(4, 8)), at, from: at + header, to: at + size };
}

/**
 * @param {Uint8Array} bytes
 * @param {number} from
 * @param {number} to
 * @returns {Generator<Box>} the boxes in this range, up to the first bytes that are no box
 */
export function* boxesIn(bytes, from, to) {
  let count = 0;
  for (let at = from; at + 8 <= to; ) {
    const box = boxAt(bytes.subarray(at, Math.min(to, at + 16)), at, to);
    if (box === null || box.to > to) return;
    count += 1;
    if (count > MOST_BOXES) throw new Unsafe('too many boxes');
    yield box;
    at = box.to;
  }
}

/**
 * @param {import('./region.js').Region} region
 * @returns {Promise<{ boxes: Box[], end: number }>} the boxes up to the first bytes that are no box. The last
 *   one may be cut: then its `to` is the region's size
 */
export async function topBoxes(region) {
  /** @type {Box[]} */
  const boxes = [];
  let at = 0;
  while (at + 8 <= region.size) {
    const box = boxAt(await region.peek(at, at + 16), at, region.size);
    if (box === null || !/^[\x20-\x7e\xa9]{4}$/.test(box.type)) break;
    if (boxes.length >= MOST_BOXES) throw new Unsafe('too many boxes');
    boxes.push({ ...box, to: Math.min(box.to, region.size) });
    at = box.to;
  }
  return { boxes, end: Math.min(at, region.size) };
}
