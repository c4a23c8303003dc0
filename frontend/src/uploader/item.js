/**
 * One file in the upload queue. Plain data: the uploader changes it, the page shows it, the journal saves it.
 */

/**
 * waiting → preparing → (asking) → sending → confirming → done, or failed, or cancelled. `needsFile`: an earlier page
 * started the upload, and this page needs the person to choose the file again.
 *
 * @typedef {'waiting' | 'preparing' | 'asking' | 'needsFile' | 'sending' | 'confirming' | 'done' | 'failed' | 'cancelled'} State
 */

/**
 * @typedef {object} Facts  about a file, also when its bytes are not available
 * @property {string} name
 * @property {number} size  bytes
 * @property {number} lastModified  milliseconds
 */

/**
 * The results of preparing a file, without the bytes to send.
 *
 * @typedef {Omit<import('../types').Prepared, 'blob'>} PrepareResults
 */

export class Item {
  /**
   * @param {number} key  unique in this page, in the order of arrival
   * @param {Facts} facts
   * @param {boolean} keepAll  whether to keep the location data
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
    /**
     * Opens the file again after a reload, in browsers that support file handles.
     *
     * @type {FileSystemFileHandle | null}
     */
    this.handle = null;
    /** @type {State} */
    this.state = 'waiting';
    /** @type {import('../types').Prepared | null} */
    this.prepared = null;
    /** The claim that the ticket was requested with. @type {import('../types').NewFile | null} */
    this.claim = null;
    /** The results of preparing the file on an earlier page. @type {PrepareResults | null} */
    this.savedResults = null;
    /** @type {import('../types').Granted | null} */
    this.ticket = null;
    /** @type {import('../types').Picture | null} */
    this.picture = null;
    /** @type {unknown} */
    this.error = null;
    /** Why the upload is waiting now. @type {import('./types').Waiting | null} */
    this.waiting = null;
    /** Until when, milliseconds since 1970; null when nobody knows. @type {number | null} */
    this.waitingUntil = null;
    /** The person agreed to send the file even if its location cannot be removed. */
    this.acceptsLocation = false;
    /** The person does not want to send the file if its location cannot be removed. */
    this.refusesLocation = false;
    /** A PUT was started with this ticket. */
    this.putStarted = false;
    this.arrived = false;
    this.previewArrived = false;
    /** The id of the multipart upload. @type {string | null} */
    this.uploadId = null;
    /**
     * The request that opens the multipart upload. It is never aborted, or the opened upload would be left behind.
     *
     * @type {Promise<string> | null}
     */
    this.opening = null;
    /** Size in bytes of each part that storage has, by part number. @type {Map<number, number>} */
    this.parts = new Map();
    /** Whether `parts` lists every part that storage has. */
    this.partsKnown = true;
    /** Bytes sent so far of the parts in flight, by part number. @type {Map<number, number>} */
    this.inFlight = new Map();
    this.sentImage = 0;
    this.sentPreview = 0;
    /** Bytes to send; exact once the file is prepared. */
    this.total = facts.size;
  }

  /** What was removed from the file, on this page or an earlier one. @returns {import('../types').Removed[]} */
  get removed() {
    return (this.prepared ?? this.savedResults)?.removed ?? [];
  }

  get sent() {
    return this.state === 'done' ? this.total : Math.min(this.total, this.sentImage + this.sentPreview);
  }

  /** Whether nothing more happens unless the person acts. */
  get settled() {
    return this.state === 'done' || this.state === 'failed' || this.state === 'cancelled' || this.state === 'needsFile';
  }

  /** Recounts the bytes sent in parts. */
  recount() {
    this.sentImage = 0;
    for (const sizes of [this.parts, this.inFlight]) for (const size of sizes.values()) this.sentImage += size;
  }

  /** Resets the progress of requests that were stopped. */
  halt() {
    this.inFlight.clear();
    if (this.ticket?.multipart) this.recount();
    else if (!this.arrived) this.sentImage = 0;
    if (!this.previewArrived) this.sentPreview = 0;
  }

  /** Resets the upload, so that it starts again with a new ticket. */
  forget() {
    this.ticket = null;
    this.claim = null;
    this.savedResults = null;
    this.picture = null;
    this.putStarted = false;
    this.arrived = false;
    this.previewArrived = false;
    this.uploadId = null;
    this.opening = null;
    this.parts.clear();
    this.partsKnown = true;
    this.inFlight.clear();
    this.sentImage = 0;
    this.sentPreview = 0;
  }
}
