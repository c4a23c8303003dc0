/**
 * Coordinates several pages of one browser. They share its connections, so one page uploads at a time, and only one
 * page takes over the queue of a closed page. Uses Web Locks; without a secure context, leases in localStorage.
 *
 * @typedef {object} TabLock
 * @property {string} id  of this page
 * @property {(name: string) => Promise<() => void>} acquire  resolves to the function that releases `name`
 * @property {() => Promise<Set<string>>} openTabs  the ids of all open pages
 */

const PREFIX = 'vitrine.';
const PAGE = 'page.';
/** A lease that is not renewed in this time has expired: background pages may run timers only once a minute. */
const LEASE_MS = 90_000;
const RENEW_MS = 5_000;
const LOOK_MS = 500;

/**
 * @param {LockManager} locks
 * @param {string} id
 * @returns {TabLock}
 */
export function webLock(locks, id) {
  /** @param {string} name @returns {Promise<() => void>} */
  const acquire = (name) =>
    new Promise((resolve, reject) => {
      locks
        .request(PREFIX + name, () => /** @type {Promise<void>} */ (new Promise((release) => resolve(() => release()))))
        .catch(reject);
    });
  const present = acquire(PAGE + id);
  return {
    id,
    acquire,
    openTabs: async () => {
      await present;
      const { held = [] } = await locks.query();
      const start = PREFIX + PAGE;
      return new Set(held.flatMap(({ name }) => (name?.startsWith(start) ? [name.slice(start.length)] : [])));
    },
  };
}

/**
 * @param {Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>} storage
 * @param {string} id
 * @param {{ now: () => number, sleep: (ms: number) => Promise<void>, random: () => number, every: (ms: number, work: () => void) => void,
 *   onClose: (work: () => void) => void }} world
 * @returns {TabLock}
 */
export function leaseLock(storage, id, { now, sleep, random, every, onClose }) {
  /** @type {Set<string>} */
  const mine = new Set();
  /** @param {string} name @returns {{ id: string, until: number } | null} the owner, unless its lease has expired */
  const read = (name) => {
    const [owner = '', until = '0'] = (storage.getItem(PREFIX + name) ?? '').split(' ');
    return owner !== '' && Number(until) > now() ? { id: owner, until: Number(until) } : null;
  };
  /** @param {string} name */
  const write = (name) => storage.setItem(PREFIX + name, `${id} ${now() + LEASE_MS}`);
  /** @param {string} name */
  const drop = (name) => {
    mine.delete(name);
    if (read(name)?.id === id) storage.removeItem(PREFIX + name);
  };
  /** @param {string} name */
  const take = (name) => {
    mine.add(name);
    write(name);
  };
  take(PAGE + id);
  every(RENEW_MS, () => mine.forEach(write));
  onClose(() => [...mine].forEach(drop));
  return {
    id,
    async acquire(name) {
      for (;;) {
        if (read(name) === null) {
          write(name);
          // Another page may have written at the same moment. The last write wins; each page checks after all have
          // written.
          await sleep(60 + random() * 60);
          if (read(name)?.id === id) {
            take(name);
            return () => drop(name);
          }
        }
        await sleep(LOOK_MS);
      }
    },
    async openTabs() {
      const start = PREFIX + PAGE;
      /** @type {Set<string>} */
      const found = new Set([id]);
      for (let i = storage.length - 1; i >= 0; i -= 1) {
        const key = storage.key(i) ?? '';
        if (!key.startsWith(start)) continue;
        const name = key.slice(PREFIX.length);
        if (read(name) !== null) found.add(name.slice(PAGE.length));
        else storage.removeItem(key);
      }
      return found;
    },
  };
}

/** For browsers without local storage, where pages cannot know of each other. @param {string} id @returns {TabLock} */
export function loneLock(id) {
  return { id, acquire: async () => () => undefined, openTabs: async () => new Set([id]) };
}

/** @param {string} id @returns {TabLock} the best lock that this browser and context support */
export function browserLock(id) {
  if (navigator.locks) return webLock(navigator.locks, id);
  try {
    return leaseLock(localStorage, id, {
      now: () => Date.now(),
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: () => Math.random(),
      every: (ms, work) => void setInterval(work, ms),
      onClose: (work) => addEventListener('pagehide', work),
    });
  } catch {
    return loneLock(id);
  }
}
