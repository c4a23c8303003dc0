/** Loads a picture's preview into its tile, or shows that the picture has no preview. */
import { browser } from '../net/environment.js';
import { retrying } from '../net/retry.js';

/** @typedef {import('../types').Picture} Picture */
/** @typedef {Pick<import('./tile.js').Tile, 'setImage' | 'setNone'>} Tile */

export class Filler {
  /**
   * @param {Pick<import('./previews.js').Previews, 'peek' | 'load' | 'forget'>} previews
   * @param {import('../net/environment.js').Environment} [environment]
   */
  constructor(previews, environment = browser) {
    this.previews = previews;
    this.environment = environment;
    /** The loads in progress. @type {Map<Tile, AbortController>} */
    this.loading = new Map();
  }

  /** @param {Tile} tile @param {Picture} picture */
  fill(tile, picture) {
    const url = this.previews.peek(picture.id);
    if (url !== null) this.#show(tile, picture.id, url);
    else if (!picture.thumbnail) tile.setNone();
    else void this.#load(tile, picture);
  }

  /** Stops loading for a tile that is no longer near the window: those in view come first. @param {Tile} tile */
  empty(tile) {
    this.loading.get(tile)?.abort();
    this.loading.delete(tile);
  }

  /** @param {Tile} tile @param {Picture} picture */
  async #load(tile, picture) {
    const controller = new AbortController();
    const { signal } = controller;
    this.loading.set(tile, controller);
    // While there is no answer, the tile keeps its placeholder and asks again.
    const ask = retrying(this.environment, signal, () => this.previews.load(picture, signal));
    const url = await ask.catch(() => null);
    if (signal.aborted) return;
    this.loading.delete(tile);
    if (url === null) tile.setNone();
    else this.#show(tile, picture.id, url);
  }

  /** @param {Tile} tile @param {string} id @param {string} url */
  #show(tile, id, url) {
    tile.setImage(url, () => {
      this.previews.forget(id);
      tile.setNone();
    });
  }
}
