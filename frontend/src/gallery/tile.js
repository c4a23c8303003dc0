/** One picture in the grid. Made once, then filled with one picture after another as the page scrolls. */
import { size } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { icon, make } from '../ui/dom.js';
import { placeholder } from './placeholder.js';

/** @typedef {import('../types').Picture} Picture */

export class Tile {
  constructor() {
    this.link = make('a', 'tile-link');
    this.name = make('span', 'tile-name');
    this.pick = make('button', 'tile-pick', [icon('check')]);
    this.pick.type = 'button';
    this.pick.setAttribute('role', 'checkbox');
    this.download = make('a', 'tile-download', [icon('down')]);
    // The keyboard has the space bar and D for them; more stops on every tile would lengthen the way through the grid.
    this.pick.tabIndex = -1;
    this.download.tabIndex = -1;
    this.root = make('div', 'tile', [this.link, this.pick, make('div', 'tile-foot', [this.name, this.download])]);
    this.root.setAttribute('role', 'listitem');
    /** @type {Picture | null} */
    this.picture = null;
    this.url = '';
    /** What stands beside the name where nothing is shown. */
    this.note = '';
    this.chosen = false;
  }

  /**
   * @param {Picture} picture
   * @param {string} downloadLink
   * @param {string} day  in the reader's words
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
      // The reader's language may be another one.
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
    const image = make('img', 'tile-image');
    // Without CORS in the cache, a later fetch of the same address would fail.
    if (!url.startsWith('blob:')) image.crossOrigin = 'anonymous';
    image.alt = '';
    image.decoding = 'async';
    image.draggable = false;
    const owner = this.picture?.id;
    image.addEventListener('load', () => image.classList.add('is-shown'));
    // Only then is nothing of the placeholder needed, and transparent parts must not show it.
    image.addEventListener('transitionend', () => {
      if (this.picture?.id === owner) this.root.style.backgroundImage = '';
    });
    image.addEventListener('error', () => {
      if (this.picture?.id === owner && this.url === url) onBroken();
    });
    image.src = url;
    this.link.replaceChildren(image);
  }

  /** What can't be shown still has a name and can be opened and downloaded. */
  setNone() {
    this.url = '';
    if (!this.picture) return;
    this.#setNote(size(this.picture.size));
    const name = make('span', '', [this.picture.filename]);
    const note = make('span', '', [this.note]);
    this.link.replaceChildren(make('span', 'tile-none', [icon('image'), name, ' ', note]));
  }

  /** The link's name has all that can be read on it, so that who speaks to the browser can say it (WCAG 2.2, 2.5.3). @param {string} note */
  #setNote(note) {
    this.note = note;
    const name = [this.picture?.filename, this.note].filter(Boolean).join(' ');
    this.link.setAttribute('aria-label', t('open.name', { name }));
  }

  /** @param {number} position  from 1 @param {number} count  of all, -1 when unknown */
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

/** @param {string} id  the picture's own address in this gallery */
export function addressOf(id) {
  return `${ADDRESS}${encodeURIComponent(id)}`;
}

/** @param {string} path @returns {string | null} the picture that an address names */
export function pictureIn(path) {
  const id = path.startsWith(ADDRESS) ? path.slice(ADDRESS.length) : '';
  return /^[0-9a-z]{26}$/.test(id) ? id : null;
}
