/**
 * The way of one file: prepare → ticket → image and preview to storage → complete. Every step can be repeated; what is already
 * known (the prepared blob, the ticket, the parts that arrived) is kept on the item, so that a pause, a retry, a lost network or a
 * reload goes on from there.
 */
import { HttpError, Refused } from './errors.js';
import { finish } from './publish.js';
import { sendPreview, sendWhole } from './put.js';
import { retrying } from './retry.js';

/**
 * @typedef {object} Tools
 * @property {(file: File, options: { keepAll: boolean, inParts: boolean }, signal: AbortSignal) => Promise<import('../types').Prepared>} prepare
 * @property {(blob: Blob, signal: AbortSignal) => Promise<string>} hash  SHA-256, base64
 * @property {(claim: import('../types').FileClaim, signal: AbortSignal) => Promise<import('../types').Ticket>} ticket
 * @property {(id: string, token: string, signal: AbortSignal) => Promise<import('../types').Renewal>} signAgain
 * @property {(id: string, token: string, uploadId: string | null, parts: import('../types').Part[], signal: AbortSignal) => Promise<import('../types').SignedParts>} signParts
 * @property {(id: string, token: string, uploadId: string, signal: AbortSignal) => Promise<import('../types').FoundPart[]>} listParts
 * @property {(id: string, token: string, uploadId: string | null, signal: AbortSignal) => Promise<import('../types').Picture | { retryAfter: number }>} complete
 * @property {(put: import('../types').SignedPut, body: Blob, signal: AbortSignal, onProgress: (sent: number) => void) => Promise<unknown>} put
 * @property {import('./lanes.js').Lanes} lanes  requests to storage
 * @property {import('./lanes.js').Lanes} desk  parts that are hashed, signed or sent: a few more than lanes, so that none is ever empty
 * @property {import('./retry.js').World} world
 * @property {(item: import('./item.js').Item, state: import('./item.js').State) => void} enter
 * @property {(item: import('./item.js').Item) => void} changed
 * @property {(item: import('./item.js').Item) => void} keep  writes down what a later page needs to go on
 * @property {(item: import('./item.js').Item) => void} discard  takes back what was begun under its ticket
 * @property {() => { maxBytes: number, inPartsFrom: number }} limits  bytes; from the latter on a file goes in parts
 */

/** @typedef {(why: 'offline' | 'busy' | 'network') => void} OnWait */

/**
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @returns {Promise<import('../types').Picture | 'asking' | 'missing'>} the latter two when the person has to say or do something
 */
export async function upload(item, tools, signal) {
  if (item.size === 0) throw new Refused('error.empty');
  if (item.size > tools.limits().maxBytes) throw new Refused('error.tooLarge');
  /** @type {OnWait} */
  const waiting = (why) => {
    item.waiting = why;
    tools.changed(item);
  };

  if (item.ticket !== null && item.tried) {
    // An earlier try may have arrived although its answer did not.
    tools.enter(item, 'confirming');
    const picture = await finish(item, tools, signal, waiting);
    if (picture !== null) return picture;
    item.arrived = false;
  }
  if (item.file === null) return 'missing';
  if (item.prepared === null) await prepare(item, item.file, tools, signal);
  if (item.prepared?.location === 'unknown' && !item.agreed) return 'asking';
  signal.throwIfAborted();

  tools.enter(item, 'sending');
  if (item.ticket === null) {
    const claim = claimOf(item.name, /** @type {import('../types').Prepared} */ (item.prepared));
    item.ticket = await retrying(tools.world, signal, () => tools.ticket(claim, signal), waiting);
    item.claim = claim;
    item.waiting = null;
    tools.keep(item);
  }
  for (let again = 0; ; again += 1) {
    await send(item, tools, signal, waiting);
    tools.enter(item, 'confirming');
    const picture = await finish(item, tools, signal, waiting);
    if (picture !== null) return picture;
    // Storage said that it has it and the service does not find all of it: send once more, then give up.
    if (again > 0) throw new Refused('error.vanished');
    item.arrived = false;
    item.partsKnown = false;
    tools.enter(item, 'sending');
  }
}

/**
 * @param {import('./item.js').Item} item
 * @param {File} file
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
async function prepare(item, file, tools, signal) {
  tools.enter(item, 'preparing');
  const prepared = await tools.prepare(file, { keepAll: item.keepAll, inParts: file.size >= tools.limits().inPartsFrom }, signal);
  if (item.ticket !== null && item.claim !== null && !isSame(item.claim, prepared)) {
    // What an earlier page began is not what would be sent now.
    tools.discard(item);
    item.forget();
  }
  // The preview goes with the ticket: another one would not fit its checksum.
  item.prepared = item.ticket !== null && item.found !== null ? { ...prepared, ...item.found } : prepared;
  item.total = item.prepared.blob.size + (item.prepared.preview?.blob.size ?? 0);
}

/** @param {import('../types').FileClaim} claim @param {import('../types').Prepared} prepared */
function isSame(claim, prepared) {
  return (
    claim.size === prepared.blob.size &&
    claim.content_type === prepared.contentType &&
    (claim.sha256 ?? null) === prepared.sha256
  );
}

/**
 * @param {string} filename
 * @param {import('../types').Prepared} prepared
 * @returns {import('../types').FileClaim}
 */
export function claimOf(filename, prepared) {
  /** @type {import('../types').FileClaim} */
  const claim = { filename, content_type: prepared.contentType, size: prepared.blob.size };
  if (prepared.sha256 !== null) claim.sha256 = prepared.sha256;
  if (prepared.thumbhash !== null) claim.thumbhash = prepared.thumbhash;
  if (prepared.preview !== null) {
    const { blob, contentType, sha256 } = prepared.preview;
    claim.thumbnail = { content_type: contentType, size: blob.size, sha256 };
  }
  return claim;
}

/**
 * Image and preview side by side; when the image fails for good the preview is of no use.
 *
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {OnWait} waiting
 */
async function send(item, tools, signal, waiting) {
  const courtesy = new AbortController();
  const stop = () => courtesy.abort();
  signal.addEventListener('abort', stop, { once: true });
  const preview = sendPreview(item, tools, courtesy.signal).catch(() => undefined);
  try {
    if (item.ticket?.multipart) await (await partsModule()).sendParts(item, tools, signal, waiting);
    else await sendWhole(item, tools, signal, waiting);
    await preview;
    signal.throwIfAborted();
  } catch (error) {
    stop();
    if (error instanceof Refused && item.ticket?.multipart) {
      tools.discard(item);
      item.forget();
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Most pictures go in one piece: the code for parts is fetched by the first that does not. */
async function partsModule() {
  try {
    return await import('./multipart.js');
  } catch {
    throw new HttpError(503, null, null);
  }
}
