/**
 * Saves what a later page needs to continue the queue: the facts about each file, its ticket, and its bytes if the
 * browser has room. Writes run in the background, one at a time. Uploads also work in a browser that saves nothing.
 */
import { Item } from './item.js';

/** Largest file that is copied into the browser's database, bytes. */
export const LARGEST = 256 * 1024 * 1024;
/** Limit for all copies together, bytes. */
export const MOST = 2 * 1024 * 1024 * 1024;
/** Bytes hashed at each end of a file, to recognise it later. */
const END = 64 * 1024;

/**
 * The stored record of one upload. The page still reads records that an older version wrote, so the fields keep their
 * names: `found`, `tried` and `agreed` are the item's `savedResults`, `putStarted` and `acceptsLocation`.
 *
 * @typedef {Pick<import('./item.js').Item, 'uid' | 'keepAll' | 'name' | 'size' | 'lastModified' | 'claim' | 'ticket' |
 *   'previewArrived' | 'uploadId' | 'handle'> & {
 *   agreed: boolean, tried: boolean, found: import('./item.js').PrepareResults | null,
 *   order: number, tab: string, ending: boolean, kept: boolean, ends: string | null }} Entry
 * `kept`: the bytes are in the store `blobs` · `ends`: hash of both ends · `ending`: the upload is being cancelled ·
 * `tab`: the page that owns the entry · `order`: place in the queue
 */

export class Journal {
  /**
   * @param {Pick<import('../db.js').Db, 'get' | 'put' | 'remove' | 'values'>} database
   * @param {string} tab  the id of this page
   * @param {(blob: Blob) => Promise<string>} hash
   */
  constructor(database, tab, hash) {
    this.database = database;
    this.tab = tab;
    this.hash = hash;
    /** @type {Map<string, Entry>} */
    this.entries = new Map();
    /** Bytes copied so far. */
    this.copiedBytes = 0;
    this.orders = 0;
    /** Facts are never queued behind bytes: an unsaved ticket would be requested twice. @type {Promise<unknown>} */
    this.facts = Promise.resolve();
    /** @type {Promise<unknown>} */
    this.bytes = Promise.resolve();
  }

