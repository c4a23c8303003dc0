/**
 * The grid. Only pictures near the viewport have an element. It is one list for assistive technology and one tab stop
 * for the keyboard; the focus survives while elements are created and removed.
 */
import { date } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { byId, createElement } from '../ui/dom.js';
import { Filler } from './fill.js';
import { byDay } from './groups.js';
import { HEADING, Heads, LEAST } from './heads.js';
import { between, layout, rowSizes } from './layout.js';
import { placeOf, timeOf } from './stretch.js';
import { Tile } from './tile.js';

/** @typedef {import('../types').Picture} Picture */

/** How far beyond the viewport tiles are kept, in viewport heights. */
const BEYOND = 1;
/** Load more when an end of the list is nearer than this, in viewport heights. */
const AHEAD = 2.5;
/** Height that the bar covers, and the space below it, pixels. */
const BAR = 76;
const AIR = 24;

export class GalleryView {
  /**
   * @param {HTMLElement} root
   * @param {import('./store.js').Store} store
   * @param {import('./previews.js').Previews} previews
   * @param {import('./selection.js').Selection} selection
   * @param {(id: string) => string} downloadLink
   */
  constructor(root, store, previews, selection, downloadLink) {
    this.root = root;
    this.store = store;
    this.selection = selection;
    this.downloadLink = downloadLink;
    this.filler = new Filler(previews);
    const heads = createElement('div', 'heads');
    heads.setAttribute('aria-hidden', 'true');
    this.heads = new Heads(heads);
    this.list = createElement('div', 'tiles');
    this.list.setAttribute('role', 'list');
    root.append(heads, this.list);
    /** The pictures in the current layout. @type {Picture[]} */
    this.items = [];
    /** @type {Map<string, Tile>} */
    this.tiles = new Map();
    /** @type {Tile[]} */
    this.spare = [];
    this.groups = byDay([]);
    this.laid = layout([], this.groups, { width: 0, target: 100, gap: 0, heading: 0, least: 0 });
    /** Size of one rem, pixels; larger when the person has enlarged the text. */
    this.rem = 16;
    this.width = 0;
    /** The picture that Tab focuses. @type {string | null} */
    this.current = null;
    /**
     * The picture that had the focus when its tile was removed. Its neighbour gets the focus once there is one.
     *
     * @type {string | null}
     */
    this.homeless = null;
    this.frame = 0;
    store.addEventListener('changed', () => this.relayout());
    selection.addEventListener('changed', () => this.#showChosen());
    addEventListener('scroll', () => this.later(), { passive: true });
    new ResizeObserver(() => this.width !== this.root.clientWidth && this.relayout()).observe(root);
    addEventListener('resize', () => this.later());
    root.addEventListener('focusin', (event) => {
      const tile = event.target instanceof HTMLElement ? event.target.closest('.tile') : null;
      if (tile instanceof HTMLElement && tile.dataset.id) this.current = tile.dataset.id;
    });
  }

  later() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.render();
    });
  }

  /** Updates the texts after a change of language. */
  translate() {
    for (const tile of this.tiles.values()) if (tile.picture) this.#say(tile, tile.picture);
    this.heads.clear();
    this.relayout();
  }

  /** Lays out all tiles again. The picture in view stays in place and keeps the focus. */
  relayout() {
    const focused = this.focusedId();
    const anchor = this.#anchor(focused);
    this.items = this.store.items;
    this.list.setAttribute('aria-label', t('gallery.label'));
    this.width = this.root.clientWidth;
    this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const sizes = { ...rowSizes(this.width), width: this.width, heading: HEADING, least: LEAST * this.rem };
    this.groups = byDay(this.items);
    const ratios = Float64Array.from(this.items, (picture) => picture.width / picture.height);
    this.laid = layout(ratios, this.groups, sizes);
    this.root.style.height = `${this.laid.height}px`;
    this.heads.clear();
    for (const [id, tile] of this.tiles) tile.root.dataset.index = String(placeOf(this.items, id));
    if (anchor) {
      const index = Math.min(placeOf(this.items, anchor.id), this.items.length - 1);
      const moved = (this.laid.y[index] ?? anchor.top) - anchor.top;
      if (moved !== 0) scrollBy({ top: moved, behavior: 'instant' });
    }
    this.render();
    const lost = focused ?? this.#waiting();
    if (lost !== null && this.store.indexOf(lost) < 0) this.#focusInstead(lost);
  }

  /** @returns {string | null} the last focused picture, when no tile was left to take the focus */
  #waiting() {
    return document.activeElement === byId('gallery', HTMLElement) ? this.homeless : null;
  }

  /**
   * Finds the tile that must not move: the focused tile if visible, else the first visible one.
   *
   * @param {string | null} focused
   */
  #anchor(focused) {
    const { y } = this.laid;
    if (y.length === 0 || (this.store.atStart && scrollY < 40)) return null;
    const top = scrollY - this.#offset();
    let index = between(this.laid, top, top)[0];
    const at = focused === null ? -1 : placeOf(this.items, focused);
    if (this.items[at]?.id === focused && (y[at] ?? 0) >= top && (y[at] ?? 0) < top + innerHeight) index = at;
    const picture = this.items[index];
    return picture ? { id: picture.id, top: y[index] ?? 0 } : null;
  }

  /** @param {string} gone  id of the focused picture that was removed */
  #focusInstead(gone) {
    const place = Math.min(placeOf(this.items, gone), this.items.length - 1);
    const next = this.items[place];
    const late = this.homeless === gone;
    this.homeless = next ? null : gone;
    if (!next) byId('gallery', HTMLElement).focus({ preventScroll: true });
    else if (late || this.tiles.has(next.id)) this.focus(place);
    else this.focus(this.firstInView());
  }

  #offset() {
    return this.root.getBoundingClientRect().top + scrollY;
  }

  /** @returns {number} the index of the first visible tile */
  firstInView() {
    const top = scrollY + BAR - this.#offset();
    return Math.min(between(this.laid, top, top)[0], Math.max(0, this.items.length - 1));
  }

  /** @returns {number | null} the time of the first visible picture, milliseconds since 1970 */
  timeInView() {
    const picture = this.items[this.firstInView()];
    return picture ? timeOf(picture) : null;
  }

  render() {
    const { items, store } = this;
    const top = scrollY - this.#offset();
    const [from, to] = [top - innerHeight * BEYOND, top + innerHeight * (1 + BEYOND)];
    const [first, end] = between(this.laid, from, to);
    const [seen, unseen] = between(this.laid, top, top + innerHeight);
    const wanted = new Set(items.slice(first, end).map((picture) => picture.id));
    const focused = this.focusedId();
    const focusedAt = focused === null ? -1 : store.indexOf(focused);
    if (focused !== null && focusedAt >= 0) wanted.add(focused);
    for (const [id, tile] of this.tiles) {
      if (wanted.has(id)) continue;
      this.tiles.delete(id);
      this.filler.empty(tile);
      tile.root.remove();
      if (this.spare.length < 80) this.spare.push(tile);
    }
    const entry =
      this.current !== null && wanted.has(this.current) ? this.current : (items[this.firstInView()]?.id ?? null);
    // What is in view is loaded first.
    for (let index = seen; index < unseen; index += 1) this.#put(index, entry);
    for (let index = unseen; index < end; index += 1) this.#put(index, entry);
    for (let index = first; index < seen; index += 1) this.#put(index, entry);
    if (focusedAt >= 0 && (focusedAt < first || focusedAt >= end)) this.#put(focusedAt, entry);
    this.heads.render(this.laid.headings, this.groups.days, from, to, this.rem);
    if (items.length === 0) return;
    if (this.laid.height - top < innerHeight * (1 + AHEAD) && store.phase === 'ready') void store.loadOlder();
    if (top < innerHeight * AHEAD && store.errorNewer === null) void store.loadNewer();
  }

  /** @param {number} index @param {string | null} entry */
  #put(index, entry) {
    const picture = this.items[index];
    if (!picture) return;
    let tile = this.tiles.get(picture.id);
    if (!tile) {
      tile = this.spare.pop() ?? new Tile();
      this.tiles.set(picture.id, tile);
      this.#say(tile, picture);
      tile.setChosen(this.selection.has(picture.id));
      this.#insert(tile, index);
      this.filler.fill(tile, picture);
    }
    tile.root.dataset.index = String(index);
    tile.setPosition((this.store.newerCount ?? 0) + index + 1, this.store.total ?? -1);
    tile.link.tabIndex = picture.id === entry ? 0 : -1;
    const { x, y, w, h } = this.laid;
    tile.place(x[index] ?? 0, y[index] ?? 0, w[index] ?? 0, h[index] ?? 0);
  }

  /** @param {Tile} tile @param {Picture} picture */
  #say(tile, picture) {
    tile.show(picture, this.downloadLink(picture.id), date(new Date(picture.uploaded_at)));
  }

  /**
   * Keeps the elements in the order of the pictures, which is the order for screen readers.
   *
   * @param {Tile} tile @param {number} index
   */
  #insert(tile, index) {
    let before = this.list.lastElementChild;
    while (before instanceof HTMLElement && Number(before.dataset.index) > index)
      before = before.previousElementSibling;
    if (before) before.after(tile.root);
    else this.list.prepend(tile.root);
  }

  #showChosen() {
    this.root.classList.toggle('is-choosing', this.selection.active);
    for (const [id, tile] of this.tiles) tile.setChosen(this.selection.has(id));
  }

  /** @returns {string | null} the picture whose tile has the focus */
  focusedId() {
    const active = document.activeElement;
    if (!(active instanceof HTMLElement) || !this.list.contains(active)) return null;
    const tile = active.closest('.tile');
    return tile instanceof HTMLElement ? (tile.dataset.id ?? null) : null;
  }

  /** @param {Event} event @returns {Picture | null} */
  pictureAt(event) {
    const tile = event.target instanceof Element ? event.target.closest('.tile') : null;
    return tile instanceof HTMLElement ? (this.tiles.get(tile.dataset.id ?? '')?.picture ?? null) : null;
  }

  /** Scrolls a picture into view and focuses it. @param {number} index */
  focus(index) {
    const picture = this.items[index];
    if (!picture) return;
    this.current = picture.id;
    this.reveal(index);
    this.render();
    this.tiles.get(picture.id)?.link.focus({ preventScroll: true });
    this.render();
  }

  /** Scrolls only as far as needed. @param {number} index */
  reveal(index) {
    const top = (this.laid.y[index] ?? 0) + this.#offset();
    const bottom = top + (this.laid.h[index] ?? 0);
    if (top < scrollY + BAR) scrollTo({ top: top - BAR - HEADING, behavior: 'instant' });
    else if (bottom > scrollY + innerHeight - AIR) scrollTo({ top: bottom - innerHeight + AIR, behavior: 'instant' });
  }

  /** Scrolls so that a picture comes first in view, below its day's heading. @param {number} index */
  show(index) {
    const top = (this.laid.y[index] ?? 0) + this.#offset();
    scrollTo({ top: top - BAR - HEADING + AIR, behavior: 'instant' });
    this.current = this.items[index]?.id ?? null;
    this.render();
  }
}
