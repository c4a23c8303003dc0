/**
 * One file's transfer: prepare → ticket → image and preview to storage → complete. Each step can be repeated. The item
 * keeps the results (the prepared blob, the ticket, the parts that arrived), so the transfer continues after a pause, a
 * retry, a lost network or a reload.
 */
import { follow } from '../net/abort.js';
import { HttpError, Refused } from '../net/errors.js';
import { retrying } from '../net/retry.js';
import { claimOf, fits } from './claim.js';
import { sendPreview, sendWhole } from './put.js';
import { refusedByService } from './refusals.js';

/** @typedef {import('../types').Picture} Picture */

export class Transfer {
  /**
   * @param {import('./item.js').Item} item
   * @param {import('./types').TransferDeps} deps
   * @param {AbortSignal} signal  stops the transfer; the item keeps its progress
   */
  constructor(item, deps, signal) {
    this.item = item;
    this.deps = deps;
    this.signal = signal;
  }

  /**
   * Continues the transfer from its current step until the picture is published.
   *
   * @returns {Promise<Picture | 'asking' | 'needsFile'>} the last two when the person must act
   * @throws {Refused} when the same file would be refused again
   * @throws {HttpError | NetworkError} when it has failed for too long
   */
  async run() {
    this.#checkSize();
    const earlier = await this.#confirmEarlierTry();
    if (earlier !== null) return earlier;
    if (this.item.file === null) return 'needsFile';
    if (this.item.prepared === null) await this.#prepare(this.item.file);
    if (this.item.prepared?.location === 'unknown' && !this.item.acceptsLocation) return 'asking';
    this.signal.throwIfAborted();
    this.#enter('sending');
    if (this.item.ticket === null) await this.#requestTicket();
    return this.#sendAndConfirm();
  }

  /** @returns {import('../types').Granted} @throws {Error} when the item has no ticket */
  get ticket() {
    if (this.item.ticket === null) throw new Error('the transfer has no ticket');
    return this.item.ticket;
  }

  /** @returns {Blob} the bytes to send @throws {Error} before the file is prepared */
  get blob() {
    if (this.item.prepared === null) throw new Error('the file is not prepared');
    return this.item.prepared.blob;
  }

  /** @param {AbortSignal} signal @returns {Transfer} the same file, for steps that can be stopped alone */
  under(signal) {
    return new Transfer(this.item, this.deps, signal);
  }

  /**
   * Repeats a step until it succeeds, is refused or has failed for too long. The item shows why it is waiting.
   *
   * @template T
   * @param {(attempt: number) => Promise<T>} step
   * @returns {Promise<T>}
   */
  retry(step) {
    const { environment } = this.deps;
    return retrying(environment, this.signal, step, (why, ms) => {
      this.item.waiting = why;
      this.item.waitingUntil = ms === null ? null : environment.now() + ms;
      this.changed();
    });
  }

  changed() {
    this.deps.changed(this.item);
  }

  /** Bytes are moving, so the item is no longer waiting. */
  moved() {
    this.item.waiting = null;
    this.changed();
  }

  /** Saves that a PUT was started; a later page then asks whether it arrived. */
  markPutStarted() {
    if (this.item.putStarted) return;
    this.item.putStarted = true;
    this.deps.saveItem(this.item);
  }

  /** All bytes of the image are in storage. */
  markArrived() {
    this.item.arrived = true;
    this.moved();
  }

  /**
   * Tells whether an interrupted PUT arrived after all. If the question itself fails, the PUT is sent again; a 412 then
   * shows that it had arrived.
   *
   * @throws {Refused}
   */
  async hasArrived() {
    try {
      const answer = await this.#complete();
      if ('id' in answer) this.item.picture = answer;
      return true;
    } catch (error) {
      this.signal.throwIfAborted();
      const meant = refusedByService(error);
      if (meant instanceof Refused) throw meant;
      return false;
    }
  }

  /** Cancels the upload under this ticket; the next try requests a new ticket. */
  discard() {
    this.deps.cancelUpload(this.item);
    this.item.forget();
  }

