/**
 * Finds the URLs of previews. Requests them in batches, caches them until shortly before they expire, and forgets them
 * on error.
 */

/** Time to collect pictures that scroll into view together, milliseconds. */
const GATHER_MS = 20;
const MOST = 200;
const MARGIN_MS = 30_000;

/** @typedef {import('../types').Picture} Picture */

export class Previews {
  /** @param {typeof import('../api.js').api.downloads} downloads */
  constructor(downloads) {
    this.downloads = downloads;
    /** @type {Map<string, { url: string, until: number }>} */
    this.known = new Map();
    /** @type {Map<string, { picture: Picture, resolve: ((url: string | null) => void)[] }>} */
    this.wanted = new Map();
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.timer = null;
  }

  /** @param {Picture} picture @returns {string | null} the cached URL, if there is one */
  peek(picture) {
    const known = this.known.get(picture.id);
    return known && known.until > Date.now() ? known.url : null;
  }

  /** @param {Picture} picture @returns {Promise<string | null>} null when no URL is available */
  get(picture) {
    const url = this.peek(picture);
    if (url !== null) return Promise.resolve(url);
    return new Promise((resolve) => {
      const wish = this.wanted.get(picture.id) ?? { picture, resolve: [] };
      wish.resolve.push(resolve);
      this.wanted.set(picture.id, wish);
      this.timer ??= setTimeout(() => void this.#ask(), GATHER_MS);
    });
  }

  /**
   * Uses a local copy: a picture that was just uploaded shows without another transfer.
   *
   * @param {string} id @param {string} url
   */
  put(id, url) {
    this.known.set(id, { url, until: Infinity });
  }

  /** @param {string} id */
  forget(id) {
    const known = this.known.get(id);
    if (known?.url.startsWith('blob:')) URL.revokeObjectURL(known.url);
    this.known.delete(id);
  }

  async #ask() {
    this.timer = null;
    const batch = [...this.wanted.values()].slice(0, MOST);
    for (const { picture } of batch) this.wanted.delete(picture.id);
    if (this.wanted.size > 0) this.timer = setTimeout(() => void this.#ask(), 0);
    // Without a preview (HEIC, or a preview that was dropped) only the original can be shown.
    await Promise.all([
      this.#variant(
        'thumbnail',
        batch.filter(({ picture }) => picture.thumbnail),
      ),
      this.#variant(
        'original',
        batch.filter(({ picture }) => !picture.thumbnail),
      ),
    ]);
  }

  /**
   * @param {'thumbnail' | 'original'} variant
   * @param {{ picture: Picture, resolve: ((url: string | null) => void)[] }[]} batch
   */
  async #variant(variant, batch) {
    if (batch.length === 0) return;
    /** @type {Record<string, { url: string, expires_at: string }>} */
    let urls = {};
    try {
      ({ urls } = await this.downloads(
        variant,
        batch.map(({ picture }) => picture.ref),
      ));
    } catch {
      // The tile keeps its placeholder; scrolling back or the next refresh tries again.
    }
    for (const { picture, resolve } of batch) {
      const found = urls[picture.ref];
      if (found) this.known.set(picture.id, { url: found.url, until: Date.parse(found.expires_at) - MARGIN_MS });
      for (const each of resolve) each(found?.url ?? null);
    }
  }
}
