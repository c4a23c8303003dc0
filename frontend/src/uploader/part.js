/**
 * One part of a multipart upload. It is hashed and signed just before it is sent, so that its URL is fresh. Each part
 * fails and is retried on its own.
 */
import { HttpError, Refused, RequestError } from '../net/errors.js';
import { refusedByService, refusedByStorage } from './refusals.js';

const NEVER = new AbortController().signal;

/** Storage no longer has the upload: it was published or cancelled, or it expired. The service tells which. */
export class UploadOver extends RequestError {}

export class PartTransfer {
  /**
   * @param {import('./transfer.js').Transfer} transfer
   * @param {number} number  from 1
   * @param {number} size  bytes in each part but the last
   */
  constructor(transfer, number, size) {
    this.transfer = transfer;
    this.number = number;
    this.slice = transfer.blob.slice((number - 1) * size, number * size);
  }

  /**
   * Sends the part once, unless storage already has it.
   *
   * @param {Set<string>} listed  the parts that storage has, as `number checksum`
   * @throws {UploadOver | Refused | HttpError | NetworkError}
   */
  async send(listed) {
    const { item, deps, signal } = this.transfer;
    await deps.parts.run(signal, async () => {
      const sha256 = await deps.hash(this.slice, signal);
      try {
        if (!listed.has(`${this.number} ${sha256}`)) await this.#put(sha256);
        item.parts.set(this.number, this.slice.size);
      } finally {
        item.inFlight.delete(this.number);
        item.recount();
        this.transfer.changed();
      }
    });
  }

  /**
   * Signs and sends the part. After a 403 it tries once more: the URL may have expired in the queue, or the clocks
   * differ.
   *
   * @param {string} sha256
   */
  async #put(sha256) {
    const { deps, signal } = this.transfer;
    for (let again = false; ; again = true) {
      const put = await this.#sign(sha256);
      try {
        await deps.requests.run(signal, () => deps.put(put, this.slice, signal, (sent) => this.#progress(sent)));
        return;
      } catch (error) {
        if (error instanceof HttpError && error.status === 403 && !again) continue;
        if (error instanceof HttpError && error.status === 404) throw new UploadOver();
        throw await refusedByStorage(error, this.slice);
      }
    }
  }

  /** @param {number} sent  bytes */
  #progress(sent) {
    const { item } = this.transfer;
    item.inFlight.set(this.number, Math.min(sent, this.slice.size));
    item.recount();
    this.transfer.moved();
  }

  /** @param {string} sha256 @returns {Promise<import('../types').SignedPut>} */
  async #sign(sha256) {
    try {
      await this.#untilOpen();
      const { parts } = await this.#ask({ part_number: this.number, sha256 });
      const put = parts.find((part) => part.part_number === this.number);
      if (!put) throw new Refused('error.answer');
      return put;
    } catch (error) {
      if (error instanceof HttpError && error.status === 409) throw new UploadOver();
      throw refusedByService(error);
    }
  }

  /** Waits while another part opens the upload. If that fails, one of the waiting parts tries. */
  async #untilOpen() {
    const { item, signal } = this.transfer;
    while (item.uploadId === null && item.opening !== null) await item.opening.catch(() => undefined);
    signal.throwIfAborted();
  }

  /**
   * Signs a part. The first call also opens the upload.
   *
   * @param {import('../types').NewPart} part @returns {Promise<import('../types').SignedParts>}
   */
  #ask(part) {
    const { item, deps, ticket, signal } = this.transfer;
    if (item.uploadId !== null) return deps.signParts(ticket.id, ticket.token, item.uploadId, [part], signal);
    const asked = deps.signParts(ticket.id, ticket.token, null, [part], NEVER);
    item.opening = this.#opened(ticket.id, asked);
    item.opening.catch(() => undefined); // this part gets the error from `asked`
    return asked;
  }

  /**
   * @param {string} id  of the ticket
   * @param {Promise<import('../types').SignedParts>} asked
   * @returns {Promise<string>} the id of the multipart upload
   */
  async #opened(id, asked) {
    const { item, deps } = this.transfer;
    try {
      const { upload_id: uploadId } = await asked;
      if (item.ticket?.id === id) {
        item.uploadId = uploadId;
        item.putStarted = true;
        deps.saveItem(item);
      }
      return uploadId;
    } finally {
      if (item.ticket?.id === id) item.opening = null;
    }
  }
}
