/**
 * A bounded view of a file. Reads come in slices, and changes are collected as patches of the same length over the
 * original, so pixels are neither read without need nor copied.
 *
 * @typedef {{ at: number, length: number, bytes: Uint8Array | null }} Patch  `bytes` replace `length` bytes at `at`;
 *   null: zeros. Only compressed text of a PNG may have another length.
 */
import { Unsafe } from './job.js';

/** Largest block that is edited in memory, bytes. Cameras write a few hundred kilobytes; depth maps a few megabytes. */
const LARGEST_BLOCK = 64 * 1024 * 1024;
/** Bytes read at once from a file. */
const WINDOW = 256 * 1024;
/** Equal bytes between two changes up to which they are one patch. */
const GAP = 16;

export class Region {
  /**
   * @param {number} size  bytes
   * @param {(from: number, to: number) => Promise<Uint8Array>} read  a view that nobody may change
   * @param {(patch: Patch) => void} patch
   */
  constructor(size, read, patch) {
    this.size = size;
    this.readRange = read;
    this.patch = patch;
  }

  /**
   * @param {number} from
   * @param {number} to
   * @returns {Promise<Uint8Array>} not to be changed
   * @throws {Unsafe} when the range is not inside the region or is too large to be edited
   */
  async read(from, to) {
    if (from < 0 || to < from || to > this.size) throw new Unsafe('a range ends outside the file');
    if (to - from > LARGEST_BLOCK) throw new Unsafe('a block is too large');
    return this.readRange(from, to);
  }

  /** Like `read`, but cut off at the region's end. @param {number} from @param {number} to */
  async peek(from, to) {
    return this.read(Math.min(from, this.size), Math.min(to, this.size));
  }

  /** @param {number} from @param {number} to @returns {Region} */
  part(from, to) {
    if (from < 0 || to < from || to > this.size) throw new Unsafe('a range ends outside the file');
    return new Region(
      to - from,
      (start, end) => this.readRange(from + start, from + end),
      (patch) => this.patch({ ...patch, at: from + patch.at }),
    );
  }

  /**
   * Lets an editor change a copy of some bytes, and patches what differs afterwards.
   *
   * @param {{ from: number, to: number }[]} ranges  joined for the editor, in this order
   * @param {(bytes: Uint8Array) => void | Promise<void>} editor
   */
  async edit(ranges, editor) {
    const total = ranges.reduce((sum, { from, to }) => sum + to - from, 0);
    if (total > LARGEST_BLOCK) throw new Unsafe('a block is too large');
    const before = new Uint8Array(total);
    let at = 0;
    for (const { from, to } of ranges) {
      before.set(await this.read(from, to), at);
      at += to - from;
    }
    const after = before.slice();
    await editor(after);
    at = 0;
    for (const { from, to } of ranges) {
      for (const change of differences(before, after, at, at + to - from))
        this.patch({
          at: from + change.from - at,
          length: change.to - change.from,
          bytes: after.slice(change.from, change.to),
        });
      at += to - from;
    }
  }

  /** Overwrites a range with zeros without reading it. @param {number} from @param {number} to */
  erase(from, to) {
    if (to > from) this.patch({ at: from, length: to - from, bytes: null });
  }
}

/**
 * @param {Uint8Array} before
 * @param {Uint8Array} after  of the same length
 * @param {number} from
 * @param {number} to
 */
function differences(before, after, from, to) {
  /** @type {{ from: number, to: number }[]} */
  const found = [];
  for (let i = from; i < to; i += 1) {
    if (before[i] === after[i]) continue;
    const last = found.at(-1);
    if (last && i - last.to <= GAP) last.to = i + 1;
    else found.push({ from: i, to: i + 1 });
  }
  return found;
}

/**
 * @param {Blob} blob
 * @param {Uint8Array | null} bytes  its bytes, if they are in memory already
 * @param {Patch[]} patches  receives the changes
 */
export function fileRegion(blob, bytes, patches) {
  let start = 0;
  let held = bytes ?? new Uint8Array(0);
  return new Region(
    blob.size,
    async (from, to) => {
      if (from < start || to > start + held.length) {
        start = from;
        held = new Uint8Array(await blob.slice(from, Math.max(to, from + WINDOW)).arrayBuffer());
        if (held.length < to - from) throw new Unsafe('a range ends outside the file');
      }
      return held.subarray(from - start, to - start);
    },
    (patch) => patches.push(patch),
  );
}

/** @param {Uint8Array} bytes  changed by patches at once @returns {Region} */
export function memoryRegion(bytes) {
  return new Region(
    bytes.length,
    async (from, to) => bytes.slice(from, to),
    ({ at, length, bytes: fresh }) => {
      if (fresh === null) bytes.fill(0, at, at + length);
      else if (fresh.length === length) bytes.set(fresh, at);
      else throw new Unsafe('a block inside another one must keep its length');
    },
  );
}
