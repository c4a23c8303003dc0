/** One tile of the grid. It is created once and reused for other pictures while scrolling. */
import { format } from '../i18n/format.js';
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
    /** Type of a picture without a preview, which the tile shows beside the name. */
    this.format = '';
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
      this.#setLabel();
      return;
    }
    this.#clear();
    const colours = placeholder(picture.thumbhash);
    this.root.style.backgroundImage = colours;
    this.root.classList.toggle('has-colours', colours !== '');
  }

  /** @param {boolean} chosen */
  setChosen(chosen) {
    this.chosen = chosen;
    this.root.classList.toggle('is-chosen', chosen);
    this.pick.setAttribute('aria-checked', String(chosen));
  }

  /**
   * @param {string} url  blob URL of a preview
   * @param {() => void} onBroken
   */
  setImage(url, onBroken) {
    this.#clear();
    const image = createElement('img', 'tile-image');
    image.alt = '';
    image.decoding = 'async';
    image.draggable = false;
    const isHere = () => image.parentNode === this.link;
    image.addEventListener('load', () => image.classList.add('is-shown'));
    // Remove the placeholder only now, or it would show through transparent parts.
    image.addEventListener('transitionend', () => {
      if (isHere()) this.root.style.backgroundImage = '';
    });
    image.addEventListener('error', () => {
      if (isHere()) onBroken();
    });
    image.src = url;
    this.link.append(image);
  }

  /** Draws the name and type; the picture can still be opened and downloaded. */
  setNone() {
    if (!this.picture) return;
    this.#clear();
    this.root.classList.add('is-drawn');
    this.format = format(this.picture.content_type);
    this.#setLabel();
    const words = createElement('span', 'tile-words', [
      createElement('span', 'tile-title', [this.picture.filename]),
      ' ',
      createElement('span', 'tile-format', [this.format]),
    ]);
    const mark = createElement('span', 'tile-mark', [icon('image')]);
    this.link.append(createElement('span', 'tile-none', [mark, words]));
  }

  #clear() {
    this.root.classList.remove('is-drawn');
    this.format = '';
    this.#setLabel();
    this.link.replaceChildren();
  }

  /** The link's accessible name contains its visible text, for speech input (WCAG 2.2, 2.5.3). */
  #setLabel() {
    const name = [this.picture?.filename, this.format].filter(Boolean).join(' ');
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
