/**
 * Justified rows from shapes alone. Pure and linear: a plain greedy loop lays out 70,000 tiles in a few milliseconds, where the
 * search for the best breaks takes seconds.
 */

/** Wider or taller tiles than this are cropped in the grid, or one panorama would take a row of 60 pixels. */
const FLATTEST = 3.2;
const TALLEST = 0.5;
/** A row that fills less than this stays at the target height instead of being stretched, and others may share it. */
const FULL_ENOUGH = 0.85;

/** Air between two groups that share a row, in gaps. */
const AIR = 3;

/**
 * @typedef {object} Layout
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array} w
 * @property {Float64Array} h
 * @property {Headings} headings
 * @property {number} height  of all
 */

/** Where each group's heading stands and how wide it may be. @typedef {{ x: Float64Array, y: Float64Array, w: Float64Array }} Headings */

/**
 * @typedef {object} Groups
 * @property {ArrayLike<number>} starts  index of the first tile of each, ascending, the first is 0
 * @property {ArrayLike<boolean>} apart  whether it shares no row with the one before, however small both are
 */

/**
 * A group that fills no row shares it with others as small, or a gallery with a picture a day would be mostly void.
 *
 * @param {ArrayLike<number>} ratios  width / height of each tile
 * @param {Groups} groups
 * @param {{ width: number, target: number, gap: number, heading: number, least: number }} sizes  pixels; `target` is the wished row
 *   height, `heading` and `least` what a heading needs in height and width
 * @returns {Layout}
 */
export function layout(ratios, { starts, apart }, { width, target, gap, heading, least }) {
  const count = ratios.length;
  const [x, y, w, h] = [
    new Float64Array(count),
    new Float64Array(count),
    new Float64Array(count),
    new Float64Array(count),
  ];
  const headings = {
    x: new Float64Array(starts.length),
    y: new Float64Array(starts.length),
    w: new Float64Array(starts.length),
  };

  /** @param {number} i @param {number} left @param {number} top @param {number} wide @param {number} high */
  const put = (i, left, top, wide, high) => {
    x[i] = left;
    y[i] = top;
    w[i] = wide;
    h[i] = high;
  };

  let top = 0;
  /** The row that small groups share at the moment, with where the next one would begin. @type {{ top: number, left: number } | null} */
  let shared = null;
  for (let g = 0; g < starts.length; g += 1) {
    const from = starts[g] ?? count;
    const to = starts[g + 1] ?? count;
    const wide = widthOf(ratios, from, to, target, gap, width * FULL_ENOUGH);
    const small = wide < width * FULL_ENOUGH;
    const taken = small ? Math.max(wide, least) : width;
    headings.w[g] = taken;
    if (small) {
      if (shared === null || apart[g] || shared.left + taken > width) {
        shared = { top, left: 0 };
        top += heading + target + gap;
      }
      headings.x[g] = shared.left;
      headings.y[g] = shared.top;
      let { left } = shared;
      for (let i = from; i < to; i += 1) {
        const own = Math.round(shape(ratios[i]) * target);
        put(i, left, shared.top + heading, own, target);
        left += own + gap;
      }
      shared.left += taken + AIR * gap;
      continue;
    }
    shared = null;
    headings.y[g] = top;
    top += heading;
    let first = from;
    let sum = 0;
    for (let i = from; i < to; i += 1) {
      sum += shape(ratios[i]);
      const tiles = i - first + 1;
      const room = width - gap * (tiles - 1);
      const full = sum * target >= room;
      if (!full && i + 1 < to) continue;
      const stretched = full || sum * target >= room * FULL_ENOUGH;
      const height = Math.round(stretched ? room / sum : target);
      let left = 0;
      for (let j = first; j <= i; j += 1) {
        const own = stretched && j === i ? width - left : Math.round(shape(ratios[j]) * height);
        put(j, left, top, own, height);
        left += own + gap;
      }
      top += height + gap;
      first = i + 1;
      sum = 0;
    }
  }
  return { x, y, w, h, headings, height: Math.max(0, top - (count > 0 ? gap : 0)) };
}

/**
 * How wide a group is in one row of the wished height; no more is found out than that it is wider than `most`.
 *
 * @param {ArrayLike<number>} ratios @param {number} from @param {number} to @param {number} target @param {number} gap @param {number} most
 */
function widthOf(ratios, from, to, target, gap, most) {
  let wide = -gap;
  for (let i = from; i < to && wide < most; i += 1) wide += Math.round(shape(ratios[i]) * target) + gap;
  return wide;
}

/** @param {number | undefined} ratio  unknown: a square */
function shape(ratio) {
  if (ratio === undefined || !(ratio > 0)) return 1;
  return Math.min(FLATTEST, Math.max(TALLEST, ratio));
}

/**
 * The tiles that touch a stretch of the page.
 *
 * @param {Layout} laid
 * @param {number} from  pixels
 * @param {number} to
 * @returns {[number, number]} first index and the one behind the last
 */
export function between(laid, from, to) {
  const { y, h } = laid;
  let low = 0;
  let high = y.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((y[middle] ?? 0) + (h[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  let end = low;
  while ((y[end] ?? Infinity) <= to) end += 1;
  return [low, end];
}

/** @param {number} width  of the page @returns {{ target: number, gap: number }} */
export function rowSizes(width) {
  if (width < 480) return { target: 132, gap: 4 };
  if (width < 900) return { target: 184, gap: 6 };
  return { target: 236, gap: 8 };
}
