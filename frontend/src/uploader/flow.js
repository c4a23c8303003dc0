/**
 * The way of one file: prepare → ticket → PUT image and preview → complete. Every step can be repeated; what is already known
 * (the prepared blob, the ticket) is kept on the item, so that a pause, a retry or a lost network goes on from there.
 */
import { HttpError, Refused } from './errors.js';
import { retrying } from './retry.js';

/** A ticket that ends sooner than this is renewed before it is used, milliseconds. */
const MARGIN_MS = 5_000;

/**
 * @typedef {object} Tools
 * @property {(file: File, options: { keepAll: boolean, maxBytes: number }, signal: AbortSignal) => Promise<import('../types').Prepared>} prepare
 * @property {(claim: import('../types').FileClaim, signal: AbortSignal) => Promise<import('../types').Ticket>} ticket
 * @property {(id: string, token: string, signal: AbortSignal) => Promise<Pick<import('../types').Ticket, 'put' | 'thumbnail' | 'expires_at'>>} signAgain
 * @property {(id: string, token: string, signal: AbortSignal) => Promise<import('../types').Picture | { retryAfter: number }>} complete
 * @property {(put: import('../types').SignedPut, body: Blob, signal: AbortSignal, onProgress: (sent: number) => void) => Promise<unknown>} put
 * @property {import('./lanes.js').Lanes} lanes
 * @property {import('./retry.js').World} world
 * @property {(item: import('./item.js').Item, state: import('./item.js').State) => void} enter
 * @property {(item: import('./item.js').Item) => void} changed
 * @property {(item: import('./item.js').Item) => Promise<void>} consent  resolves when the person agrees to send what can't be cleaned
 * @property {() => number} maxBytes
 */

/**
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @returns {Promise<import('../types').Picture>}
 */
export async function upload(item, tools, signal) {
  if (item.file.size === 0) throw new Refused('error.empty');
  if (item.file.size > tools.maxBytes()) throw new Refused('error.tooLarge');
  if (item.prepared === null) {
    tools.enter(item, 'preparing');
    item.prepared = await tools.prepare(item.file, { keepAll: item.keepAll, maxBytes: tools.maxBytes() }, signal);
    item.total = item.prepared.blob.size + (item.prepared.preview?.blob.size ?? 0);
  }
  if (item.prepared.location === 'unknown' && !item.agreed) {
    tools.enter(item, 'asking');
    await tools.consent(item);
    item.agreed = true;
  }
  signal.throwIfAborted();
  /** @param {'offline' | 'busy' | 'network'} why */
  const waiting = (why) => {
    item.waiting = why;
    tools.changed(item);
  };

  const prepared = item.prepared;
  tools.enter(item, 'sending');
  if (item.ticket === null) {
    const claim = claimOf(item.file.name, prepared);
    item.ticket = await retrying(tools.world, signal, () => tools.ticket(claim, signal), waiting);
    item.waiting = null;
  } else if (item.tried && !item.arrived) {
    // An earlier try may have arrived although its answer did not.
    const picture = await finish(item, tools, signal, waiting);
    if (picture !== null) return picture;
  }

  await Promise.all([sendImage(item, tools, signal, waiting), sendPreview(item, tools, signal)]);
  for (let again = 0; ; again += 1) {
    tools.enter(item, 'confirming');
    const picture = await finish(item, tools, signal, waiting);
    if (picture !== null) return picture;
    // Storage said that it has it and the service finds nothing: send once more, then give up.
    if (again > 0) throw new Refused('error.vanished');
    item.arrived = false;
    tools.enter(item, 'sending');
    await sendImage(item, tools, signal, waiting);
  }
}

/**
 * @param {string} filename
 * @param {import('../types').Prepared} prepared
 * @returns {import('../types').FileClaim}
 */
export function claimOf(filename, prepared) {
  /** @type {import('../types').FileClaim} */
  const claim = { filename, content_type: prepared.contentType, size: prepared.blob.size, sha256: prepared.sha256 };
  if (prepared.thumbhash !== null) claim.thumbhash = prepared.thumbhash;
  if (prepared.preview !== null) {
    const { blob, contentType, sha256 } = prepared.preview;
    claim.thumbnail = { content_type: contentType, size: blob.size, sha256 };
  }
  return claim;
}

/**
 * Sends the image until storage has it.
 *
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {(why: 'offline' | 'busy' | 'network') => void} waiting
 */
