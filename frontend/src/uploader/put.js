/** One signed PUT until storage has it: the image of a small file, and previews. */
import { HttpError, NetworkError, Refused } from './errors.js';
import { arrived, refusal, ticketOf } from './publish.js';
import { retrying } from './retry.js';

/** A URL that ends sooner than this is renewed before it is used, milliseconds. */
const MARGIN_MS = 5_000;
const PREVIEW_TRIES = 3;

/** @typedef {import('./item.js').Item} Item @typedef {import('./flow.js').Tools} Tools */

/**
 * Sends the image in one piece until storage has it. 412: an earlier try arrived.
 *
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {import('./flow.js').OnWait} waiting
 */
export async function sendWhole(item, tools, signal, waiting) {
  if (item.arrived) return;
  const { blob } = /** @type {import('../types').Prepared} */ (item.prepared);
  /** @param {number} sent */
  const progress = (sent) => {
    item.waiting = null;
    item.sentImage = Math.min(sent, blob.size);
    tools.changed(item);
  };
  const put = () => ticketOf(item).put;
  await retrying(
    tools.world,
    signal,
    async (attempt) => {
      if (attempt > 0 && (await arrived(item, tools, signal))) return;
      await tools.lanes.run(signal, async () => {
        if (!item.tried) {
          item.tried = true;
          tools.keep(item);
        }
        await signedPut(item, tools, signal, put, blob, progress);
      });
    },
    waiting,
  );
  item.arrived = true;
  item.waiting = null;
  item.sentImage = blob.size;
  tools.changed(item);
}

/**
 * The preview is a courtesy: after a few tries the image goes on without it.
 *
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
export async function sendPreview(item, tools, signal) {
  const preview = item.prepared?.preview;
  if (!preview || item.previewArrived) return;
  /** @param {number} sent */
  const progress = (sent) => {
    item.sentPreview = Math.min(sent, preview.blob.size);
    tools.changed(item);
  };
  const put = () => ticketOf(item).thumbnail?.put;
  for (let attempt = 0; attempt < PREVIEW_TRIES; attempt += 1) {
    if (attempt > 0) await tools.world.sleep(400 * attempt, signal);
    if (!put()) return;
    try {
      await tools.lanes.run(signal, () => signedPut(item, tools, signal, put, preview.blob, progress));
      item.previewArrived = true;
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Refused) return;
    }
  }
}

/**
 * A PUT of the whole of something. Signed again when its time is over, and once when storage says 403: the clock here may be wrong.
 *
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 * @param {() => import('../types').SignedPut | undefined} which  of the item's PUTs, as the ticket has it now
 * @param {Blob} blob
 * @param {(sent: number) => void} progress
 */
async function signedPut(item, tools, signal, which, blob, progress) {
  if (Date.parse(ticketOf(item).expires_at) <= tools.world.now() + MARGIN_MS) await renew(item, tools, signal);
  for (let again = false; ; again = true) {
    const put = which();
    if (!put) throw new Refused('error.answer');
    try {
      await tools.put(put, blob, signal, progress);
      return;
    } catch (error) {
      if (error instanceof HttpError && error.status === 412) return;
      if (error instanceof HttpError && error.status === 403 && !again) await renew(item, tools, signal);
      else throw await verdict(error, blob);
    }
  }
}

/**
 * @param {Item} item
 * @param {Tools} tools
 * @param {AbortSignal} signal
 */
async function renew(item, tools, signal) {
  const { id, token } = ticketOf(item);
  try {
    const fresh = await tools.signAgain(id, token, signal);
    // Cancelled meanwhile, or begun anew: then nobody wants it.
    if (item.ticket?.id === id) item.ticket = { ...item.ticket, ...fresh };
  } catch (error) {
    throw refusal(error);
  }
}

/**
 * What an error of a transfer means for the file: 400 and 403 are storage's last word, and a file that can no longer be read
 * looks like a lost connection.
 *
 * @param {unknown} error
 * @param {Blob} blob
 * @returns {Promise<unknown>}
 */
export async function verdict(error, blob) {
  if (error instanceof HttpError && (error.status === 400 || error.status === 403)) {
    return new Refused('error.storageRefused', error.message);
  }
  if (error instanceof NetworkError) {
    const readable = await blob.slice(0, 1).arrayBuffer().then(() => true, () => false);
    if (!readable) return new Refused('error.unreadable');
  }
  return error;
}
