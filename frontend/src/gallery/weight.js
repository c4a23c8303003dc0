/**
 * Which originals are worth fetching before anybody asks for them: for a tile that has no preview, for a picture next to the one
 * that is on show.
 */

/** Bytes. Cameras' JPEGs have fewer; what has more is seldom something that a browser can show at all. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Decoded, each takes four bytes of memory: one of few bytes may have very many. */
const MOST_PIXELS = 50_000_000;

/** @param {import('../types').Picture} picture */
export function isHeavy(picture) {
  return picture.size > MOST_BYTES || picture.width * picture.height > MOST_PIXELS;
}
