/**
 * The only file that knows the services' URLs. Answers are typed; every failure is a NetworkError, an HttpError or a
 * SignedOut.
 */
import { retryAfterMs } from './net/backoff.js';
import { HttpError } from './net/errors.js';
import { ageOf, json, request } from './net/fetch.js';

/** @param {string} token */
const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** @param {string} id */
const upload = (id) => `/api/uploads/${encodeURIComponent(id)}`;

/** @param {string} id */
const image = (id) => `/api/images/${encodeURIComponent(id)}`;

export const api = {
  /** @returns {Promise<import('./types').Config>} */
  async config() {
    return json(await request('/api/config'));
  },

  /**
   * @param {import('./types').ListQuery} [options]
   * @returns {Promise<import('./types').ListAnswer>} `page` is null when the list has not changed since `etag`
   */
  async list({ limit = 60, cursor = null, before = null, after = null, fresh = false, etag = null, signal } = {}) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (cursor !== null) query.set('cursor', cursor);
    else if (before !== null) query.set('before', new Date(before).toISOString());
    if (after !== null) query.set('after', new Date(after).toISOString());
    /** @type {Record<string, string>} */
    const headers = {};
    // Bypasses every cache, so that this browser sees its own change at once.
    if (fresh) headers['cache-control'] = 'no-cache';
    if (etag !== null) headers['if-none-match'] = etag;
    const response = await request(`/api/images?${query}`, signal ? { headers, signal } : { headers });
    const page = response.status === 304 ? null : await json(response);
    return { page, etag: response.headers.get('etag'), ageMs: ageOf(response.headers) };
  },

  /** @returns {Promise<import('./types').Months>} the months that have pictures, UTC, newest first */
  async timeline() {
    return json(await request('/api/timeline'));
  },

  /** @param {string} id @returns {Promise<import('./types').Picture>} */
  async picture(id) {
    return json(await request(image(id)));
  },

  /**
   * @param {import('./types').Variant} variant
   * @param {string[]} refs  at most 500
   * @param {AbortSignal} [signal]
   * @returns {Promise<import('./types').Urls>}
   */
  async downloads(variant, refs, signal) {
    /** @type {import('./types').Batch} */
    const body = { variant, refs };
    return json(await request('/api/downloads', { method: 'POST', body, ...(signal ? { signal } : {}) }));
  },

  /** @param {string} id @returns {Promise<import('./types').Link>} */
  async download(id) {
    return json(await request(`${image(id)}/download`));
  },

  /** @param {string} id  the result is a link that also works outside this page */
  downloadLink: (id) => `${image(id)}/download`,

  /**
   * @param {string} id
   * @param {number} seconds  60 to 604,800
   * @returns {Promise<import('./types').ShareLink>} a link to this picture that works for anyone
   */
  async share(id, seconds) {
    /** @type {import('./types').NewLink} */
    const body = { expires_in: seconds };
    return json(await request(`${image(id)}/links`, { method: 'POST', body }));
  },

  /** @param {string} id @param {string} token  moves the picture to the trash */
  async remove(id, token) {
    await request(image(id), { method: 'DELETE', headers: bearer(token) });
  },

  /** @param {string} id @param {string} token @returns {Promise<import('./types').Picture>} */
  async restore(id, token) {
    return json(await request(`${image(id)}/restore`, { method: 'POST', headers: bearer(token) }));
  },

  /**
   * @param {import('./types').NewFile[]} files  1 to 100
   * @param {string | null} uploadKey
   * @param {AbortSignal} [signal]
   * @returns {Promise<(import('./types').Granted | import('./types').FileProblem)[]>} in the order of `files`
   */
  async createUploads(files, uploadKey, signal) {
    /** @type {import('./types').NewUploads} */
    const body = { files };
    /** @type {import('./net/fetch.js').RequestOptions} */
    const ask = { method: 'POST', body, headers: uploadKey === null ? {} : { 'x-upload-key': uploadKey } };
    if (signal) ask.signal = signal;
    try {
      return (await json(await request('/api/uploads', ask))).uploads;
    } catch (error) {
      // When every file is refused, the answer itself is a problem that contains one problem for each file.
      const each = error instanceof HttpError ? error.problem?.uploads : null;
      if (Array.isArray(each) && each.length === files.length) return each;
      throw error;
    }
  },

  /**
   * @param {string} id
   * @param {string} token
   * @param {AbortSignal} signal
   * @returns {Promise<import('./types').Permit>}
   */
  async signAgain(id, token, signal) {
    return json(await request(`${upload(id)}/sign`, { method: 'POST', headers: bearer(token), signal }));
  },

  /**
   * @param {string} id
   * @param {string} token
   * @param {string | null} uploadId  null to open the upload
   * @param {import('./types').NewPart[]} parts  at most 100
   * @param {AbortSignal} signal
   * @returns {Promise<import('./types').SignedParts>}
   */
  async signParts(id, token, uploadId, parts, signal) {
    /** @type {import('./types').NewParts} */
    const body = uploadId === null ? { parts } : { upload_id: uploadId, parts };
    return json(await request(`${upload(id)}/parts`, { method: 'POST', headers: bearer(token), body, signal }));
  },

  /**
   * @param {string} id
   * @param {string} token
   * @param {string} uploadId
   * @param {AbortSignal} signal
   * @returns {Promise<import('./types').FoundPart[]>} the parts that storage has
   */
  async listParts(id, token, uploadId, signal) {
    const path = `${upload(id)}/parts?${new URLSearchParams({ upload_id: uploadId })}`;
    return (await json(await request(path, { headers: bearer(token), signal }))).parts;
  },

  /**
   * @param {string} id
   * @param {string} token
   * @param {string | null} uploadId  only for an upload in parts
   * @param {AbortSignal} signal
   * @returns {Promise<import('./types').Picture | { retryAfter: number }>} the latter for a 202
   */
  async complete(id, token, uploadId, signal) {
    /** @type {import('./types').Completion | undefined} */
    const body = uploadId === null ? undefined : { upload_id: uploadId };
    const response = await request(`${upload(id)}/complete`, { method: 'POST', headers: bearer(token), body, signal });
    if (response.status === 202)
      return { retryAfter: retryAfterMs(response.headers.get('retry-after'), Date.now()) ?? 1000 };
    return json(response);
  },

  /** @param {string} id @param {string} token @param {string | null} uploadId  only for an upload in parts */
  async cancel(id, token, uploadId) {
    const query = uploadId === null ? '' : `?${new URLSearchParams({ upload_id: uploadId })}`;
    await request(`${upload(id)}${query}`, { method: 'DELETE', headers: bearer(token), keepalive: true });
  },
};
