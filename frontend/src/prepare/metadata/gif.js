/**
 * Cleans GIF files (89a): comments, plain texts and application blocks. XMP is not cut into sub-blocks: its bytes are
 * read as their lengths, so they may become spaces, but not zeros.
 */
import { ascii, startsWith } from './bytes.js';
import { editIptc } from './iptc.js';
import { Unsafe } from './job.js';
import { editPhotoshop } from './photoshop.js';
import { editText } from './texts.js';
import { cleanTrailer } from './trailer.js';
import { editXmp } from './xmp.js';

const [EXTENSION, IMAGE, TRAILER] = [0x21, 0x2c, 0x3b];
const [COMMENT, APPLICATION, PLAIN_TEXT] = [0xfe, 0xff, 0x01];
/** Behind XMP: 0x01, then 0xff down to 0x00, then the end of the sub-blocks. */
const MAGIC = 258;
const WINDOW = 64 * 1024;

/**
 * @typedef {import('./region.js').Region} Region
 * @typedef {import('./job.js').Job} Job
 * @typedef {{ from: number, to: number }} Range
 */

/**
 * @param {Region} region
 * @param {Job} job
 * @throws {Unsafe} when it cannot be followed to its end or not be edited
 */
export async function cleanGif(region, job) {
  const head = await region.read(0, 13);
  let at = 13 + tableSize(head[10] ?? 0);
  for (;;) {
    const [kind, label, ...rest] = await region.peek(at, at + 10);
    if (kind === TRAILER) break;
    if (kind === IMAGE) {
      at = (await blocksFrom(region, at + 10 + tableSize(rest[7] ?? 0) + 1, null)).end;
    } else if (kind === EXTENSION) {
      /** @type {Range[]} */
      const blocks = [];
      const noted = label === COMMENT || label === APPLICATION || label === PLAIN_TEXT;
      const { end } = await blocksFrom(region, at + 2, noted ? blocks : null);
      if (label === APPLICATION) await cleanApplication(region, at + 2, end, blocks, job);
      else if (noted) await editBlocks(region, blocks, (bytes) => editText(bytes, job));
      at = end;
    } else {
      throw new Unsafe('no block');
    }
  }
  await cleanTrailer(region, at + 1, job);
}

/** @param {Region} region @param {number} from @param {number} end @param {Range[]} blocks @param {Job} job */
async function cleanApplication(region, from, end, blocks, job) {
  const name = ascii(await region.peek(from + 1, from + 12));
  const data = blocks.slice(1);
  if (name === 'XMP DataXMP') {
    await region.edit([{ from: from + 12, to: Math.max(from + 12, end - MAGIC) }], async (bytes) => {
      await editXmp(bytes, job);
    });
  } else if (name.startsWith('C2PA')) {
    for (const block of data) region.erase(block.from, block.to);
    job.removed.add('credentials');
  } else if (name.startsWith('MGK8BIM')) {
    await editBlocks(region, data, (bytes) => editPhotoshop(bytes, job));
  } else if (name.startsWith('MGKIPTC')) {
    await editBlocks(region, data, (bytes) =>
      startsWith(bytes, 0, '8BIM') ? editPhotoshop(bytes, job) : editIptc(bytes, job),
    );
  } else if (!name.startsWith('NETSCAPE') && !name.startsWith('ANIMEXTS') && !name.startsWith('ICCRGBG1')) {
    await editBlocks(region, data, (bytes) => editText(bytes, job));
  }
}

/** @param {Region} region @param {Range[]} blocks @param {(bytes: Uint8Array) => void | Promise<void>} editor */
async function editBlocks(region, blocks, editor) {
  if (blocks.length > 0) await region.edit(blocks, editor);
}

/** @param {number} flags */
function tableSize(flags) {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/**
 * @param {Region} region
 * @param {number} from  the first sub-block's length
 * @param {Range[] | null} blocks  receives the data of each
 * @returns {Promise<{ end: number }>} behind the last one
 */
async function blocksFrom(region, from, blocks) {
  let at = from;
  let start = from;
  let held = await region.peek(start, start + WINDOW);
  for (;;) {
    if (at - start >= held.length) {
      start = at;
      held = await region.peek(start, start + WINDOW);
    }
    const size = held[at - start];
    if (size === undefined) throw new Unsafe('the file is cut');
    if (size === 0) return { end: at + 1 };
    blocks?.push({ from: at + 1, to: at + 1 + size });
    at += 1 + size;
  }
}
