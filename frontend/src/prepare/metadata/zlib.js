/** Inflates and deflates zlib streams (RFC 1950) with what the browser has. */
import { Unsafe } from './job.js';

/** Largest text after inflating, bytes. */
const LARGEST = 16 * 1024 * 1024;

/**
 * @param {Uint8Array} bytes
 * @returns {Promise<Uint8Array>}
 * @throws {Unsafe} when it is damaged, or would become too large
 */
export async function inflate(bytes) {
  if (typeof DecompressionStream === 'undefined') throw new Unsafe('this browser cannot inflate');
  return through(bytes, new DecompressionStream('deflate'));
}

/** @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export async function deflate(bytes) {
  return through(bytes, new CompressionStream('deflate'));
}

/** @param {Uint8Array} bytes @param {CompressionStream | DecompressionStream} stream */
async function through(bytes, stream) {
  const reader = new Blob([/** @type {BlobPart} */ (bytes)]).stream().pipeThrough(stream).getReader();
  /** @type {Uint8Array[]} */
  const pieces = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      // The streams of different browsers throw different errors for damaged data.
      throw new Unsafe(String(error));
    });
    if (done) break;
    pieces.push(value);
    size += value.length;
    if (size > LARGEST) {
      await reader.cancel();
      throw new Unsafe('a compressed text is too large');
    }
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
