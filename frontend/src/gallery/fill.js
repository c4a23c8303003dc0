/** Loads a picture's preview into its tile, or shows that the picture has no preview. */
import { isHeavy } from './weight.js';

/** @typedef {import('../types').Picture} Picture */

export class Filler {
  /** @param {import('./previews.js').Previews} previews */
  constructor(previews) {
    this.previews = previews;
    /** @type {Set<string>} */
    this.broken = new Set();
  }

  /** @param {import('./tile.js').Tile} tile @param {Picture} picture */
  fill(tile, picture) {
    const url = this.previews.peek(picture);
    if (this.broken.has(picture.id) || (url === null && !picture.thumbnail && isHeavy(picture))) tile.setNone();
    else if (url !== null) this.#show(tile, picture, url);
    else void this.previews.get(picture).then((got) => got !== null && this.#show(tile, picture, got));
  }

  /** @param {import('./tile.js').Tile} tile @param {Picture} picture @param {string} url */
  #show(tile, picture, url) {
    if (tile.picture?.id !== picture.id) return;
    tile.setImage(url, () => {
      // The URL may have expired: ask once more, then show the tile without an image.
      this.previews.forget(picture.id);
      void this.previews.get(picture).then((again) => {
        if (tile.picture?.id !== picture.id) return;
        if (again === null || again === url) {
          this.broken.add(picture.id);
          tile.setNone();
        } else this.#show(tile, picture, again);
      });
    });
  }
}
