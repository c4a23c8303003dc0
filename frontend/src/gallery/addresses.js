/** Finds the URLs of previews in storage: asks for them in batches, and keeps them until shortly before they expire. */

/** Time to collect pictures that scroll into view together, milliseconds. */
const GATHER_MS = 20;
const MOST = 200;
const MARGIN_MS = 30_000;

/** @typedef {import('../types').Picture} Picture */
/** @typedef {{ resolve: (url: string) => void, reject: (error: unknown) => void }} Wish */

export class Addresses {
  /** @param {typeof import('../api.js').api.downloads} downloads */
  constructor(downloads) {
    this.downloads = downloads;
    /** @type {Map<string, { url: string, until: number }>} */
    this.known = new Map();
    /** @type {Map<string, { ref: string, wishes: Wish[] }>} */
    this.wanted = new Map();
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
  }

  /**
   * @param {Picture} picture
   * @returns {Promise<string>} rejects when there is no answer
   */
  get({ id, ref }) {
    const known = this.known.get(id);
    if (known && known.until > Date.now()) return Promise.resolve(known.url);
    return new Promise((resolve, reject) => {
      const wanted = this.wanted.get(id) ?? { ref, wishes: [] };
      wanted.wishes.push({ resolve, reject });
      this.wanted.set(id, wanted);
      this.timer ??= setTimeout(() => void this.#ask(), GATHER_MS);
    });
  }

  /** @param {string} id */
  forget(id) {
    this.known.delete(id);
  }

  async #ask() {
    this.timer = null;
    const batch = [...this.wanted].slice(0, MOST);
    for (const [id] of batch) this.wanted.delete(id);
    if (this.wanted.size > 0) this.timer = setTimeout(() => void this.#ask(), 0);
    /** @type {Record<string, { url: string, expires_at: string }>} */
    let urls = {};
    /** @type {unknown} */
    let reason = new Error('no URL for this picture');
    try {
      const refs = batch.map(([, { ref }]) => ref);
      ({ urls } = await this.downloads('thumbnail', refs));
    } catch (error) {
      reason = error;
    }
    for (const [id, { ref, wishes }] of batch) {
      const found = urls[ref];
      if (found) this.known.set(id, { url: found.url, until: Date.parse(found.expires_at) - MARGIN_MS });
      for (const { resolve, reject } of wishes) found ? resolve(found.url) : reject(reason);
    }
  }
}
