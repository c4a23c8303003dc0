/** Turns a file and patches into the bytes to send. The file's own bytes stay slices of it. */

/** @typedef {import('./region.js').Patch} Patch */

/** Firefox decides from the first part of a blob whether it is a picture, so that part must not be short. */
const HEAD = 4096;
/** Zeros that stand for a part of an erased range. */
const ZEROS = new Uint8Array(1024 * 1024);

/**
 * @param {Patch[]} patches  in the order in which they were made: later ones win
 * @returns {Patch[]} in the order of the file, without overlaps
 */
export function flatten(patches) {
  const sorted = patches.map((patch, order) => ({ patch, order })).sort((a, b) => a.patch.at - b.patch.at);
  /** @type {{ at: number, end: number, members: typeof sorted }[]} */
  const groups = [];
  for (const entry of sorted) {
    const { at, length } = entry.patch;
    const last = groups.at(-1);
    if (last && at < last.end) {
      last.end = Math.max(last.end, at + length);
      last.members.push(entry);
    } else {
      groups.push({ at, end: at + length, members: [entry] });
    }
  }
  return groups.map(({ at, end, members }) => {
    const [only] = members;
    if (only && members.length === 1) return only.patch;
    const bytes = new Uint8Array(end - at);
    for (const { patch } of members.sort((a, b) => a.order - b.order))
      bytes.set(patch.bytes ?? new Uint8Array(patch.length), patch.at - at);
    return { at, length: end - at, bytes };
  });
}

/** @param {Uint8Array} bytes  changed in place @param {Patch[]} patches  flat, each of the length that it replaces */
export function applyTo(bytes, patches) {
  for (const { at, length, bytes: fresh } of patches) {
    if (fresh === null) bytes.fill(0, at, at + length);
    else bytes.set(fresh, at);
  }
}

/**
 * @param {Blob} file
 * @param {Patch[]} patches  flat
 * @param {string} type
 * @returns {Promise<Blob>}
 */
export async function patched(file, patches, type) {
  /** @type {BlobPart[]} */
  const parts = [];
  let at = 0;
  let left = patches;
  const [first] = patches;
  if (first && first.at < HEAD) {
    // All patches that touch the head, and what they touch, become the first part.
    const inHead = patches.filter((patch) => patch.at < HEAD);
    at = Math.max(Math.min(HEAD, file.size), ...inHead.map((patch) => patch.at + patch.length));
    left = patches.slice(inHead.length);
    const head = new Uint8Array(await file.slice(0, at).arrayBuffer());
    if (inHead.every((patch) => patch.bytes === null || patch.bytes.length === patch.length)) {
      applyTo(head, inHead);
      parts.push(head);
    } else {
      parts.push(joined(head, inHead));
    }
  }
  for (const { at: from, length, bytes } of left) {
    if (from > at) parts.push(file.slice(at, from));
    if (bytes !== null) parts.push(/** @type {BlobPart} */ (bytes));
    else
      for (let rest = length; rest > 0; rest -= ZEROS.length)
        parts.push(ZEROS.subarray(0, Math.min(rest, ZEROS.length)));
    at = from + length;
  }
  if (at < file.size) parts.push(file.slice(at));
  return new Blob(parts, { type });
}

/** @param {Uint8Array} bytes @param {Patch[]} patches  flat, of any length @returns {BlobPart} */
function joined(bytes, patches) {
  const total = patches.reduce(
    (sum, patch) => sum + (patch.bytes?.length ?? patch.length) - patch.length,
    bytes.length,
  );
  const out = new Uint8Array(total);
  let read = 0;
  let write = 0;
  for (const { at, length, bytes: fresh } of patches) {
    out.set(bytes.subarray(read, at), write);
    write += at - read;
    if (fresh !== null) out.set(fresh, write);
    write += fresh?.length ?? length;
    read = at + length;
  }
  out.set(bytes.subarray(read), write);
  return out;
}