async function sendImage(item, tools, signal, waiting) {
  if (item.arrived) return;
  const { blob } = /** @type {import('../types').Prepared} */ (item.prepared);
  await retrying(
    tools.world,
    signal,
    async (attempt) => {
      if (attempt > 0 && (await probe(item, tools, signal))) return;
      await renewed(item, tools, signal);
      item.tried = true;
      await tools.lanes.run(signal, () => once(item, tools, signal, blob));
    },
    waiting,
  );
  item.arrived = true;
  item.waiting = null;
  item.sentImage = blob.size;
  tools.changed(item);
}

/**
 * One PUT of the image. 412: an earlier one arrived. 403 past the ticket's end: signed again and sent at once.
 *
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {Blob} blob
 */
async function once(item, tools, signal, blob) {
  /** @param {number} sent */
  const progress = (sent) => {
    item.waiting = null;
    item.sentImage = Math.min(sent, blob.size);
    tools.changed(item);
  };
  try {
    await tools.put(ticketOf(item).put, blob, signal, progress);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    if (error.status === 412) return;
    if (error.status === 403 && Date.parse(ticketOf(item).expires_at) <= tools.world.now() + MARGIN_MS) {
      await renewed(item, tools, signal);
      await tools.put(ticketOf(item).put, blob, signal, progress);
      return;
    }
    if (error.status === 400 || error.status === 403) throw new Refused('error.storageRefused', error.message);
    throw error;
  }
}

/**
 * The preview is a courtesy: after a few tries the image goes on without it.
 *
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
async function sendPreview(item, tools, signal) {
  const preview = item.prepared?.preview;
  if (!preview || item.previewArrived) return;
  for (let attempt = 0; attempt < 3 && !signal.aborted; attempt += 1) {
    const put = ticketOf(item).thumbnail?.put;
    if (!put) return;
    try {
      await tools.lanes.run(signal, () =>
        tools.put(put, preview.blob, signal, (sent) => {
          item.sentPreview = Math.min(sent, preview.blob.size);
          tools.changed(item);
        }),
      );
      item.previewArrived = true;
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof HttpError && error.status === 412) {
        item.previewArrived = true;
        return;
      }
      if (error instanceof HttpError && error.status < 500 && error.status !== 429) return;
      await tools.world.sleep(400 * (attempt + 1), signal);
    }
  }
}

/** @param {import('./item.js').Item} item */
function ticketOf(item) {
  return /** @type {import('../types').Ticket} */ (item.ticket);
}

/**
 * Signs again what is about to end.
 *
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
async function renewed(item, tools, signal) {
  const ticket = ticketOf(item);
  if (Date.parse(ticket.expires_at) > tools.world.now() + MARGIN_MS) return;
  item.ticket = { ...ticket, ...(await tools.signAgain(ticket.id, ticket.token, signal)) };
}

/**
 * Whether a broken PUT arrived all the same. A failing question is no answer: then the PUT is sent, and 412 tells.
 *
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
async function probe(item, tools, signal) {
  const { id, token } = ticketOf(item);
  try {
    const answer = await tools.complete(id, token, signal);
    if ('id' in answer) item.picture = answer;
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof HttpError && (error.status === 410 || error.status === 422)) throw refusal(error);
    return false;
  }
}

/**
 * Asks for publication until there is an answer.
 *
 * @param {import('./item.js').Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {(why: 'offline' | 'busy' | 'network') => void} waiting
 * @returns {Promise<import('../types').Picture | null>} null when storage has nothing (409)
 */
async function finish(item, tools, signal, waiting) {
  if (item.picture) return item.picture;
  const { id, token } = ticketOf(item);
  try {
    return await retrying(
      tools.world,
      signal,
      async () => {
        for (;;) {
          const answer = await tools.complete(id, token, signal);
          if ('id' in answer) return answer;
          await tools.world.sleep(answer.retryAfter, signal);
        }
      },
      waiting,
    );
  } catch (error) {
    if (error instanceof HttpError && error.status === 409) return null;
    if (error instanceof HttpError && (error.status === 410 || error.status === 422)) throw refusal(error);
    throw error;
  }
}

/** @param {HttpError} error */
function refusal(error) {
  return new Refused(error.status === 422 ? 'error.notAnImage' : 'error.gone', error.problem?.detail ?? '');
}
