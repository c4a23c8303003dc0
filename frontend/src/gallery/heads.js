/** Renders the headings of the days near the viewport. */
import { day } from '../i18n/format.js';
import { createElement } from '../ui/dom.js';

/** Height of a heading, pixels. */
export const HEADING = 52;
/** Width that the shortest form needs in any language, in rem. */
export const LEAST = 10;
/** Distance of the text above the row, pixels. */
const BASE = 30;
/** Widths that the long form and the form with abbreviated weekday and month need, in rem. */
const LONG = 19;
const MIDDLE = 12.5;

export class Heads {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Map<number, HTMLElement>} */
    this.shown = new Map();
  }

  /**
   * @param {import('./layout.js').Headings} places  places of all headings, from the top
   * @param {Date[]} days
   * @param {number} from  pixels
   * @param {number} to
   * @param {number} rem  pixels
   */
  render(places, days, from, to, rem) {
    const now = new Date();
    for (const [group, head] of this.shown) {
      const y = places.y[group] ?? -Infinity;
      if (y >= from - HEADING && y <= to) continue;
      head.remove();
      this.shown.delete(group);
    }
    places.y.forEach((y, group) => {
      const date = days[group];
      if (!date || y < from - HEADING || y > to || this.shown.has(group)) return;
      const [x = 0, w = 0] = [places.x[group], places.w[group]];
      const head = createElement('div', 'day', [
        day(date, now, w >= LONG * rem ? 'long' : w >= MIDDLE * rem ? 'middle' : 'short'),
      ]);
      // The list contains pictures only; each picture announces its own day.
      head.setAttribute('role', 'presentation');
      head.style.transform = `translate(${x}px, ${y + HEADING - BASE}px)`;
      head.style.maxWidth = `${w}px`;
      this.shown.set(group, head);
      this.root.append(head);
    });
  }

  clear() {
    for (const head of this.shown.values()) head.remove();
    this.shown.clear();
  }
}
