/** Cleans WebP files (RFC 9649): the EXIF, XMP and C2PA chunks of their RIFF container. */
import { ascii, startsWith, viewOf } from './bytes.js';
import { Unsafe } from './job.js';
import { editTiff } from './tiff.js';
import { cleanTrailer } from './trailer.js';
import { editXmp } from './xmp.js';

const MOST_CHUNKS = 1_000_000;

/**
 * @param {import('./region.js').Region} region
 * @param {import('./job.js').Job} job
 * @throws {Unsafe} when it cannot be followed to its end or not be edited
 */
export async function cleanWebp(region, job) {
  const size = 8 + viewOf(await region.read(0, 12)).getUint32(4, true);
  // Some programs leave out the last padding byte.
  if (size > region.size + 1) throw new Unsafe('the file is cut');
  const end = Math.min(size, region.size);
  let count = 0;
  for (let at = 12; at + 8 <= end; count += 1) {
    const head = await region.read(at, at + 8);
    const type = ascii(head.subarray(0, 4));
    const length = viewOf(head).getUint32(4, true);
    const to = at + 8 + length;
    if (to > end || count > MOST_CHUNKS) throw new Unsafe('a chunk is cut');
    const data = [{ from: at + 8, to }];
    if (type === 'EXIF') {
      await region.edit(data, (bytes) => editTiff(startsWith(bytes, 0, 'Exif\0\0') ? bytes.subarray(6) : bytes, job));
    } else if (type === 'XMP ') {
      await region.edit(data, async (bytes) => {
        await editXmp(bytes, job);
      });
    } else if (type === 'C2PA') {
      region.erase(at + 8, to);
      job.removed.add('credentials');
    }
    at = to + (length & 1);
  }
  await cleanTrailer(region, end, job);
}
