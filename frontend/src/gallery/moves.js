/** Finds the tile that a key moves the focus to. Pure. */

/** @typedef {import('./layout.js').Layout} Layout */

/**
 * @param {Layout} laid
 * @param {number} index
 * @param {string} key
 * @param {number} screen  height of the visible area, pixels
 * @returns {number | null} null when the key does not move; -1 or the number of tiles when it leaves the layout
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
 * Finds the nearest tile above or below: in the next row, or in the last row within `reach` pixels.
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
  // The loop may stop anywhere in a row, so go to the start of the row first.
  while (y[at - step] === row) at -= step;
  let best = at;
  for (; at >= 0 && at < count && y[at] === row; at += step) {
    const off = Math.abs((x[at] ?? 0) + (w[at] ?? 0) / 2 - middle);
    if (off < Math.abs((x[best] ?? 0) + (w[best] ?? 0) / 2 - middle)) best = at;
  }
  return best;
}
