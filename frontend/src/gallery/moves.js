/** Where the keyboard leads from a tile. Pure. */

/** @typedef {import('./layout.js').Layout} Layout */

/**
 * @param {Layout} laid
 * @param {number} index
 * @param {string} key
 * @param {number} screen  height of what is seen, pixels
 * @returns {number | null} null when the key moves nothing; -1 or the number of tiles when it leads out of what is laid out
 */
export function target(laid, index, key, screen) {
  if (key === 'ArrowRight') return index + 1;
  if (key === 'ArrowLeft') return index - 1;
  if (key === 'ArrowDown') return rowFrom(laid, index, 1, 0);
  if (key === 'ArrowUp') return rowFrom(laid, index, -1, 0);
  if (key === 'PageDown') return rowFrom(laid, index, 1, screen);
  if (key === 'PageUp') return rowFrom(laid, index, -1, screen);
  return null;
}

/**
 * The tile of the next row, or of the last one within `reach` pixels, that lies nearest above or below.
 *
 * @param {Layout} laid
 * @param {number} index
 * @param {1 | -1} step
 * @param {number} reach
 */
function rowFrom({ x, y, w }, index, step, reach) {
  const count = y.length;
  const middle = (x[index] ?? 0) + (w[index] ?? 0) / 2;
  const from = y[index] ?? 0;
  let at = index;
  while (at >= 0 && at < count && y[at] === from) at += step;
  if (at < 0 || at >= count) return at;
  for (let next = at; next >= 0 && next < count && Math.abs((y[next] ?? 0) - from) <= reach; next += step) at = next;
  const row = y[at];
  // From the page's far end of a row back to where it begins: the loop above may stop anywhere in it.
  while (y[at - step] === row) at -= step;
  let best = at;
  for (; at >= 0 && at < count && y[at] === row; at += step) {
    const off = Math.abs((x[at] ?? 0) + (w[at] ?? 0) / 2 - middle);
    if (off < Math.abs((x[best] ?? 0) + (w[best] ?? 0) / 2 - middle)) best = at;
  }
  return best;
}