  /** @param {Item[]} items  items that are already saved are skipped */
  add(items) {
    const fresh = items.filter((item) => !this.entries.has(item.uid));
    for (const item of fresh) {
      this.entries.set(item.uid, entryOf(item, this.tab, Date.now() * 1000 + this.orders++));
      this.save(item);
    }
    for (const item of fresh) this.bytes = this.bytes.then(() => this.#copy(item)).catch(() => undefined);
  }

  /** @param {Item} item */
  save(item) {
    const entry = this.entries.get(item.uid);
    if (!entry) return;
    this.entries.set(item.uid, {
      ...entryOf(item, this.tab, entry.order),
      ending: entry.ending,
      kept: entry.kept,
      ends: entry.ends,
    });
    this.#write(item.uid);
  }

  /** @param {Item} item */
  cancelling(item) {
    const entry = this.entries.get(item.uid);
    if (!entry) return;
    entry.ending = true;
    this.save(item);
  }

  /** @param {Item} item */
  drop(item) {
    const entry = this.entries.get(item.uid);
    if (!entry) return;
    this.entries.delete(item.uid);
    this.#later(async () => {
      if (entry.kept) {
        this.copiedBytes -= entry.size;
        await this.database.remove('blobs', item.uid);
      }
      await this.database.remove('queue', item.uid);
    });
  }

  /** Whether every unfinished upload can continue by itself after a reload. */
  get whole() {
    return [...this.entries.values()].every((entry) => entry.kept || entry.ending);
  }

  /**
   * Takes over the entries of pages that have been closed.
   *
   * @param {Set<string>} openTabs  the ids of the open pages
   * @returns {Promise<((key: number) => Item)[]>} in the order in which they were added
   */
  async adopt(openTabs) {
    /** @type {Entry[]} */
    const all = await this.database.values('queue').catch(() => []);
    this.copiedBytes = all.reduce((sum, entry) => sum + (entry.kept ? entry.size : 0), 0);
    const left = all
      .filter((entry) => !openTabs.has(entry.tab) && !this.entries.has(entry.uid))
      .sort((a, b) => a.order - b.order);
    const makers = [];
    for (const entry of left) {
      entry.tab = this.tab;
      this.entries.set(entry.uid, entry);
      this.#write(entry.uid);
      const file = entry.kept && !entry.ending ? await this.database.get('blobs', entry.uid).catch(() => null) : null;
      makers.push((/** @type {number} */ key) => itemOf(entry, key, file ?? null));
    }
    return makers;
  }

  /**
   * Tells whether this is the file that the item was made from.
   *
   * @param {Item} item
   * @param {File} file
   */
  async isSame(item, file) {
    if (file.name !== item.name || file.size !== item.size || file.lastModified !== item.lastModified) return false;
    const endsHash = this.entries.get(item.uid)?.ends ?? null;
    return endsHash === null || endsHash === (await this.#hashEnds(file).catch(() => null));
  }

  /** Resolves when every write requested so far is on disk or has failed. */
  async settled() {
    await this.bytes;
    await this.facts;
  }

  /** @param {() => Promise<unknown>} work */
  #later(work) {
    // Each write is independent: a database that refuses one (no space left) may accept the next.
    this.facts = this.facts.then(work).catch(() => undefined);
  }

  /** @param {string} uid */
  #write(uid) {
    this.#later(async () => {
      const entry = this.entries.get(uid);
      if (!entry) return;
      try {
        await this.database.put('queue', uid, entry);
      } catch (error) {
        // Some handles cannot be stored.
        if (entry.handle === null) throw error;
        entry.handle = null;
        await this.database.put('queue', uid, entry);
      }
    });
  }

  /** @param {Item} item */
  async #copy(item) {
    const { file } = item;
    const here = () => this.entries.get(item.uid);
    if (!here() || !file) return;
    if (file.size <= LARGEST && this.copiedBytes + file.size <= MOST) {
      try {
        await this.database.put('blobs', item.uid, file);
        this.copiedBytes += file.size;
        await this.#note(item.uid, { kept: true });
        return;
      } catch {
        // No space, or no database: the person must choose the file again.
      }
    }
    await this.#note(item.uid, { ends: await this.#hashEnds(file) });
  }

  /** @param {string} uid @param {Partial<Entry>} news */
  async #note(uid, news) {
    const entry = this.entries.get(uid);
    if (!entry) {
      // The upload finished during the copy.
      if (news.kept) await this.database.remove('blobs', uid);
      return;
    }
    Object.assign(entry, news);
    await this.database.put('queue', uid, entry);
  }

  /** @param {File} file */
  #hashEnds(file) {
    return this.hash(new Blob([file.slice(0, END), file.slice(Math.max(0, file.size - END))]));
  }
}

/** @param {Item} item @param {string} tab @param {number} order @returns {Entry} */
function entryOf(item, tab, order) {
  const { uid, keepAll, name, size, lastModified, claim, ticket, previewArrived, uploadId, handle, prepared } = item;
  return {
    uid,
    keepAll,
    name,
    size,
    lastModified,
    agreed: item.acceptsLocation,
    claim,
    ticket,
    tried: item.putStarted,
    previewArrived,
    uploadId,
    handle,
    found: prepared === null || ticket === null ? item.savedResults : resultsOf(prepared),
    order,
    tab,
    ending: false,
    kept: false,
    ends: null,
  };
}

/** @param {import('../types').Prepared} prepared @returns {import('./item.js').PrepareResults} */
function resultsOf({ contentType, sha256, width, height, thumbhash, preview, location, removed }) {
  return { contentType, sha256, width, height, thumbhash, preview, location, removed };
}

/** @param {Entry} entry @param {number} key @param {File | null} file */
function itemOf(entry, key, file) {
  const item = new Item(key, entry, entry.keepAll, entry.uid);
  const { claim, ticket, previewArrived, uploadId, handle } = entry;
  Object.assign(item, { claim, ticket, previewArrived, uploadId, handle, file });
  item.acceptsLocation = entry.agreed;
  item.putStarted = entry.tried;
  item.savedResults = entry.found;
  item.partsKnown = uploadId === null;
  if (entry.ending) item.state = 'cancelled';
  return item;
}
