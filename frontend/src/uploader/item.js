/**
 * One file on its way. Plain data: the uploader changes it, the page shows it.
 */

/**
 * waiting → preparing → (asking) → sending → confirming → done, or failed, or cancelled.
 *
 * @typedef {'waiting' | 'preparing' | 'asking' | 'sending' | 'confirming' | 'done' | 'failed' | 'cancelled'} State
 */

export class Item {
  /**
   * @param {number} key  unique in this page
   * @param {File} file
   * @param {boolean} keepAll  whether the person wants the location kept
   */
  constructor(key, file, keepAll) {
    this.key = key;
    this.file = file;
    this.keepAll = keepAll;
    this.name = file.name;
    /** @type {State} */
    this.state = 'waiting';
    /** @type {import('../types').Prepared | null} */
    this.prepared = null;
    /** @type {import('../types').Ticket | null} */
    this.ticket = null;
    /** @type {import('../types').Picture | null} */
    this.picture = null;
    /** @type {unknown} */
    this.error = null;
    /** @type {'offline' | 'busy' | 'network' | null} why nothing moves at the moment */
    this.waiting = null;
    /** The person agreed to send it although its location can't be removed. */
    this.agreed = false;
    /** A PUT was begun under this ticket. */
    this.tried = false;
    this.arrived = false;
    this.previewArrived = false;
    this.sentImage = 0;
    this.sentPreview = 0;
    /** Bytes to send, known better once it is prepared. */
    this.total = file.size;
  }

  get sent() {
    return this.state === 'done' ? this.total : Math.min(this.total, this.sentImage + this.sentPreview);
  }

  /** Whether nothing more will happen by itself. */
  get settled() {
    return this.state === 'done' || this.state === 'failed' || this.state === 'cancelled';
  }
}
