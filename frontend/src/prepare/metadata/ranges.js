/**
 * The byte ranges of one block: what stays, what is blanked, what moves. If something else needs a byte that would
 * change, the block cannot be edited safely.
 *
 * @typedef {import('./job.js').Removed} Removed
 * @typedef {{ from: number, to: number }} Range
 */
import { blank } from './bytes.js';
import { Unsafe } from './job.js';

export class Ranges {
  constructor() {
    /** @type {Range[]} */
    this.kept = [];
    /** @type {(Range & { value: number, what: Removed })[]} */
    this.blanked = [];
    /** @type {Range[]} */
    this.moved = [];
  }

  /** @param {number} from @param {number} to */
  keep(from, to) {
    if (to > from) this.kept.push({ from, to });
  }

  /** @param {number} from @param {number} to @param {Removed} what @param {number} [value] */
  blank(from, to, what, value = 0) {
    if (to > from) this.blanked.push({ from, to, value, what });
  }

  /** @param {number} from @param {number} to */
  move(from, to) {
    if (to > from) this.moved.push({ from, to });
  }

  /** @throws {Unsafe} when a byte would change that something else needs */
  check() {
    if (this.blanked.length + this.moved.length === 0) return;
    if (overlap(this.kept, [...this.blanked, ...this.moved]) || overlap(this.blanked, this.moved))
      throw new Unsafe('what would be erased is shared');
  }

  /** Blanks. @param {Uint8Array} bytes @param {Set<Removed>} removed  receives the kinds that were blanked */
  apply(bytes, removed) {
    for (const { from, to, value, what } of this.blanked) if (blank(bytes, from, to, value)) removed.add(what);
  }
}

/**
 * Whether a range of the one list shares a byte with a range of the other.
 *
 * @param {Range[]} some
 * @param {Range[]} others
 */
export function overlap(some, others) {
  const a = [...some].sort((x, y) => x.from - y.from);
  const b = [...others].sort((x, y) => x.from - y.from);
  let next = 0;
  let reach = -1;
  for (const { from, to } of b) {
    for (let range = a[next]; range && range.from < to; range = a[++next]) reach = Math.max(reach, range.to);
    if (reach > from) return true;
  }
  return false;
}
