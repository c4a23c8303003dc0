/** The headings of the days that are near the window. */
import { day } from '../i18n/format.js';
import { make } from '../ui/dom.js';

/** Height that a heading takes, pixels. */
export const HEADER = 52;
/** How far its words stand above the row. */
const BASE = 30;
/** Less width than this takes a date in its short form, pixels. */
const ROOMY = 300;

export class Heads {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    /** @type {Map<number, HTMLElement>} */
    this.shown = new Map();
  }

  /**
   * @param {import('./layout.js').Headers} places  of all headings, from the top
   * @param {Date[]} days
   * @param {number} from  pixels
   * @param {number} to
   */
  render(places, days, from, to) {
    const now = new Date();
    for (const [group, head] of this.shown) {
      const y = places.y[group] ?? -Infinity;
      if (y >= from - HEADER && y <= to) continue;
      head.remove();
      this.shown.delete(group);
    }
    places.y.forEach((y, group) => {
      const date = days[group];
      if (!date || y < from - HEADER || y > to || this.shown.has(group)) return;
      const [x = 0, w = 0] = [places.x[group], places.w[group]];
      const head = make('div', 'day', [day(date, now, w < ROOMY)]);
      // The list holds pictures only; each of them says its day itself.
      head.setAttribute('role', 'presentation');
      head.style.transform = `translate(${x}px, ${y + HEADER - BASE}px)`;
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
