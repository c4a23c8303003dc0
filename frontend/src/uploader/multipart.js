/**
 * A large file in parts. Each is hashed and signed just before it is sent, so that no URL grows old, and each fails and is tried
 * again for itself. Parts and other files share the lanes. After a reload, storage's own list says what is there.
 */
import { HttpError, Refused, UploadError, aborted } from './errors.js';
import { refusal, ticketOf } from './publish.js';
import { verdict } from './put.js';
import { retrying } from './retry.js';

/** @typedef {import('./item.js').Item} Item @typedef {import('./flow.js').Tools} Tools */

/** Parts of one file that are looked at side by side: as many as the desk takes. */
const AHEAD = 7;
const NEVER = new AbortController().signal;

/** Storage does not know the parts any more: published, cancelled or out of time. The service says which. */
class Over extends UploadError {}

/**
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {import('./flow.js').OnWait} waiting
 */
export async function sendParts(item, tools, signal, waiting) {
  const { part_count: count } = /** @type {import('../types').Multipart} */ (ticketOf(item).multipart);
  const there = await listed(item, tools, signal, waiting);
  // One part that is refused ends the others of this file, and of no other.
  const ours = new AbortController();
  const stop = () => ours.abort();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let next = 1;
  const work = async () => {
    while (next <= count) {
      const number = next++;
      if (item.parts.has(number)) continue;
      await retrying(tools.world, ours.signal, () => sendPart(item, number, there, tools, ours.signal), waiting);
    }
  };
  try {
    const ends = await Promise.allSettled(Array.from({ length: AHEAD }, () => work().catch((error) => {
      stop();
      throw error;
    })));
    if (signal.aborted) throw aborted();
    const failed = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    // The first reason is the true one; the rest were stopped because of it.
    const reason = failed.find((error) => !(error instanceof DOMException)) ?? failed[0];
    if (reason instanceof Over) return;
    if (reason !== undefined) throw reason;
  } finally {
    signal.removeEventListener('abort', stop);
    item.flying.clear();
    item.recount();
  }
  item.arrived = true;
  item.waiting = null;
  tools.changed(item);
}

/**
 * What storage has of it, by checksum: a part of that number with other bytes is no help.
 *
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {import('./flow.js').OnWait} waiting
 * @returns {Promise<Set<string>>}
 */
async function listed(item, tools, signal, waiting) {
  if (item.uploadId === null) item.parts.clear();
  if (item.partsKnown || item.uploadId === null) return new Set();
  const uploadId = item.uploadId;
  const { id, token } = ticketOf(item);
  item.parts.clear();
  try {
    const parts = await retrying(tools.world, signal, () => tools.listParts(id, token, uploadId, signal), waiting);
    item.partsKnown = true;
    return new Set(parts.map(({ part_number: number, sha256 }) => `${number} ${sha256}`));
  } catch (error) {
    if (!(error instanceof HttpError && error.status === 404)) throw refusal(error);
    item.uploadId = null;
    return new Set();
  }
}

/**
 * @param {Item} item
 * @param {number} number  from 1
 * @param {Set<string>} there
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
async function sendPart(item, number, there, tools, signal) {
  const { part_size: size } = /** @type {import('../types').Multipart} */ (ticketOf(item).multipart);
  const { blob } = /** @type {import('../types').Prepared} */ (item.prepared);
  const slice = blob.slice((number - 1) * size, number * size);
  /** @param {number} sent */
  const progress = (sent) => {
    item.waiting = null;
    item.flying.set(number, Math.min(sent, slice.size));
    item.recount();
    tools.changed(item);
  };
  await tools.desk.run(signal, async () => {
    const sha256 = await tools.hash(slice, signal);
    try {
      if (!there.has(`${number} ${sha256}`)) await putPart(item, { part_number: number, sha256 }, slice, tools, signal, progress);
      item.parts.set(number, slice.size);
    } finally {
      item.flying.delete(number);
      item.recount();
      tools.changed(item);
    }
  });
}

/**
 * @param {Item} item
 * @param {import('../types').Part} part
 * @param {Blob} slice
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {(sent: number) => void} progress
 */
async function putPart(item, part, slice, tools, signal, progress) {
  for (let again = false; ; again = true) {
    const put = await sign(item, part, tools, signal);
    try {
      await tools.lanes.run(signal, () => tools.put(put, slice, signal, progress));
      return;
    } catch (error) {
      // Once: it may have waited too long for a lane, or the clocks differ.
      if (error instanceof HttpError && error.status === 403 && !again) continue;
      if (error instanceof HttpError && error.status === 404) throw new Over();
      throw await verdict(error, slice);
    }
  }
}

/**
 * @param {Item} item
 * @param {import('../types').Part} part
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @returns {Promise<import('../types').SignedPut>}
 */
async function sign(item, part, tools, signal) {
  const { id, token } = ticketOf(item);
  try {
    // Others wait until the first has opened the upload; if it could not, one of them tries.
    while (item.uploadId === null && item.opening !== null) await item.opening.catch(() => undefined);
    signal.throwIfAborted();
    const asked = tools.signParts(id, token, item.uploadId, [part], item.uploadId === null ? NEVER : signal);
    if (item.uploadId === null) {
      item.opening = opened(item, id, asked, tools);
      item.opening.catch(() => undefined); // this part is told by `asked`
    }
    const put = (await asked).parts.find(({ part_number: number }) => number === part.part_number);
    if (!put) throw new Refused('error.answer');
    return put;
  } catch (error) {
    if (error instanceof HttpError && error.status === 409) throw new Over();
    throw refusal(error);
  }
}

/**
 * @param {Item} item
 * @param {string} id  of the ticket
 * @param {Promise<import('../types').SignedParts>} asked
 * @param {Tools} tools
 */
async function opened(item, id, asked, tools) {
  try {
    const { upload_id: uploadId } = await asked;
    if (item.ticket?.id === id) {
      item.uploadId = uploadId;
      item.tried = true;
      tools.keep(item);
    }
    return uploadId;
  } finally {
    if (item.ticket?.id === id) item.opening = null;
  }
}
