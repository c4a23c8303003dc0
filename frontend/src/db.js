/**
 * The browser's database (IndexedDB) with promises. Some browsers refuse it (private windows, a full disk), so every
 * call may reject, and callers must work without it.
 */
const NAME = 'vitrine';
const VERSION = 2;

/**
 * `tokens`: tokens that allow deleting pictures. `queue`: unfinished uploads. `blobs`: their bytes. `removals`: what
 * was removed from uploaded pictures.
 *
 * @typedef {'tokens' | 'queue' | 'blobs' | 'removals'} StoreName
 */
const STORES = /** @type {const} */ (['tokens', 'queue', 'blobs', 'removals']);

/** @type {Promise<IDBDatabase> | null} */
let opening = null;

/** @returns {Promise<IDBDatabase>} */
function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      for (const store of STORES) {
        if (!request.result.objectStoreNames.contains(store)) request.result.createObjectStore(store);
      }
    };
    request.onsuccess = () => {
      const database = request.result;
      const forget = () => (opening = null);
      // A newer page in another tab wants to upgrade the database: close this connection.
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
 * @param {StoreName} store
 * @param {IDBTransactionMode} mode
 * @param {(objectStore: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>} once the browser reports the transaction as complete
 */
async function run(store, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const request = act(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

export const db = {
  /** @param {StoreName} store @param {string} key @returns {Promise<any>} undefined when the key is missing */
  get: (store, key) => run(store, 'readonly', (objectStore) => objectStore.get(key)),

  /** @param {StoreName} store @param {string} key @param {unknown} value */
  put: (store, key, value) => run(store, 'readwrite', (objectStore) => objectStore.put(value, key)),

  /** @param {StoreName} store @param {string} key */
  remove: (store, key) => run(store, 'readwrite', (objectStore) => objectStore.delete(key)),

  /** @param {StoreName} store @returns {Promise<string[]>} */
  keys: async (store) => (await run(store, 'readonly', (objectStore) => objectStore.getAllKeys())).map(String),

  /** @param {StoreName} store @returns {Promise<any[]>} in key order */
  values: (store) => run(store, 'readonly', (objectStore) => objectStore.getAll()),
};

/** @typedef {typeof db} Db */
