/** Groups pictures by day, for the grid's date headings. Pure. */

/**
 * @typedef {object} Days  in the reader's time zone
 * @property {number[]} starts  the index of each day's first picture
 * @property {Date[]} days
 * @property {boolean[]} apart  whether the day is in another month than the day before. Each row belongs to one month,
 *   so a change in one month does not move the others
 */

/**
 * @param {{ uploaded_at: string }[]} pictures  newest first
 * @returns {Days}
 */
export function byDay(pictures) {
  /** @type {number[]} */
  const starts = [];
  /** @type {Date[]} */
  const days = [];
  /** @type {boolean[]} */
  const apart = [];
  let until = -Infinity;
  let since = Infinity;
  pictures.forEach((picture, index) => {
    const time = Date.parse(picture.uploaded_at);
    if (time >= since && time < until) return;
    const day = new Date(time);
    day.setHours(0, 0, 0, 0);
    since = day.getTime();
    until = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime();
    const before = days.at(-1);
    apart.push(before?.getMonth() !== day.getMonth() || before.getFullYear() !== day.getFullYear());
    starts.push(index);
    days.push(day);
  });
  return { starts, days, apart };
}
