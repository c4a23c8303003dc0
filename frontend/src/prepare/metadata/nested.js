/** Pictures inside metadata: thumbnails, previews of makers' notes, pictures in XMP. */
import { indexOf } from './bytes.js';
import { Unsafe } from './job.js';
import { memoryRegion } from './region.js';

/** How blocks with places begin in a JPEG. */
const MARKS = ['Exif\0', 'http://ns.adobe.com/', 'Photoshop 3.0\0', 'JP\0'];

/**
 * @param {Uint8Array} bytes  a JPEG or PNG; edited in place
 * @param {import('./job.js').Job} job
 * @throws {Unsafe} when it cannot be read and may hold a place
 */
export async function editEmbedded(bytes, job) {
  const inner = job.inner();
  try {
    if (bytes[0] === 0xff) await job.formats.jpeg(memoryRegion(bytes), inner);
    else if (bytes[0] === 0x89) await job.formats.png(memoryRegion(bytes), inner);
  } catch (error) {
    // Many thumbnails are cut. A JPEG without such blocks holds no place. Texts in a PNG have no such marks.
    if (!(error instanceof Unsafe) || bytes[0] !== 0xff || MARKS.some((mark) => indexOf(bytes, mark) >= 0)) throw error;
  }
}
