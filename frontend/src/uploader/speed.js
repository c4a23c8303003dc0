/**
 * Measures the upload speed over the last seconds: long enough to be steady, short enough to follow changes.
 */
const WINDOW_MS = 6_000;

export class Speed {
  constructor() {
    /** @type {{ at: number, sent: number }[]} */
    this.marks = [];
  }

  reset() {
    this.marks = [];
  }

  /**
   * @param {number} now  milliseconds
   * @param {number} sent  bytes in all
   */
  mark(now, sent) {
    const last = this.marks.at(-1);
    // A retry lowers the count of sent bytes: start again instead of showing a negative speed.
    if (last && sent < last.sent) this.reset();
    if (last && now - last.at < 200) return;
    this.marks.push({ at: now, sent });
    while (this.marks.length > 2 && this.#age(now) > WINDOW_MS) this.marks.shift();
  }

  /** @param {number} now @returns {number} age of the oldest mark, milliseconds */
  #age(now) {
    return now - (this.marks[0]?.at ?? now);
  }

  /** @returns {number | null} bytes a second; null while there is too little data */
  get bytesPerSecond() {
    const first = this.marks[0];
    const last = this.marks.at(-1);
    if (!first || !last || last.at - first.at < 800) return null;
    return ((last.sent - first.sent) * 1000) / (last.at - first.at);
  }

  /** @param {number} left  bytes @returns {number | null} seconds */
  secondsFor(left) {
    const rate = this.bytesPerSecond;
    return rate === null || rate <= 0 ? null : left / rate;
  }
}
