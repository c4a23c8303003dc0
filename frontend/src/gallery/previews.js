/**
 * Loads previews for tiles, and never anything else. Each preview is fetched and checked before an element shows it: an
 * `<img>` would decode and play whatever storage returns. The most recent ones are kept as blob URLs.
 */
import { retryAfterMs } from '../net/backoff.js';
import { HttpError, NetworkError } from '../net/errors.js';
import { HEAD, isStill } from './still.js';

/** Number of previews kept: more than the tiles around any window. At most 50 MB, usually a fifth of that. */
const KEPT = 400;
/** Statuses of a preview that is not there, or whose URL expired: on AWS a missing object is a 403. */
const REFUSALS = new Set([403, 404, 410]);

/** @typedef {import('../types').Picture} Picture */

export class Previews {
  /**
   * @param {Pick<import('./addresses.js').Addresses, 'get' | 'forget'>} addresses
   * @param {(url: string, signal: AbortSignal) => Promise<Blob | null>} read  null when storage does not return it
   */
  constructor(addresses, read) {
    this.addresses = addresses;
    this.read = read;
    /** Blob URLs by picture, the least recently used one first. @type {Map<string, string>} */
    this.kept = new Map();
  }

  /** @param {string} id @returns {string | null} the blob URL, if the preview is kept */
  peek(id) {
    const url = this.kept.get(id);
    if (url === undefined) return null;
    this.kept.delete(id);
    this.kept.set(id, url);
    return url;
  }

  /**
   * Keeps a preview that is known to be still: a picture that was just added shows the one that this page made.
   *
   * @param {string} id @param {Blob} blob @returns {string} its blob URL
   */
  put(id, blob) {
    this.forget(id);
    const url = URL.createObjectURL(blob);
    this.kept.set(id, url);
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT && oldest !== undefined) this.forget(oldest);
    return url;
  }

  /** @param {string} id */
  forget(id) {
    const url = this.kept.get(id);
    // An element that has loaded it keeps the picture.
    if (url !== undefined) URL.revokeObjectURL(url);
    this.kept.delete(id);
  }

  /**
   * @param {Picture} picture
   * @param {AbortSignal} signal
   * @returns {Promise<string | null>} a blob URL; null when there is no preview that a tile may show. Rejects when there
   *   is no answer, or when the caller aborts
   */
  async load(picture, signal) {
    if (!picture.thumbnail) return null;
    const blob = await this.#fetch(picture, signal);
    if (blob === null) return null;
    if (!isStill(new Uint8Array(await blob.slice(0, HEAD).arrayBuffer()))) return null;
    signal.throwIfAborted();
    return this.put(picture.id, blob);
  }

  /** @param {Picture} picture @param {AbortSignal} signal */
  async #fetch(picture, signal) {
    const url = await this.addresses.get(picture);
    signal.throwIfAborted();
    const blob = await this.read(url, signal);
    if (blob !== null) return blob;
    // The URL may have expired: ask once more.
    this.addresses.forget(picture.id);
    const again = await this.addresses.get(picture);
    signal.throwIfAborted();
    return again === url ? null : this.read(again, signal);
  }
}

/**
 * @param {string} url  in storage
 * @param {AbortSignal} signal
 * @returns {Promise<Blob | null>} null when storage refuses. Rejects with an HttpError for any other answer, with a
 *   NetworkError when there is none, or when the caller aborts
 */
export async function readFromStorage(url, signal) {
  try {
    const response = await fetch(url, { signal });
    if (response.ok) return await response.blob();
    if (REFUSALS.has(response.status)) return null;
    throw new HttpError(response.status, null, retryAfterMs(response.headers.get('retry-after'), Date.now()));
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof HttpError ? error : new NetworkError('cut');
  }
}
