/**
 * The grid: of all pictures only those near the window have an element. One list for assistive technology, one stop for the
 * keyboard, which moves with the arrows and survives that elements come and go.
 */
import { day } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { make } from '../ui/dom.js';
import { byDay } from './groups.js';
import { between, layout, rowSizes } from './layout.js';
import { Tile } from './tile.js';

/** @typedef {import('../types').Picture} Picture */

/** How far beyond the window tiles exist, in window heights. */
const BEYOND = 1;
const HEADER = 52;
/** More is loaded when the end is nearer than this, in window heights. */
const AHEAD = 2.5;

export class GalleryView {
  /**
   * @param {HTMLElement} root
   * @param {import('./store.js').Store} store
   * @param {import('./thumbs.js').Thumbs} thumbs
   * @param {{ open: (picture: Picture) => void, download: (picture: Picture) => void, link: (id: string) => string }} actions
   */
  constructor(root, store, thumbs, actions) {
    this.root = root;
    this.store = store;
    this.thumbs = thumbs;
    this.actions = actions;
    root.setAttribute('role', 'list');
    /** @type {Map<string, Tile>} */
    this.tiles = new Map();
    /** @type {Tile[]} */
    this.spare = [];
    /** @type {Map<number, HTMLElement>} */
    this.dayHeads = new Map();
    this.laid = layout([], [], { width: 0, target: 100, gap: 0, header: 0 });
    /** @type {{ starts: number[], days: Date[] }} */
    this.groups = { starts: [], days: [] };
    this.width = 0;
    /** The picture that Tab reaches. @type {string | null} */
    this.current = null;
    /** @type {Set<string>} */
    this.broken = new Set();
    this.frame = 0;
    store.addEventListener('changed', () => this.relayout());
    addEventListener('scroll', () => this.later(), { passive: true });
    new ResizeObserver(() => this.width !== this.root.clientWidth && this.relayout()).observe(root);
    addEventListener('resize', () => this.later());
    root.addEventListener('click', (event) => this.#click(event));
    root.addEventListener('keydown', (event) => this.#key(event));
    root.addEventListener('focusin', (event) => this.#focused(event));
  }

  later() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  /** Words changed. */
  translate() {
    for (const tile of this.tiles.values()) if (tile.picture) tile.show(tile.picture, this.actions.link(tile.picture.id));
    this.#dropHeads();
    this.relayout();
  }

  /** Computes all places anew and keeps what the person looks at where it is. */
  relayout() {
    const { items } = this.store;
    this.root.setAttribute('aria-label', t('gallery.label'));
    const anchor = this.#anchor();
    this.width = this.root.clientWidth;
    const { target, gap } = rowSizes(this.width);
    this.groups = byDay(items);
    const ratios = new Float64Array(items.length);
    items.forEach((picture, index) => {
      ratios[index] = picture.width / picture.height;
    });
    this.laid = layout(ratios, this.groups.starts, { width: this.width, target, gap, header: HEADER });
    this.root.style.height = `${this.laid.height}px`;
    this.#dropHeads();
    if (anchor) {
      const index = this.store.indexOf(anchor.id);
      const moved = index < 0 ? 0 : /** @type {number} */ (this.laid.y[index]) - anchor.top;
      if (moved !== 0) scrollBy({ top: moved, behavior: 'instant' });
    }
    this.render();
  }

  /** The first picture in view, when the person has scrolled into the grid. */
  #anchor() {
    if (scrollY < 40 || this.laid.y.length === 0) return null;
    const top = scrollY - this.#offset();
    const [first] = between(this.laid, top, top);
    for (const [id, tile] of this.tiles) {
      if (Number(tile.root.dataset.index) === first) return { id, top: /** @type {number} */ (this.laid.y[first]) };
    }
    return null;
  }

  #offset() {
    return this.root.getBoundingClientRect().top + scrollY;
  }

  render() {
    const { items } = this.store;
    const top = scrollY - this.#offset();
    const [first, end] = between(this.laid, top - innerHeight * BEYOND, top + innerHeight * (1 + BEYOND));
    /** @type {Set<string>} */
    const wanted = new Set();
    for (let index = first; index < end; index += 1) {
      const picture = items[index];
      if (picture) wanted.add(picture.id);
    }
    const focused = this.#focusedId();
    const focusedAt = focused === null ? -1 : this.store.indexOf(focused);
    if (focused !== null && focusedAt >= 0) wanted.add(focused);
    for (const [id, tile] of this.tiles) {
      if (wanted.has(id)) continue;
      this.tiles.delete(id);
      tile.root.remove();
      if (this.spare.length < 80) this.spare.push(tile);
    }
    const entry = this.current !== null && wanted.has(this.current) ? this.current : (items[between(this.laid, top, top)[0]]?.id ?? null);
    for (let index = first; index < end; index += 1) this.#put(index, entry);
    if (focusedAt >= 0 && (focusedAt < first || focusedAt >= end)) this.#put(focusedAt, entry);
    this.#putHeads(top - innerHeight * BEYOND, top + innerHeight * (1 + BEYOND));
    const near = this.laid.height - (top + innerHeight) < innerHeight * AHEAD;
    if (near && this.store.phase === 'ready' && items.length > 0) void this.store.more();
  }

  /** @param {number} index @param {string | null} entry */
  #put(index, entry) {
    const picture = this.store.items[index];
    if (!picture) return;
    let tile = this.tiles.get(picture.id);
    if (!tile) {
      tile = this.spare.pop() ?? new Tile();
      this.tiles.set(picture.id, tile);
      tile.show(picture, this.actions.link(picture.id));
      this.#insert(tile, index);
      this.#load(tile, picture);
    }
    tile.root.dataset.index = String(index);
    tile.setPosition(index + 1, this.store.complete ? this.store.items.length : -1);
    tile.link.tabIndex = picture.id === entry ? 0 : -1;
    const { x, y, w, h } = this.laid;
    tile.place(x[index] ?? 0, y[index] ?? 0, w[index] ?? 0, h[index] ?? 0);
  }

