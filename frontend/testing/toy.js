/** An outside world for the uploader, without network, clock or browser: what is asked is written down, faults are given. */
import { HttpError, aborted } from '../src/uploader/errors.js';
import { Uploader } from '../src/uploader/uploader.js';

/** @param {string} name @param {number} [size] */
export const file = (name, size = 10) => new File([new Uint8Array(size)], name);

export const ended = (uploader) => new Promise((resolve) => uploader.addEventListener('settled', resolve, { once: true }));

/**
 * @param {object} [faults]  functions that may throw: `create(claims)`, `put(url, nth)`, `complete(id, nth)`; `prepared` overrides
 */
export function toy(faults = {}) {
  const log = { created: [], puts: [], completes: [], cancels: [], signs: [], sleeps: [], stored: new Set(), most: 0 };
  const clock = { now: 1_000_000, online: true };
  const tries = new Map();
  const nth = (key) => tries.set(key, (tries.get(key) ?? 0) + 1).get(key);
  let flying = 0;
  let serial = 0;
  const signed = (id) => ({
    put: { method: 'PUT', url: `s3/${id}`, headers: {} },
    thumbnail: { put: { method: 'PUT', url: `s3/${id}.t`, headers: {} } },
    expires_at: new Date(clock.now + (faults.lifetime ?? 900_000)).toISOString(),
  });
  const outside = {
    prepare: async (source) => ({
      blob: source, contentType: 'image/jpeg', sha256: 'x', width: 4, height: 3, thumbhash: null,
      preview: faults.preview ? { blob: new Blob(['p']), contentType: 'image/webp', sha256: 'y' } : null,
      location: 'clean', ...faults.prepared,
    }),
    createUploads: async (claims) => {
      faults.create?.(claims, nth('create'));
      log.created.push(claims.length);
      return claims.map((claim) => faults.refuse?.(claim) ?? { id: `${claim.filename}#${++serial}`, token: 't', ...signed(`${claim.filename}#${serial}`) });
    },
    signAgain: async (id) => {
      log.signs.push(id);
      return signed(id);
    },
    complete: async (id) => {
      log.completes.push(id);
      faults.complete?.(id, nth(`complete ${id}`), log);
      if (!log.stored.has(`s3/${id}`)) throw new HttpError(409, null, null);
      return { id, filename: id, size: 1 };
    },
    cancel: async (id) => {
      log.cancels.push(id);
      faults.cancel?.(id);
    },
    put: async (put, _body, signal, onProgress) => {
      log.puts.push(put.url);
      log.most = Math.max(log.most, ++flying);
      try {
        await (faults.hold?.(put.url, signal) ?? new Promise((resolve) => setTimeout(resolve, 1)));
        if (signal.aborted) throw aborted();
        faults.put?.(put.url, nth(put.url), log);
        if (log.stored.has(put.url)) throw new HttpError(412, null, null);
        log.stored.add(put.url);
        onProgress(1);
      } finally {
        flying -= 1;
      }
    },
    world: {
      now: () => clock.now,
      random: () => 0,
      online: () => clock.online,
      sleep: async (ms, signal) => {
        log.sleeps.push(ms);
        clock.now += ms;
        if (signal.aborted) throw aborted();
      },
      backOnline: async () => {
        log.sleeps.push('offline');
        clock.online = true;
      },
    },
    maxBytes: () => 1000,
  };
  return { uploader: new Uploader(outside), log, clock };
}
