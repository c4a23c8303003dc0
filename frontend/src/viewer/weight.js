/** Decides which originals are light enough to load before the person looks at them: the neighbours of the one on show. */

/** Bytes. JPEGs from cameras are smaller; browsers can rarely show larger files. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Each pixel takes four bytes when decoded, and a small file may have very many pixels. */
const MOST_PIXELS = 50_000_000;

/** @param {import('../types').Picture} picture */
export function isHeavy(picture) {
  return picture.size > MOST_BYTES || picture.width * picture.height > MOST_PIXELS;
}
