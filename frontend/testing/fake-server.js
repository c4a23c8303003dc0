/** An uploader with fake services, storage and clock. They log each call, and a test chooses where they fail. */
import { aborted } from '../src/net/abort.js';
import { HttpError } from '../src/net/errors.js';
import { Journal } from '../src/uploader/journal.js';
import { Uploader } from '../src/uploader/uploader.js';
import { memoryDatabase } from './memory-database.js';

/** @param {string} name @param {number} [size] */
export const file = (name, size = 10) => new File([new Uint8Array(size)], name);

export const ended = (uploader) =>
  new Promise((resolve) => uploader.addEventListener('settled', resolve, { once: true }));

export const hashOf = async (blob) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer())).toString('base64');

/** Files of this many bytes or more are sent in parts of ten bytes. */
export const IN_PARTS_FROM = 100;
const PART = 10;

/** Waits for a condition, however busy the machine is. */
export async function until(come) {
  for (let i = 0; i < 2000; i += 1) {
    if (come()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`never came: ${come}`);
}

/** A PUT that hangs until it is aborted. */
export const hang = (_url, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(aborted()), { once: true }));

/**
 * @param {object} faults  functions that may throw or answer: `create(claims, nth)`, `put(url, nth, log, server)`,
 *   `complete(id, nth, log, server)`, `cancel(id, nth)`, `open(nth)`; `prepared` overrides the worker's result for a file
 * @param {object} shared  state that outlives a page: `server`, `database`
 */
export function startUploader(faults = {}, { server = newServer(), database = memoryDatabase() } = {}) {
  const { stored, uploads } = server;
  const log = { created: [], puts: [], completes: [], cancels: [], signs: [], lists: 0, sleeps: [], stored, most: 0 };
  const clock = { now: 1_000_000, online: true };
  const tries = new Map();
  const nth = (key) => tries.set(key, (tries.get(key) ?? 0) + 1).get(key);
  let flying = 0;
  const ends = () => new Date(clock.now + (faults.lifetime ?? 900_000)).toISOString();
  const signed = (id, size) => ({
    ...(size < IN_PARTS_FROM
      ? { put: { method: 'PUT', url: `s3/${id}`, headers: {} } }
      : { multipart: { part_size: PART, part_count: Math.ceil(size / PART) } }),
    thumbnail: { put: { method: 'PUT', url: `s3/${id}.t`, headers: {} } },
    expires_at: ends(),
  });
  const journal = new Journal(database, faults.page ?? 'page', hashOf);
  const deps = {
    prepare: async (source, { inParts }) => ({
      blob: source,
      contentType: 'image/jpeg',
      sha256: inParts ? null : 'x',
      width: 4,
      height: 3,
      thumbhash: null,
      preview: faults.preview ? { blob: new Blob(['p']), contentType: 'image/webp', sha256: 'y' } : null,
      location: 'clean',
      removed: [],
      ...faults.prepared,
    }),
    hash: hashOf,
    createUploads: async (claims) => {
      faults.create?.(claims, nth('create'));
      log.created.push(claims.length);
      return claims.map((claim) => {
        const refused = faults.refuse?.(claim);
        if (refused) return refused;
        const id = `${claim.filename}#${++server.serial}`;
        uploads.set(id, { size: claim.size, opened: null, parts: new Map(), state: 'open' });
        return { id, token: 't', ...signed(id, claim.size) };
      });
    },
    signAgain: async (id) => {
      log.signs.push(id);
      return signed(id, uploads.get(id).size);
    },
    signParts: async (id, _token, uploadId, parts, signal) => {
      await faults.slowly?.();
      const upload = uploads.get(id);
      if (uploadId === null) {
        faults.open?.(nth('open'));
        server.opened += 1;
        upload.opened = `u${server.opened}`;
        upload.parts.clear();
      }
      signal.throwIfAborted();
      return {
        upload_id: upload.opened,
        expires_at: ends(),
        parts: parts.map((part) => ({
          ...part,
          method: 'PUT',
          url: `s3/${id}?${part.part_number}`,
          headers: { sha256: part.sha256 },
        })),
      };
    },
    listParts: async (id, _token, uploadId) => {
      log.lists += 1;
      const upload = uploads.get(id);
      if (upload.opened !== uploadId) throw new HttpError(404, null, null);
      return [...upload.parts].map(([part_number, sha256]) => ({ part_number, sha256 }));
    },
    complete: async (id, _token, uploadId) => {
      log.completes.push(id);
      const said = faults.complete?.(id, nth(`complete ${id}`), log, server);
      if (said) return said;
      const upload = uploads.get(id);
      if (upload.state === 'cancelled') throw new HttpError(410, null, null);
      if (upload.size >= IN_PARTS_FROM && upload.state !== 'done') {
        if (uploadId !== null && upload.opened !== uploadId) throw new HttpError(404, null, null);
        if (upload.parts.size < Math.ceil(upload.size / PART)) throw new HttpError(409, null, null);
      } else if (!stored.has(`s3/${id}`) && upload.state !== 'done') throw new HttpError(409, null, null);
      upload.state = 'done';
      return { id, filename: id, size: 1 };
    },
    cancel: async (id, _token, uploadId) => {
      faults.cancel?.(id, nth('cancel'));
      log.cancels.push([id, uploadId]);
      const upload = uploads.get(id);
      if (upload.state === 'done') throw new HttpError(409, null, null);
      upload.state = 'cancelled';
      if (uploadId === upload.opened) upload.opened = null;
    },
    put: async (put, body, signal, onProgress) => {
      log.puts.push(put.url);
      log.most = Math.max(log.most, ++flying);
      try {
        await (faults.hold?.(put.url, signal) ?? new Promise((resolve) => setTimeout(resolve, 1)));
        if (signal.aborted) throw aborted();
        faults.put?.(put.url, nth(put.url), log, server);
        const [, id, number] = /^s3\/([^?]*)\??(\d*)$/.exec(put.url);
        if (number) {
          const upload = uploads.get(id);
          if (upload.opened === null) throw new HttpError(404, null, null);
          if ((await hashOf(body)) !== put.headers.sha256) throw new HttpError(400, null, null);
          upload.parts.set(Number(number), put.headers.sha256);
        } else {
          if (stored.has(put.url)) throw new HttpError(412, null, null);
          stored.add(put.url);
        }
        onProgress(body.size);
      } finally {
        flying -= 1;
      }
    },
    environment: {
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
    limits: () => ({ maxBytes: 1000, inPartsFrom: IN_PARTS_FROM }),
    journal,
    acquireUploadLock: faults.acquireUploadLock ?? (async () => () => undefined),
  };
  return { uploader: new Uploader(deps), log, clock, journal, server, database };
}

/** The state of the services and storage, shared by all pages. */
export function newServer() {
  return { stored: new Set(), uploads: new Map(), serial: 0, opened: 0 };
}

/** Opens a new page of the same browser that takes over what `closed` left. */
export async function reopened(closed, faults = {}) {
  const page = startUploader({ page: 'later page', ...faults }, closed);
  page.uploader.adopt(await page.journal.adopt(new Set(['later page'])));
  return page;
}
