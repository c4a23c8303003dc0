/**
 * The strip of months at the right edge. It shows the current position and jumps to another one, by pointer, finger or
 * keyboard. Each month with pictures gets the same height, because nobody counts the pictures in a month.
 */
import { month as monthWords } from '../i18n/format.js';
import { t } from '../i18n/index.js';
import { createElement } from '../ui/dom.js';
import { monthEnd } from './newer.js';

/** Least distance between two years' labels, pixels; closer ones would overlap. */
const YEAR_ROOM = 22;
/** The keyboard may pass many months. Only the month where it pauses this long is loaded, milliseconds. */
const REST_MS = 220;
/** How long the bubble stays visible after scrolling, milliseconds. */
const SHOWN_MS = 1200;

export class Scrubber {
  /**
   * @param {HTMLElement} root
   * @param {import('./timeline.js').Timeline} timeline
   * @param {{ timeInView: () => number | null, go: (time: number) => void }} page
   */
  constructor(root, timeline, page) {
    this.root = root;
    this.timeline = timeline;
    this.page = page;
    this.years = createElement('div', 'scrub-years');
    this.bubble = createElement('div', 'scrub-bubble');
    this.thumb = createElement('div', 'scrub-thumb', [this.bubble]);
    root.append(this.years, this.thumb);
    root.setAttribute('role', 'slider');
    root.setAttribute('aria-orientation', 'vertical');
    root.tabIndex = 0;
    /** Position among the months while the person moves it; null while it follows the page. @type {number | null} */
    this.held = null;
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.resting = null;
    /** @type {ReturnType<typeof setTimeout> | null} */
    this.fading = null;
    timeline.addEventListener('changed', () => this.render());
    addEventListener('scroll', () => this.#follow(), { passive: true });
    addEventListener('resize', () => this.render());
    root.addEventListener('keydown', (event) => this.#key(event));
    root.addEventListener('pointerdown', (event) => this.#grab(event));
    root.addEventListener('pointermove', (event) => this.#drag(event));
    root.addEventListener('pointerup', () => this.#letGo());
    root.addEventListener('pointercancel', () => this.#rest());
  }

  get months() {
    return this.timeline.known.months;
  }

  render() {
    const { root, months } = this;
    root.hidden = months.length < 2;
    if (root.hidden) return;
    root.setAttribute('aria-label', t('scrub.label'));
    root.setAttribute('aria-valuemin', '1');
    root.setAttribute('aria-valuemax', String(months.length));
    const height = this.years.clientHeight;
    let last = -Infinity;
    const marks = months.map((month, index) => {
      const year = month.slice(0, 4);
      const top = ((index + 0.5) / months.length) * height;
      const named = (index === 0 || months[index - 1]?.slice(0, 4) !== year) && top - last >= YEAR_ROOM;
      if (named) last = top;
      else if (top - last < YEAR_ROOM / 2) return null;
      const mark = named ? createElement('span', 'scrub-year', [year]) : createElement('span', 'scrub-dot');
      mark.style.top = `${top}px`;
      return mark;
    });
    this.years.replaceChildren(...marks.filter((mark) => mark !== null));
    this.#place();
  }

  #follow() {
    if (this.held !== null || this.root.hidden) return;
    this.#place();
    this.root.classList.add('is-shown');
    if (this.fading !== null) clearTimeout(this.fading);
    this.fading = setTimeout(() => this.root.classList.remove('is-shown'), SHOWN_MS);
  }

  /** Position of the page: whole months from the newest, plus the fraction of the current month. */
  #here() {
    const time = this.page.timeInView();
    if (time === null) return 0;
    const name = new Date(time).toISOString().slice(0, 7);
    const index = this.months.findIndex((month) => month <= name);
    if (index < 0) return this.months.length - 0.01;
    if (this.months[index] !== name) return index;
    const end = monthEnd(name);
    return index + Math.min(0.99, (end - time) / (31 * 86_400_000));
  }

  #place() {
    const { months } = this;
    const at = this.held ?? this.#here();
    const index = Math.max(0, Math.min(months.length - 1, Math.floor(at)));
    const words = monthWords(months[index] ?? '');
    this.thumb.style.transform = `translateY(${(Math.min(at, months.length) / months.length) * this.years.clientHeight}px)`;
    if (this.bubble.textContent !== words) this.bubble.textContent = words;
    // Up means newer, like on the page, and more, like on other sliders.
    this.root.setAttribute('aria-valuenow', String(months.length - index));
    this.root.setAttribute('aria-valuetext', words);
  }

  /** @param {number} index  of a month */
  #hold(index) {
    this.held = Math.max(0, Math.min(this.months.length - 0.01, index));
    this.root.classList.add('is-held');
    this.#place();
  }

  #rest() {
    this.held = null;
    this.root.classList.remove('is-held');
    this.#place();
  }

  #letGo() {
    if (this.held === null) return;
    const month = this.months[Math.floor(this.held)];
    this.#rest();
    if (month !== undefined) this.page.go(monthEnd(month));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = Math.floor(this.held ?? this.#here());
    const steps = { ArrowUp: -1, ArrowRight: -1, ArrowDown: 1, ArrowLeft: 1, PageUp: -12, PageDown: 12 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step !== undefined) this.#hold(now + step);
    else if (event.key === 'Home') this.#hold(0);
    else if (event.key === 'End') this.#hold(this.months.length - 1);
    else return;
    event.preventDefault();
    if (this.resting !== null) clearTimeout(this.resting);
    this.resting = setTimeout(() => this.#letGo(), REST_MS);
  }

  /** @param {PointerEvent} event */
  #grab(event) {
    if (event.button !== 0) return;
    this.root.setPointerCapture(event.pointerId);
    this.#to(event);
  }

  /** @param {PointerEvent} event */
  #drag(event) {
    if (this.held !== null && this.root.hasPointerCapture(event.pointerId)) this.#to(event);
  }

  /** @param {PointerEvent} event */
  #to(event) {
    const box = this.years.getBoundingClientRect();
    this.#hold(((event.clientY - box.top) / box.height) * this.months.length);
  }
}
