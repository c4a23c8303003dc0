/** Sends one object with a signed PUT until storage has it: the image of a small file, or a preview. */
import { HttpError, Refused } from '../net/errors.js';
import { refusedByService, refusedByStorage } from './refusals.js';

/** A URL that expires within this time is renewed before use, milliseconds. */
const MARGIN_MS = 5_000;
const PREVIEW_TRIES = 3;

/** @typedef {import('./transfer.js').Transfer} Transfer */

/**
 * Sends the image in one piece until storage has it.
 *
 * @param {Transfer} transfer
 */
export async function sendWhole(transfer) {
  const { item, blob } = transfer;
  if (item.arrived) return;
  const put = new ObjectPut(
    transfer,
    (ticket) => ticket.put,
    blob,
    (sent) => {
      item.sentImage = Math.min(sent, blob.size);
      transfer.moved();
    },
  );
  await transfer.retry(async (attempt) => {
    if (attempt > 0 && (await transfer.hasArrived())) return;
    await transfer.deps.requests.run(transfer.signal, () => {
      transfer.markPutStarted();
      return put.send();
    });
  });
  item.sentImage = blob.size;
  transfer.markArrived();
}

/**
 * Sends the preview. It is optional: after a few tries the upload continues without it.
 *
 * @param {Transfer} transfer
 */
export async function sendPreview(transfer) {
  const { item, deps, signal } = transfer;
  const preview = item.prepared?.preview;
  if (!preview || item.previewArrived) return;
  const put = new ObjectPut(
    transfer,
    (ticket) => ticket.thumbnail?.put,
    preview.blob,
    (sent) => {
      item.sentPreview = Math.min(sent, preview.blob.size);
      transfer.changed();
    },
  );
  for (let attempt = 0; attempt < PREVIEW_TRIES; attempt += 1) {
    if (attempt > 0) await deps.environment.sleep(400 * attempt, signal);
    if (!transfer.ticket.thumbnail) return;
    try {
      await deps.requests.run(signal, () => put.send());
      item.previewArrived = true;
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Refused) return;
    }
  }
}

/** The PUT of one whole object, with the ticket's current URL. */
class ObjectPut {
  /**
   * @param {Transfer} transfer
   * @param {(ticket: import('../types').Granted) => import('../types').SignedPut | undefined} which  selects a PUT
   * @param {Blob} blob
   * @param {(sent: number) => void} onProgress  bytes
   */
  constructor(transfer, which, blob, onProgress) {
    this.transfer = transfer;
    this.which = which;
    this.blob = blob;
    this.onProgress = onProgress;
  }

  /**
   * Sends the object once. Signs again when the URL has expired, and once after a 403: the local clock may be wrong.
   *
   * @throws {Refused | HttpError | NetworkError}
   */
  async send() {
    if (this.#isOver()) await this.#renew();
    for (let again = false; ; again = true) {
      try {
        return await this.#attempt();
      } catch (error) {
        if (again || !(error instanceof HttpError && error.status === 403))
          throw await refusedByStorage(error, this.blob);
        await this.#renew();
      }
    }
  }

  #isOver() {
    const { ticket, deps } = this.transfer;
    return Date.parse(ticket.expires_at) <= deps.environment.now() + MARGIN_MS;
  }

  /** Sends the PUT. A 412 means that an earlier try arrived. */
  async #attempt() {
    const { ticket, deps, signal } = this.transfer;
    const put = this.which(ticket);
    if (!put) throw new Refused('error.answer');
    try {
      await deps.put(put, this.blob, signal, this.onProgress);
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 412)) throw error;
    }
  }

  async #renew() {
    const { item, ticket, deps, signal } = this.transfer;
    try {
      const fresh = await deps.signAgain(ticket.id, ticket.token, signal);
      // Ignore the answer when the upload was cancelled or restarted in the meantime.
      if (item.ticket?.id === ticket.id) item.ticket = { ...item.ticket, ...fresh };
    } catch (error) {
      throw refusedByService(error);
    }
  }
}
