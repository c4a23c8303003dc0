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
  return groups.flatMap(({ members }) => {
    const [only] = members;
    return only && members.length === 1 ? [only.patch] : [...topmost(members)];
  });
}

/**
 * @param {{ patch: Patch, order: number }[]} members  patches that overlap, each of the length that it replaces
 * @returns {Generator<Patch>} the parts of them that no later one covers. Erased ranges stay without bytes
 */
function* topmost(members) {
  const edges = members.flatMap((member) => [
    { at: member.patch.at, member, begins: true },
    { at: member.patch.at + member.patch.length, member, begins: false },
  ]);
  /** Those that cover the place, the latest one last. @type {typeof members} */
  const open = [];
  let from = 0;
  for (const { at, member, begins } of edges.sort((a, b) => a.at - b.at)) {
    const top = open.at(-1);
    if (top && at > from) yield slice(top.patch, from, at);
    from = at;
    if (begins) open.splice(open.findLastIndex(({ order }) => order < member.order) + 1, 0, member);
    else open.splice(open.indexOf(member), 1);
  }
}

/** @param {Patch} patch @param {number} from  in the file @param {number} to @returns {Patch} */
function slice({ at, bytes }, from, to) {
  return { at: from, length: to - from, bytes: bytes === null ? null : bytes.subarray(from - at, to - at) };
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
  const cut = patches.flatMap(cutAtHead);
  let left = cut;
  const [first] = cut;
  if (first && first.at < HEAD) {
    // All patches that touch the head, and what they touch, become the first part.
    const inHead = cut.filter((patch) => patch.at < HEAD);
    at = Math.max(Math.min(HEAD, file.size), ...inHead.map((patch) => patch.at + patch.length));
    left = cut.slice(inHead.length);
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

/** An erased range may be long, and the head is read into memory. @param {Patch} patch @returns {Patch[]} */
function cutAtHead(patch) {
  const end = patch.at + patch.length;
  if (patch.bytes !== null || patch.at >= HEAD || end <= HEAD) return [patch];
  return [slice(patch, patch.at, HEAD), slice(patch, HEAD, end)];
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
