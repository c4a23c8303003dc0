/**
 * Produces the entries of a ZIP, and fetches each from storage while the ZIP is written. A file that cannot be fetched
 * is left out and listed at the end: one failure does not fail the rest.
 */
import { unique } from './names.js';

/** @typedef {import('../types').Picture} Picture */

/**
 * URLs requested at once. They are requested shortly before use, because a large ZIP takes longer than a URL is valid.
 */
const BATCH = 20;
const TRIES = 4;
const PAUSE_MS = 700;
/**
 * A file up to this size is fetched whole before its entry starts, bytes. The download of a larger one resumes after a
 * cut.
 */
const WHOLE = 64 * 1024 * 1024;

/**
 * @typedef {object} Storage
 * @property {(refs: string[], signal: AbortSignal) => Promise<Record<string, { url: string }>>} addresses
 * @property {(url: string, from: number, signal: AbortSignal) => Promise<ReadableStream<Uint8Array>>} open  from byte `from` on
 * @property {(ms: number, signal: AbortSignal) => Promise<void>} sleep
 */

/**
 * @typedef {object} Progress
 * @property {(done: number, bytes: number) => void} moved
 * @property {(names: string[]) => string} listOf  makes the text that lists missing pictures
 * @property {string} listName
 */

/** @type {Record<string, { url: string }>} */
const NOTHING = {};

/** @typedef {{ name: string, lastModified: Date, input: any, size?: number }} Entry */

/**
 * @param {Picture[]} pictures
 * @param {Storage} storage
 * @param {Progress} progress
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Entry, void>}
 */
export async function* entries(pictures, storage, progress, signal) {
  const names = unique([progress.listName, ...pictures.map((picture) => picture.filename)]).slice(1);
  /** @type {string[]} */
  const missing = [];
  let done = 0;
  let bytes = 0;
  const moved = (/** @type {number} */ more) => {
    bytes += more;
    progress.moved(done, bytes);
  };
  for (let from = 0; from < pictures.length; from += BATCH) {
    const batch = pictures.slice(from, from + BATCH);
    const urls = await again(
      () =>
        storage.addresses(
          batch.map(({ ref }) => ref),
          signal,
        ),
      storage,
      signal,
    ).catch(failed(signal, NOTHING));
    for (const [offset, picture] of batch.entries()) {
      const name = names[from + offset] ?? picture.filename;
      const url = urls[picture.ref]?.url;
      const source = url === undefined ? null : new Source(url, picture.size, storage, moved, signal);
      const input = source === null ? null : await source.begin().catch(failed(signal, null));
      if (input === null) missing.push(picture.filename);
      else yield { name, lastModified: new Date(picture.uploaded_at), input, size: picture.size };
      done += 1;
      moved(0);
    }
  }
  if (missing.length > 0) {
    yield { name: progress.listName, lastModified: new Date(), input: progress.listOf(missing) };
  }
}

/** One file, read with retries. */
class Source {
  /**
   * @param {string} url
   * @param {number} size  bytes
   * @param {Storage} storage
   * @param {(bytes: number) => void} moved
   * @param {AbortSignal} signal
   */
  constructor(url, size, storage, moved, signal) {
    this.url = url;
    this.size = size;
    this.storage = storage;
    this.moved = moved;
    this.signal = signal;
  }

  /** @returns {Promise<Blob | AsyncIterable<Uint8Array>>} once the file, or the start of a large one, is here */
  async begin() {
    const chunks = this.#chunks();
    if (this.size > WHOLE) {
      const first = await chunks.next();
      return rest(first, chunks);
    }
    /** @type {BlobPart[]} */
    const all = [];
    for await (const chunk of chunks) all.push(/** @type {Uint8Array<ArrayBuffer>} */ (chunk));
    return new Blob(all);
  }

  async *#chunks() {
    let at = 0;
    for (let tries = 0; at < this.size; ) {
      try {
        const reader = (await this.storage.open(this.url, at, this.signal)).getReader();
        for (let read = await reader.read(); !read.done; read = await reader.read()) {
          at += read.value.length;
          this.moved(read.value.length);
          tries = 0;
          yield read.value;
        }
        if (at < this.size) throw new Error('cut');
      } catch (error) {
        tries += 1;
        if (this.signal.aborted || tries >= TRIES) throw error;
        await this.storage.sleep(PAUSE_MS * 2 ** tries, this.signal);
      }
    }
  }
}

/** @param {IteratorResult<Uint8Array>} first @param {AsyncGenerator<Uint8Array>} others */
async function* rest(first, others) {
  if (!first.done) yield first.value;
  yield* others;
}

/**
 * @template T
 * @param {() => Promise<T>} act
 * @param {Storage} storage
 * @param {AbortSignal} signal
 * @returns {Promise<T>}
 */
async function again(act, storage, signal) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (signal.aborted || tries >= TRIES) throw error;
      await storage.sleep(PAUSE_MS * 2 ** tries, signal);
    }
  }
}

/**
 * @template T
 * @param {AbortSignal} signal
 * @param {T} instead
 * @returns {(error: unknown) => T} returns `instead`, unless the person cancelled
 */
function failed(signal, instead) {
  return (error) => {
    if (signal.aborted) throw error;
    return instead;
  };
}
