/** Connects the uploader to the services, the worker, the browser's storage and the page's dialogs. */
import { api } from './api.js';
import { db } from './db.js';
import { browser } from './net/environment.js';
import { HttpError, Refused } from './net/errors.js';
import { sendPut } from './net/xhr.js';
import { Preparer } from './prepare/client.js';
import { removals } from './removals.js';
import { tokens } from './tokens.js';
import { askForKey } from './ui/dialogs.js';
import { Journal } from './uploader/journal.js';
import { browserLock } from './uploader/tab-lock.js';
import { newUid, Uploader } from './uploader/uploader.js';
import { PREPARE } from './workers.js';

/** @typedef {import('./uploader/item.js').Item} Item */

/** Used until the service has sent its limits. */
const UNKNOWN = {
  max_upload_bytes: 50 * 1024 * 1024,
  upload_key_required: false,
  allowed_types: [],
  multipart_from: Infinity,
};
const PAUSED = 'vitrine.paused';

export function makeUploads() {
  const preparer = new Preparer(PREPARE);
  /** @type {typeof UNKNOWN | import('./types').Config} */
  let config = UNKNOWN;
  const asked = api
    .config()
    .then((answer) => (config = answer))
    .catch(() => UNKNOWN);
  const key = keyKeeper();
  const tabLock = browserLock(newUid());
  const journal = new Journal(db, tabLock.id, (blob) => preparer.hash(blob));

  /** @param {import('./types').NewFile[]} files */
  async function createUploads(files) {
    if (config.upload_key_required) await key.ensure(false);
    for (;;) {
      const sent = key.value;
      try {
        return await api.createUploads(files, sent);
      } catch (error) {
        if (!(error instanceof HttpError && (error.status === 401 || error.status === 403))) throw error;
        // Another file's dialog may have supplied a better key in the meantime.
        if (key.value === sent) await key.ensure(true);
      }
    }
  }

  const uploader = new Uploader({
    async prepare(file, options, signal) {
      await asked;
      return preparer.prepare(file, options, signal);
    },
    hash: (blob, signal) => preparer.hash(blob, signal),
    createUploads,
    signAgain: api.signAgain,
    signParts: api.signParts,
    listParts: api.listParts,
    complete: api.complete,
    cancel: api.cancel,
    put: sendPut,
    environment: browser,
    limits: () => ({ maxBytes: config.max_upload_bytes, inPartsFrom: config.multipart_from }),
    journal,
    async acquireUploadLock() {
      await asked;
      const release = await tabLock.acquire('queue').catch(() => () => undefined);
      await adopt().catch(() => undefined);
      return release;
    },
  });
  uploader.addEventListener('done', (event) => {
    const { picture, ticket, removed } = /** @type {CustomEvent<Item>} */ (event).detail;
    if (picture && ticket) void tokens.put(picture.id, ticket.token);
    if (picture) void removals.put(picture.id, removed);
  });

  // Every upload that needed the declined key has failed by now, so a new try may ask again.
  uploader.addEventListener('settled', () => (key.mayAsk = true));

  /** Takes over the queues of closed pages. Only one page at a time, or two pages would take the same entries. */
  async function adopt() {
    const release = await tabLock.acquire('adopt');
    try {
      uploader.adopt(await journal.adopt(await tabLock.openTabs()));
    } finally {
      release();
    }
  }

  /**
   * Reads the file of an upload that an earlier page started.
   *
   * @param {Item} item
   * @param {boolean} mayAsk  whether a permission prompt is allowed; only after a click
   * @returns {Promise<boolean>} whether the upload continues
   */
  async function regain(item, mayAsk) {
    const handle = /** @type {any} */ (item.handle);
    if (handle === null) return false;
    try {
      const state = await handle[mayAsk ? 'requestPermission' : 'queryPermission']({ mode: 'read' });
      if (state !== 'granted') return false;
      const file = await handle.getFile();
      if (!(await journal.isSame(item, file))) return false;
      uploader.provide(item, file);
      return true;
    } catch {
      return false; // moved or removed since
    }
  }
  uploader.addEventListener('changed', (event) => {
    const item = /** @type {CustomEvent<Item | null>} */ (event).detail;
    if (item?.state === 'needsFile') void regain(item, false);
    if (item === null) memory.set(PAUSED, uploader.paused ? 'yes' : 'no');
  });
  // A pause survives a reload, like the rest of the queue.
  const wasPaused = memory.get(PAUSED) === 'yes';
  uploader.paused = wasPaused;
  void adopt()
    .catch(() => undefined)
    .then(() => {
      if (wasPaused && uploader.items.length === 0) uploader.resume();
    });

  // A page restored from the back/forward cache may have lost its queue to another page.
  addEventListener('pageshow', (event) => {
    if (event.persisted && uploader.summary().left > 0) location.reload();
  });

  return {
    uploader,
    maxBytes: () => config.max_upload_bytes,
    regain: (/** @type {Item} */ item) => regain(item, true),
    /** Whether closing the page now loses nothing. */
    safe: () => uploader.summary().left === 0 || journal.whole,

    /**
     * @param {File[]} files
     * @param {{ keepAll: boolean, handles: Map<File, FileSystemFileHandle> }} options
     * @returns {Promise<number>} number of new files; the others continue earlier uploads
     */
    async take(files, options) {
      key.mayAsk = true;
      const withoutFile = uploader.items.filter((item) => item.state === 'needsFile');
      /** @type {File[]} */
      const fresh = [];
      for (const file of files) {
        const item = await firstMatch(withoutFile, (each) => journal.isSame(each, file));
        if (item) uploader.provide(item, file);
        else fresh.push(file);
      }
      uploader.add(fresh, options);
      return fresh.length;
    },
  };
}

/**
 * @param {Item[]} items
 * @param {(item: Item) => Promise<boolean>} fits
 */
async function firstMatch(items, fits) {
  for (const item of items) if (item.state === 'needsFile' && (await fits(item))) return item;
  return null;
}

/** Storage that lasts until the tab is closed; some browsers refuse even that. */
const memory = {
  /** @param {string} name */
  get(name) {
    try {
      return sessionStorage.getItem(name);
    } catch {
      return null;
    }
  },
  /** @param {string} name @param {string} value */
  set(name, value) {
    try {
      sessionStorage.setItem(name, value);
    } catch {
      // Then the value lasts until the page is closed.
    }
  },
};

/**
 * Asks for the upload key once, however many files wait for it. After the person declines, asks again only when more
 * files are added.
 */
function keyKeeper() {
  const KEPT = 'vitrine.uploadKey';
  /** @type {Promise<void> | null} */
  let asking = null;
  const keeper = {
    mayAsk: true,
    value: memory.get(KEPT),
    /** @param {boolean} wrong */
    ensure(wrong) {
      if (keeper.value !== null && !wrong) return Promise.resolve();
      if (asking === null && !keeper.mayAsk) return Promise.reject(new Refused('error.key'));
      asking ??= askForKey(wrong && keeper.value !== null).then((given) => {
        asking = null;
        keeper.value = given;
        keeper.mayAsk = given !== null;
        if (given === null) throw new Refused('error.key');
        memory.set(KEPT, given);
      });
      return asking;
    },
  };
  return keeper;
}
