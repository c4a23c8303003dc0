/** Which day each picture belongs to: the grid's date headers. Pure. */

/**
 * @param {{ uploaded_at: string }[]} pictures  newest first
 * @returns {{ starts: number[], days: Date[] }} the first index of each day, in the reader's time zone
 */
export function byDay(pictures) {
  /** @type {number[]} */
  const starts = [];
  /** @type {Date[]} */
  const days = [];
  let until = -Infinity;
  let since = Infinity;
  pictures.forEach((picture, index) => {
    const time = Date.parse(picture.uploaded_at);
    if (time >= since && time < until) return;
    const day = new Date(time);
    day.setHours(0, 0, 0, 0);
    since = day.getTime();
    until = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 1).getTime();
    starts.push(index);
    days.push(day);
  });
  return { starts, days };
}
