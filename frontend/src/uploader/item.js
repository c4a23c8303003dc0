/**
 * One file on its way. Plain data: the uploader changes it, the page shows it, the journal keeps it.
 */

/**
 * waiting → preparing → (asking) → sending → confirming → done, or failed, or cancelled. `missing`: it was begun by an earlier
 * page and its bytes are not at hand until the person gives them.
 *
 * @typedef {'waiting' | 'preparing' | 'asking' | 'missing' | 'sending' | 'confirming' | 'done' | 'failed' | 'cancelled'} State
 */

/**
 * @typedef {object} Facts  of a file, whether its bytes are at hand or not
 * @property {string} name
 * @property {number} size  bytes
 * @property {number} lastModified  milliseconds
 */

/** What was found out about a file, without the bytes that are sent. @typedef {Omit<import('../types').Prepared, 'blob'>} Findings */

export class Item {
  /**
   * @param {number} key  unique in this page, in the order of coming
   * @param {Facts} facts
   * @param {boolean} keepAll  whether the person wants the location kept
   * @param {string} uid  unique in this browser
   */
  constructor(key, facts, keepAll, uid) {
    this.key = key;
    this.uid = uid;
    this.keepAll = keepAll;
    this.name = facts.name;
    this.size = facts.size;
    this.lastModified = facts.lastModified;
    /** @type {File | null} */
    this.file = null;
    /** Leads to the file again after a reload, where the browser gives such a thing. @type {FileSystemFileHandle | null} */
    this.handle = null;
    /** @type {State} */
    this.state = 'waiting';
    /** @type {import('../types').Prepared | null} */
    this.prepared = null;
    /** What the ticket was asked for. @type {import('../types').FileClaim | null} */
    this.claim = null;
    /** What an earlier page found out. @type {Findings | null} */
    this.found = null;
    /** @type {import('../types').Ticket | null} */
    this.ticket = null;
    /** @type {import('../types').Picture | null} */
    this.picture = null;
    /** @type {unknown} */
    this.error = null;
    /** Why nothing moves at the moment. @type {import('./types').Waiting | null} */
    this.waiting = null;
    /** The person agreed to send it although its location can't be removed. */
    this.agreed = false;
    /** A PUT was begun under this ticket. */
    this.tried = false;
    this.arrived = false;
    this.previewArrived = false;
    /** Of the upload in parts. @type {string | null} */
    this.uploadId = null;
    /** The request that opens it. It is never cut off, or what it opened would stay behind. @type {Promise<string> | null} */
    this.opening = null;
    /** Bytes of each part that storage has, by its number. @type {Map<number, number>} */
    this.parts = new Map();
    /** Whether `parts` is all that storage has. */
    this.partsKnown = true;
    /** Bytes so far of the parts under way. @type {Map<number, number>} */
    this.flying = new Map();
    this.sentImage = 0;
    this.sentPreview = 0;
    /** Bytes to send, known better once it is prepared. */
    this.total = facts.size;
  }

  get sent() {
    return this.state === 'done' ? this.total : Math.min(this.total, this.sentImage + this.sentPreview);
  }

  /** Whether nothing more will happen by itself. */
  get settled() {
    return this.state === 'done' || this.state === 'failed' || this.state === 'cancelled' || this.state === 'missing';
  }

  /** Counts anew what has been sent in parts. */
  recount() {
    this.sentImage = 0;
    for (const sizes of [this.parts, this.flying]) for (const size of sizes.values()) this.sentImage += size;
  }

  /** What was under way is not any more. */
  halt() {
    this.flying.clear();
    if (this.ticket?.multipart) this.recount();
    else if (!this.arrived) this.sentImage = 0;
    if (!this.previewArrived) this.sentPreview = 0;
  }

  /** Begins anew, with a ticket of its own. */
  forget() {
    this.ticket = null;
    this.claim = null;
    this.found = null;
    this.picture = null;
    this.tried = false;
    this.arrived = false;
    this.previewArrived = false;
    this.uploadId = null;
    this.opening = null;
    this.parts.clear();
    this.partsKnown = true;
    this.flying.clear();
    this.sentImage = 0;
    this.sentPreview = 0;
  }
}
