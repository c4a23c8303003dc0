/** Reads the directories of TIFF 6.0, which EXIF and makers' notes consist of. */
import { viewOf } from './bytes.js';

/** Bytes of one value, by TIFF type. */
export const SIZES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];

/**
 * @typedef {{ tag: number, type: number, count: number, at: number, from: number, to: number, told: number, length: number,
 *   inline: boolean }} Entry
 * `at`: the entry · `from`, `to`: its value, or 0, 0 when that lies outside the block · `told`, `length`: its value as the
 *   entry tells
 */

/**
 * @param {Uint8Array} bytes
 * @param {number} at  a directory
 * @param {boolean} little
 * @param {number} base  what offsets are counted from
 * @returns {{ entries: Entry[], end: number, whole: boolean }} `end`: behind the last entry · `whole`: it lies in the
 *   block
 */
export function readDirectory(bytes, at, little, base) {
  const view = viewOf(bytes);
  if (at < 0 || at + 2 > bytes.length) return { entries: [], end: at, whole: false };
  const count = view.getUint16(at, little);
  const fit = Math.min(count, Math.floor((bytes.length - at - 2) / 12));
  /** @type {Entry[]} */
  const entries = [];
  for (let i = 0; i < fit; i += 1) {
    const entry = at + 2 + i * 12;
    const type = view.getUint16(entry + 2, little);
    const values = view.getUint32(entry + 4, little);
    const length = (SIZES[type] ?? 0) * values;
    const inline = length <= 4;
    const from = inline ? entry + 8 : base + view.getUint32(entry + 8, little);
    const inside = from >= 0 && from + length <= bytes.length;
    entries.push({
      tag: view.getUint16(entry, little),
      type,
      count: values,
      at: entry,
      from: inside ? from : 0,
      to: inside ? from + length : 0,
      told: from,
      length,
      inline,
    });
  }
  return { entries, end: at + 2 + fit * 12, whole: fit === count };
}
