/**
 * Makes the preview for the grid and its placeholder from the picture that the browser decodes. A preview has at most
 * 1,024 pixels a side and 128 KiB; the service drops larger ones.
 */
import { rgbaToThumbHash } from 'thumbhash';

const SIDE = 1024;
const BYTES = 128 * 1024;
/** The service drops a preview whose aspect ratio differs from the picture's by more than 2 %; stay below that. */
const SHAPE = 0.018;

/**
 * @param {number} width
 * @param {number} height
 * @param {number} side
 */
export function fit(width, height, side) {
  const scale = Math.min(1, side / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/**
 * @param {Blob} blob
 * @returns {Promise<{ width: number, height: number, thumbhash: Uint8Array, preview: Blob | null } | null>} null when the
 *   browser cannot decode the picture
 */
export async function preview(blob) {
  /** @type {ImageBitmap} */
  let bitmap;
  try {
    bitmap = await createImageBitmap(blob, { imageOrientation: 'from-image' });
  } catch {
    return null;
  }
  try {
    const { width, height } = bitmap;
    const small = fit(width, height, SIDE);
    const canvas = draw(bitmap, small.width, small.height);
    const tiny = fit(width, height, 100);
    const pixels = context(draw(canvas, tiny.width, tiny.height)).getImageData(0, 0, tiny.width, tiny.height);
    const thumbhash = rgbaToThumbHash(tiny.width, tiny.height, pixels.data);
    const off = Math.abs((small.width / small.height) * (height / width) - 1);
    return { width, height, thumbhash, preview: off > SHAPE ? null : await encode(canvas) };
  } finally {
    bitmap.close();
  }
}

/** @param {OffscreenCanvas} canvas @returns {OffscreenCanvasRenderingContext2D} */
function context(canvas) {
  return /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
}

/**
 * Scales by halves before the final step, so that fine patterns do not cause moiré.
 *
 * @param {ImageBitmap | OffscreenCanvas} source
 * @param {number} width
 * @param {number} height
 */
function draw(source, width, height) {
  let from = source;
  while (from.width > width * 2.5 && from.height > height * 2.5) {
    from = stretch(from, Math.ceil(from.width / 2), Math.ceil(from.height / 2));
  }
  return stretch(from, width, height);
}

/** @param {ImageBitmap | OffscreenCanvas} source @param {number} width @param {number} height */
function stretch(source, width, height) {
  const canvas = new OffscreenCanvas(width, height);
  const pen = context(canvas);
  pen.imageSmoothingQuality = 'high';
  pen.drawImage(source, 0, 0, width, height);
  return canvas;
}

/**
 * Encodes as WebP if the browser can, else as JPEG. Lowers the quality, then the size, until the file is small enough.
 *
 * @param {OffscreenCanvas} canvas
 * @returns {Promise<Blob | null>}
 */
async function encode(canvas) {
  let from = canvas;
  for (let round = 0; round < 3; round += 1) {
    for (const quality of [0.82, 0.68, 0.5]) {
      let out = await from.convertToBlob({ type: 'image/webp', quality });
      if (out.type !== 'image/webp') out = await from.convertToBlob({ type: 'image/jpeg', quality });
      if (out.size <= BYTES) return out;
    }
    from = stretch(from, Math.max(1, Math.round(from.width * 0.7)), Math.max(1, Math.round(from.height * 0.7)));
  }
  return null;
}
