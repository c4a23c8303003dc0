/**
 * Sends a large file in parts. Parts and other files share the same request slots. After a reload, storage's own list
 * tells which parts it has.
 */
import { aborted, follow } from '../net/abort.js';
import { HttpError } from '../net/errors.js';
import { PartTransfer, UploadOver } from './part.js';
import { refusedByService } from './refusals.js';

/** Parts of one file processed at once: as many as the queue allows. */
const AHEAD = 7;

export class MultipartTransfer {
  /**
   * @param {import('./transfer.js').Transfer} transfer
   * @param {import('../types').Multipart} sizes
   */
  constructor(transfer, sizes) {
    this.transfer = transfer;
    this.sizes = sizes;
    this.next = 1;
    /** The parts that storage lists, as `number checksum`. @type {Set<string>} */
    this.listed = new Set();
  }

  /**
   * Sends the parts that storage lacks. Returns early when storage no longer has the upload: the service then tells how
   * it ended.
   */
  async send() {
    this.listed = await this.#list();
    const reason = await this.#sendAll();
    if (this.transfer.signal.aborted) throw aborted();
    if (reason instanceof UploadOver) return;
    if (reason !== undefined) throw reason;
    this.transfer.markArrived();
  }

  /** @returns {Promise<unknown>} why a part was not sent; undefined when all were sent */
  async #sendAll() {
    // A refused part stops the other parts of this file, but no other file.
    const own = follow(this.transfer.signal);
    const work = () =>
      this.#work(this.transfer.under(own.signal)).catch((error) => {
        own.stop();
        throw error;
      });
    try {
      const results = await Promise.allSettled(Array.from({ length: AHEAD }, work));
      const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      // The first real error stopped the others, so report that one.
      return reasons.find((error) => !(error instanceof DOMException)) ?? reasons[0];
    } finally {
      own.release();
      this.transfer.item.inFlight.clear();
      this.transfer.item.recount();
    }
  }

  /** @param {import('./transfer.js').Transfer} transfer */
  async #work(transfer) {
    while (this.next <= this.sizes.part_count) {
      const number = this.next++;
      if (transfer.item.parts.has(number)) continue;
      const part = new PartTransfer(transfer, number, this.sizes.part_size);
      await transfer.retry(() => part.send(this.listed));
    }
  }

  /**
   * Lists the parts in storage with their checksums, because a part with other bytes does not count.
   *
   * @returns {Promise<Set<string>>}
   */
  async #list() {
    const { item, deps, ticket, signal } = this.transfer;
    const { uploadId } = item;
    if (uploadId === null) item.parts.clear();
    if (item.partsKnown || uploadId === null) return new Set();
    item.parts.clear();
    try {
      const parts = await this.transfer.retry(() => deps.listParts(ticket.id, ticket.token, uploadId, signal));
      item.partsKnown = true;
      return new Set(parts.map(({ part_number: number, sha256 }) => `${number} ${sha256}`));
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 404)) throw refusedByService(error);
      item.uploadId = null;
      return new Set();
    }
  }
}
