/** The months that have pictures: used by the scrubber, and to find newer pictures when scrolling up. */
import { timeOf } from './stretch.js';

/** How long the answer is cached, milliseconds: it changes about once a month. */
const KEPT_MS = 600_000;
/** @type {import('../types').Months} */
const NOTHING = { newest: null, oldest: null, months: [] };

/** Event: `changed`. */
export class Timeline extends EventTarget {
  /** @param {() => Promise<import('../types').Months>} ask */
  constructor(ask) {
    super();
    this.ask = ask;
    this.known = NOTHING;
    this.until = 0;
    /** @type {Promise<import('../types').Months> | null} */
    this.busy = null;
  }

  /** @returns {Promise<import('../types').Months>} */
  get() {
    if (this.until > Date.now()) return Promise.resolve(this.known);
    this.busy ??= this.ask()
      .then((answer) => {
        this.known = answer;
        this.until = Date.now() + KEPT_MS;
        this.dispatchEvent(new Event('changed'));
        return answer;
      })
      .finally(() => {
        this.busy = null;
      });
    return this.busy;
  }

  /** @param {import('../types').Picture} picture  a new picture, perhaps the first of its month */
  meet(picture) {
    const month = picture.uploaded_at.slice(0, 7);
    if (this.until === 0 || (this.known.newest !== null && timeOf(picture) <= Date.parse(this.known.newest))) return;
    const { months, oldest } = this.known;
    const same = months[0] === month;
    this.known = {
      newest: picture.uploaded_at,
      oldest: oldest ?? picture.uploaded_at,
      months: same ? months : [month, ...months],
    };
    if (!same) this.dispatchEvent(new Event('changed'));
  }
}
