/**
 * Justified rows, computed from aspect ratios alone. Pure and linear: a plain greedy loop lays out 70,000 tiles in a
 * few milliseconds, while a search for the best breaks takes seconds.
 */

/**
 * Limits of the aspect ratio: the grid crops wider or taller tiles, or a panorama would fill a row only 60 pixels high.
 */
const FLATTEST = 3.2;
const TALLEST = 0.5;
/** A row filled less than this keeps the target height instead of being stretched, and other groups may share it. */
const FULL_ENOUGH = 0.85;

/** Space between two groups in one row, in gaps. */
const AIR = 3;

/**
 * @typedef {object} Layout
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array} w
 * @property {Float64Array} h
 * @property {Headings} headings
 * @property {number} height  of the whole layout
 */

/**
 * Position and maximum width of each group's heading.
 *
 * @typedef {{ x: Float64Array, y: Float64Array, w: Float64Array }} Headings
 */

/**
 * @typedef {object} Groups
 * @property {ArrayLike<number>} starts  index of each group's first tile, ascending, starting with 0
 * @property {ArrayLike<boolean>} apart  whether the group must start a new row, however small it is
 */

/**
 * Lays out the tiles. Groups that do not fill a row share one, or a gallery with one picture a day would be mostly
 * empty.
 *
 * @param {ArrayLike<number>} ratios  width / height of each tile
 * @param {Groups} groups
 * @param {{ width: number, target: number, gap: number, heading: number, least: number }} sizes  pixels; `target` is
 *   the desired row height, `heading` and `least` are the height and least width of a heading
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
  /**
   * The row that small groups share now, and where the next group would start.
   *
   * @type {{ top: number, left: number } | null}
   */
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
 * Width of a group in one row of the target height. Stops counting once the width exceeds `most`.
 *
 * @param {ArrayLike<number>} ratios @param {number} from @param {number} to @param {number} target @param {number} gap @param {number} most
 */
function widthOf(ratios, from, to, target, gap, most) {
  let wide = -gap;
  for (let i = from; i < to && wide < most; i += 1) wide += Math.round(shape(ratios[i]) * target) + gap;
  return wide;
}

/** @param {number | undefined} ratio  a square if unknown */
function shape(ratio) {
  if (ratio === undefined || !(ratio > 0)) return 1;
  return Math.min(FLATTEST, Math.max(TALLEST, ratio));
}

/**
 * Returns the tiles that overlap a vertical range of the page.
 *
 * @param {Layout} laid
 * @param {number} from  pixels
 * @param {number} to
 * @returns {[number, number]} first index and the index after the last
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