  /** @param {import('./item.js').State} state */
  #enter(state) {
    this.deps.enter(this.item, state);
  }

  #checkSize() {
    if (this.item.size === 0) throw new Refused('error.empty');
    if (this.item.size > this.deps.limits().maxBytes) throw new Refused('error.tooLarge');
  }

  /** Confirms an earlier try: it may have arrived although its answer was lost. @returns {Promise<Picture | null>} */
  async #confirmEarlierTry() {
    return this.item.ticket !== null && this.item.putStarted ? this.#confirm() : null;
  }

  /** @param {File} file */
  async #prepare(file) {
    const { item, deps } = this;
    this.#enter('preparing');
    const inParts = file.size >= deps.limits().inPartsFrom;
    const prepared = await deps.prepare(file, { keepAll: item.keepAll, inParts }, this.signal);
    // The bytes differ from those that an earlier page claimed, so start with a new ticket.
    if (item.ticket !== null && item.claim !== null && !fits(item.claim, prepared)) this.discard();
    // The preview belongs to the ticket: a new preview would not match its checksum.
    item.prepared =
      item.ticket !== null && item.savedResults !== null ? { ...prepared, ...item.savedResults } : prepared;
    item.total = item.prepared.blob.size + (item.prepared.preview?.blob.size ?? 0);
  }

  async #requestTicket() {
    const { item, deps } = this;
    if (item.prepared === null) throw new Error('the file is not prepared');
    const claim = claimOf(item.name, item.prepared);
    item.ticket = await this.retry(() => deps.requestTicket(claim, this.signal));
    item.claim = claim;
    item.waiting = null;
    deps.saveItem(item);
  }

  /** @returns {Promise<Picture>} */
  async #sendAndConfirm() {
    for (let again = 0; ; again += 1) {
      await this.#send();
      const picture = await this.#confirm();
      if (picture !== null) return picture;
      // Storage reported the file as received, but the service cannot find all of it. Send once more, then give up.
      if (again > 0) throw new Refused('error.vanished');
      this.item.partsKnown = false;
      this.#enter('sending');
    }
  }

  /** Sends image and preview in parallel. When the image fails for good, stops the preview too. */
  async #send() {
    const courtesy = follow(this.signal);
    const preview = sendPreview(this.under(courtesy.signal)).catch(() => undefined);
    try {
      await this.#sendImage();
      await preview;
      this.signal.throwIfAborted();
    } catch (error) {
      courtesy.stop();
      if (error instanceof Refused && this.item.ticket?.multipart) this.discard();
      throw error;
    } finally {
      courtesy.release();
    }
  }

  async #sendImage() {
    if (!this.item.ticket?.multipart) return sendWhole(this);
    const { MultipartTransfer } = await multipart();
    return new MultipartTransfer(this, this.item.ticket.multipart).send();
  }

  /**
   * Asks the service until it has published the picture.
   *
   * @returns {Promise<Picture | null>} null when storage lacks some of the file
   */
  async #confirm() {
    const { item } = this;
    this.#enter('confirming');
    try {
      return item.picture ?? (await this.retry(() => this.#completed()));
    } catch (error) {
      if (!(error instanceof HttpError) || !this.#isIncomplete(error)) throw refusedByService(error);
      // Storage no longer has the parts: send them again with the same ticket.
      if (error.status === 404) item.uploadId = null;
      item.arrived = false;
      return null;
    } finally {
      item.waiting = null;
    }
  }

  /** @param {HttpError} error */
  #isIncomplete(error) {
    return error.status === 409 || (error.status === 404 && this.item.uploadId !== null);
  }

  /** @returns {Promise<Picture>} once publishing has ended */
  async #completed() {
    for (;;) {
      const answer = await this.#complete();
      if ('id' in answer) return answer;
      await this.deps.environment.sleep(answer.retryAfter, this.signal);
    }
  }

  #complete() {
    const { id, token } = this.ticket;
    return this.deps.complete(id, token, this.item.uploadId, this.signal);
  }
}

/** Loads the multipart code on first use: most pictures are sent in one piece. */
async function multipart() {
  try {
    return await import('./multipart.js');
  } catch {
    throw new HttpError(503, null, null);
  }
}
