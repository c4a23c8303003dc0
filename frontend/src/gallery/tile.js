/** One tile of the grid. It is created once and reused for other pictures while scrolling. */
import { size } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { createElement, icon } from '../ui/dom.js';
import { placeholder } from './placeholder.js';

/** @typedef {import('../types').Picture} Picture */

export class Tile {
  constructor() {
    this.link = createElement('a', 'tile-link');
    this.name = createElement('span', 'tile-name');
    this.pick = createElement('button', 'tile-pick', [icon('check')]);
    this.pick.type = 'button';
    this.pick.setAttribute('role', 'checkbox');
    this.download = createElement('a', 'tile-download', [icon('down')]);
    // The keyboard uses the space bar and D instead; more tab stops on every tile would make the grid slow to cross.
    this.pick.tabIndex = -1;
    this.download.tabIndex = -1;
    this.root = createElement('div', 'tile', [
      this.link,
      this.pick,
      createElement('div', 'tile-foot', [this.name, this.download]),
    ]);
    this.root.setAttribute('role', 'listitem');
    /** @type {Picture | null} */
    this.picture = null;
    this.url = '';
    /** Text beside the name when there is no image. */
    this.note = '';
    this.chosen = false;
  }

  /**
   * @param {Picture} picture
   * @param {string} downloadLink
   * @param {string} day  in the reader's language
   */
  show(picture, downloadLink, day) {
    const same = this.picture?.id === picture.id;
    this.picture = picture;
    this.root.dataset.id = picture.id;
    this.link.href = addressOf(picture.id);
    this.link.setAttribute('aria-description', day);
    this.name.textContent = picture.filename;
    this.pick.setAttribute('aria-label', t('pick.name', { name: picture.filename }));
    this.download.href = downloadLink;
    this.download.setAttribute('aria-label', t('download.name', { name: picture.filename }));
    this.download.title = t('download');
    if (same) {
      // The language may have changed.
      if (this.note) this.setNone();
      else this.#setNote('');
      return;
    }
    this.#setNote('');
    this.url = '';
    this.link.replaceChildren();
    this.root.style.backgroundImage = placeholder(picture.thumbhash);
  }

  /** @param {boolean} chosen */
  setChosen(chosen) {
    this.chosen = chosen;
    this.root.classList.toggle('is-chosen', chosen);
    this.pick.setAttribute('aria-checked', String(chosen));
  }

  /**
   * @param {string} url
   * @param {() => void} onBroken
   */
  setImage(url, onBroken) {
    if (this.url === url) return;
    this.url = url;
    this.#setNote('');
    const image = createElement('img', 'tile-image');
    // A response cached without CORS would make a later fetch of the same URL fail.
    if (!url.startsWith('blob:')) image.crossOrigin = 'anonymous';
    image.alt = '';
    image.decoding = 'async';
    image.draggable = false;
    const owner = this.picture?.id;
    image.addEventListener('load', () => image.classList.add('is-shown'));
    // Remove the placeholder only now, or it would show through transparent parts.
    image.addEventListener('transitionend', () => {
      if (this.picture?.id === owner) this.root.style.backgroundImage = '';
    });
    image.addEventListener('error', () => {
      if (this.picture?.id === owner && this.url === url) onBroken();
    });
    image.src = url;
    this.link.replaceChildren(image);
  }

  /** Shows the name without an image; the picture can still be opened and downloaded. */
  setNone() {
    this.url = '';
    if (!this.picture) return;
    this.#setNote(size(this.picture.size));
    const name = createElement('span', '', [this.picture.filename]);
    const note = createElement('span', '', [this.note]);
    this.link.replaceChildren(createElement('span', 'tile-none', [icon('image'), name, ' ', note]));
  }

  /** The link's accessible name contains its visible text, for speech input (WCAG 2.2, 2.5.3). @param {string} note */
  #setNote(note) {
    this.note = note;
    const name = [this.picture?.filename, this.note].filter(Boolean).join(' ');
    this.link.setAttribute('aria-label', t('open.name', { name }));
  }

  /** @param {number} position  from 1 @param {number} count  number of all pictures, -1 when unknown */
  setPosition(position, count) {
    this.root.setAttribute('aria-posinset', String(position));
    this.root.setAttribute('aria-setsize', String(count));
  }

  /** @param {number} x @param {number} y @param {number} w @param {number} h */
  place(x, y, w, h) {
    const { style } = this.root;
    style.transform = `translate(${x}px, ${y}px)`;
    style.width = `${w}px`;
    style.height = `${h}px`;
  }
}

const ADDRESS = '/p/';

/** @param {string} id  the picture's id */
export function addressOf(id) {
  return `${ADDRESS}${encodeURIComponent(id)}`;
}

/** @param {string} path @returns {string | null} the id of the picture that the path names */
export function pictureIn(path) {
  const id = path.startsWith(ADDRESS) ? path.slice(ADDRESS.length) : '';
  return /^[0-9a-z]{26}$/.test(id) ? id : null;
}
