/**
 * Pure functions on lists of pictures, newest first: merge, join, search. Ids ascend as pictures get older, so
 * comparing ids is enough.
 */

/** @typedef {import('../types').Picture} Picture */

/**
 * Merges two lists into one without duplicates; for a picture in both, `fresh` wins.
 *
 * @param {Picture[]} old
 * @param {Picture[]} fresh  in any order
 * @returns {Picture[]}
 */
export function merged(old, fresh) {
  const added = [...fresh].sort((a, b) => (a.id < b.id ? -1 : 1));
  const [firstAdded] = added;
  const lastOld = old.at(-1);
  if (!firstAdded) return old;
  if (!lastOld || firstAdded.id > lastOld.id) return old.concat(added);
  /** @type {Picture[]} */
  const out = [];
  let i = 0;
  for (const picture of added) {
    for (let next = old[i]; next && next.id < picture.id; next = old[i]) {
      out.push(next);
      i += 1;
    }
    if (old[i]?.id === picture.id) i += 1;
    out.push(picture);
  }
  return out.concat(old.slice(i));
}

/**
 * Puts a fresh head before the known pictures: new ones appear, deleted ones vanish.
 *
 * @param {Picture[]} old
 * @param {import('../types').Page} head
 * @returns {Picture[] | null} null when the head does not reach the known pictures
 */
export function joinHead(old, head) {
  const last = head.items.at(-1);
  if (head.next_cursor === null || !last) return head.items;
  const from = firstAfter(old, last.id);
  if (from === 0 && old.length > 0) return null;
  return head.items.concat(old.slice(from));
}

/**
 * @param {Picture[]} items
 * @param {string} id
 * @returns {number} the index of this id, or where it would be inserted
 */
export function placeOf(items, id) {
  return search(items, (picture) => picture.id < id);
}

/** @param {Picture[]} items @param {number} time  milliseconds since 1970 @returns {number} first index not newer */
export function placeOfTime(items, time) {
  return search(items, (picture) => timeOf(picture) > time);
}

/** @param {Picture[]} items @param {string} id */
function firstAfter(items, id) {
  return search(items, (picture) => picture.id <= id);
}

/** @param {Picture[]} items @param {(picture: Picture) => boolean} isBefore  @returns {number} how many come before */
function search(items, isBefore) {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const picture = items[middle];
    if (picture && isBefore(picture)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {{ uploaded_at: string }} picture @returns {number} milliseconds since 1970 */
export function timeOf(picture) {
  return Date.parse(picture.uploaded_at);
}
