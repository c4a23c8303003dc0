/**
 * Which originals are worth fetching before anybody asks for them: for a tile that has no preview, for a picture next to the one
 * that is on show.
 */

/** Bytes. Cameras' JPEGs have fewer; what has more is seldom something that a browser can show at all. */
export const MOST_UNASKED = 16 * 1024 * 1024;

/** @param {import('../types').Picture} picture */
export function isHeavy(picture) {
  return picture.size > MOST_UNASKED;
}
