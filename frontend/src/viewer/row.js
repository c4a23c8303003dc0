/**
 * The pictures that the viewer walks through, under numbers that do not change while some are added before or behind them: the
 * viewer keeps what it has loaded by number.
 */

/** @typedef {import('../types').Picture} Picture */

/** Room for what is newer, when that is not known yet. */
const ROOM = 1_000_000;

export class Row {
  /** @param {Picture[]} pictures  newest first @param {boolean} atStart  nothing is newer than the first */
  constructor(pictures, atStart) {
    this.pictures = [...pictures];
    this.atStart = atStart;
    this.first = atStart ? 0 : ROOM;
  }

  /** One more than the last number. */
  get end() {
    return this.first + this.pictures.length;
  }

  /** @param {number} number */
  at(number) {
    return this.pictures[number - this.first];
  }

  /** @param {string} id */
  numberOf(id) {
    const index = this.pictures.findIndex((picture) => picture.id === id);
    return index < 0 ? -1 : index + this.first;
  }

  /** Takes in what has come to be known at both ends. @param {Picture[]} items  newest first @param {boolean} atStart */
  grow(items, atStart) {
    this.atStart = atStart;
    const first = this.pictures[0];
    const last = this.pictures.at(-1);
    if (!first || !last) return;
    const before = items.filter((picture) => picture.id < first.id);
    // Numbers below zero do not exist: what is published while the first picture is on show waits until the viewer is opened again.
    if (before.length <= this.first) {
      this.pictures.unshift(...before);
      this.first -= before.length;
    }
    this.pictures.push(...items.filter((picture) => picture.id > last.id));
  }

  /** What comes behind it moves up by one. @param {string} id */
  remove(id) {
    this.pictures = this.pictures.filter((picture) => picture.id !== id);
  }
}