  /** Keeps the elements in the pictures' order, which is the order that screen readers read. @param {Tile} tile @param {number} index */
  #insert(tile, index) {
    for (let element = this.root.lastElementChild; ; element = element.previousElementSibling) {
      if (!element) {
        this.root.prepend(tile.root);
        return;
      }
      const at = /** @type {HTMLElement} */ (element).dataset.index;
      if (at !== undefined && Number(at) < index) {
        element.after(tile.root);
        return;
      }
    }
  }

  /** @param {Tile} tile @param {Picture} picture */
  #load(tile, picture) {
    if (this.broken.has(picture.id)) {
      tile.setNone();
      return;
    }
    const show = (/** @type {string | null} */ url) => {
      if (url === null || tile.picture?.id !== picture.id) return;
      tile.setImage(url, () => {
        // The address may have ended: ask once more, then say that there is nothing to show.
        this.thumbs.forget(picture.id);
        void this.thumbs.get(picture).then((again) => {
          if (tile.picture?.id !== picture.id) return;
          if (again === null || again === url) {
            this.broken.add(picture.id);
            tile.setNone();
          } else show(again);
        });
      });
    };
    const known = this.thumbs.peek(picture);
    if (known !== null) show(known);
    else void this.thumbs.get(picture).then(show);
  }

  /** @param {number} from @param {number} to */
  #putHeads(from, to) {
    const now = new Date();
    for (const [group, head] of this.dayHeads) {
      const y = this.laid.headers[group] ?? -1;
      if (y < from - HEADER || y > to) {
        head.remove();
        this.dayHeads.delete(group);
      }
    }
    this.groups.days.forEach((date, group) => {
      const y = this.laid.headers[group] ?? 0;
      if (y < from - HEADER || y > to || this.dayHeads.has(group)) return;
      const head = make('div', 'day', [day(date, now)]);
      // The list holds pictures only; each picture's own words carry its date in the viewer.
      head.setAttribute('role', 'presentation');
      head.style.top = `${y + HEADER - 30}px`;
      head.dataset.index = String((this.groups.starts[group] ?? 0) - 0.5);
      this.dayHeads.set(group, head);
      this.root.append(head);
    });
  }

  #dropHeads() {
    for (const head of this.dayHeads.values()) head.remove();
    this.dayHeads.clear();
  }

  #focusedId() {
    const active = document.activeElement;
    if (!(active instanceof HTMLElement) || !this.root.contains(active)) return null;
    return active.closest('.tile') instanceof HTMLElement ? (/** @type {HTMLElement} */ (active.closest('.tile')).dataset.id ?? null) : null;
  }

  /** @param {FocusEvent} event */
  #focused(event) {
    const tile = event.target instanceof HTMLElement ? event.target.closest('.tile') : null;
    if (tile instanceof HTMLElement && tile.dataset.id) this.current = tile.dataset.id;
  }

  /** @param {Event} event @returns {Picture | null} */
  #pictureAt(event) {
    const tile = event.target instanceof Element ? event.target.closest('.tile') : null;
    return tile instanceof HTMLElement ? (this.tiles.get(tile.dataset.id ?? '')?.picture ?? null) : null;
  }

  /** @param {MouseEvent} event */
  #click(event) {
    const picture = this.#pictureAt(event);
    // With a modifier the browser opens the link in a tab of its own.
    if (!picture || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const onDownload = event.target instanceof Element && event.target.closest('.tile-download');
    if (onDownload) this.actions.download(picture);
    else this.actions.open(picture);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.metaKey || event.ctrlKey || event.altKey) return;
    const picture = this.#pictureAt(event);
    if (!picture) return;
    if (event.key === 'd' || event.key === 'D') {
      event.preventDefault();
      this.actions.download(picture);
      return;
    }
    const index = this.store.indexOf(picture.id);
    const to = this.#neighbour(index, event.key);
    if (to === null) return;
    event.preventDefault();
    this.focus(to);
  }

  /** @param {number} index @param {string} key @returns {number | null} */
  #neighbour(index, key) {
    const last = this.store.items.length - 1;
    if (key === 'ArrowRight') return Math.min(last, index + 1);
    if (key === 'ArrowLeft') return Math.max(0, index - 1);
    if (key === 'Home') return 0;
    if (key === 'End') return last;
    if (key !== 'ArrowDown' && key !== 'ArrowUp') return null;
    const { x, y, w } = this.laid;
    const step = key === 'ArrowDown' ? 1 : -1;
    const middle = (x[index] ?? 0) + (w[index] ?? 0) / 2;
    const row = y[index];
    let at = index;
    while (at >= 0 && at <= last && y[at] === row) at += step;
    if (at < 0 || at > last) return index;
    const next = y[at];
    let best = at;
    for (; at >= 0 && at <= last && y[at] === next; at += step) {
      const off = Math.abs((x[at] ?? 0) + (w[at] ?? 0) / 2 - middle);
      if (off < Math.abs((x[best] ?? 0) + (w[best] ?? 0) / 2 - middle)) best = at;
    }
    return best;
  }

  /** Brings a picture into view and gives it the focus. @param {number} index */
  focus(index) {
    const picture = this.store.items[index];
    if (!picture) return;
    this.current = picture.id;
    this.reveal(index);
    this.render();
    this.tiles.get(picture.id)?.link.focus({ preventScroll: true });
    this.render();
  }

  /** @param {number} index */
  reveal(index) {
    const top = (this.laid.y[index] ?? 0) + this.#offset();
    const bottom = top + (this.laid.h[index] ?? 0);
    const bar = 76;
    if (top < scrollY + bar) scrollTo({ top: top - bar - HEADER, behavior: 'instant' });
    else if (bottom > scrollY + innerHeight - 24) scrollTo({ top: bottom - innerHeight + 24, behavior: 'instant' });
  }
}
