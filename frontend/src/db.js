/**
 * The browser's own database, as promises. Some browsers refuse it (private windows, a full disk): callers must be able to go on
 * without, so every call may reject.
 */
const NAME = 'vitrine';
const VERSION = 1;

/** `tokens`: what allows deleting one's own pictures. `queue`: what is not uploaded yet. `blobs`: the bytes of those. */
/** @typedef {'tokens' | 'queue' | 'blobs'} Shelf */
const SHELVES = /** @type {const} */ (['tokens', 'queue', 'blobs']);

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @returns {Promise<IDBDatabase>} */
function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const shelf of SHELVES) {
        if (!request.result.objectStoreNames.contains(shelf)) request.result.createObjectStore(shelf);
      }
    };
    request.onsuccess = () => {
      const database = request.result;
      const forget = () => (opening = null);
      // A newer page in another tab wants to change the database: let it.
      database.onversionchange = () => {
        database.close();
        forget();
      };
      database.onclose = forget;
      resolve(database);
    };
    request.onerror = () => reject(request.error);
  });
  opening.catch(() => (opening = null));
  return opening;
}

/**
 * @template T
 * @param {Shelf} shelf
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>} once it is on disk, as far as the browser tells
 */
async function run(shelf, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(shelf, mode);
    const request = act(transaction.objectStore(shelf));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

export const db = {
  /** @param {Shelf} shelf @param {string} key @returns {Promise<any>} undefined when there is none */
  get: (shelf, key) => run(shelf, 'readonly', (store) => store.get(key)),

  /** @param {Shelf} shelf @param {string} key @param {unknown} value */
  put: (shelf, key, value) => run(shelf, 'readwrite', (store) => store.put(value, key)),

  /** @param {Shelf} shelf @param {string} key */
  remove: (shelf, key) => run(shelf, 'readwrite', (store) => store.delete(key)),

  /** @param {Shelf} shelf @returns {Promise<string[]>} */
  keys: async (shelf) => (await run(shelf, 'readonly', (store) => store.getAllKeys())).map(String),

  /** @param {Shelf} shelf @returns {Promise<any[]>} in the order of their keys */
  values: (shelf) => run(shelf, 'readonly', (store) => store.getAll()),
};

/** @typedef {typeof db} Db */
