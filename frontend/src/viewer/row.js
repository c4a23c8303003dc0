/**
 * The pictures in the viewer, under numbers that stay the same while pictures are added at either end: PhotoSwipe
 * caches loaded slides by number.
 */

/** @typedef {import('../types').Picture} Picture */

/** Numbers reserved for newer pictures while their count is unknown. */
const ROOM = 1_000_000;

export class Row {
  /** @param {Picture[]} pictures  newest first @param {boolean} atStart  nothing is newer than the first */
  constructor(pictures, atStart) {
    this.pictures = [...pictures];
    this.atStart = atStart;
    this.first = atStart ? 0 : ROOM;
  }

  /** The number after the last one. */
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

  /** Adds newly loaded pictures at both ends. @param {Picture[]} items  newest first @param {boolean} atStart */
  grow(items, atStart) {
    this.atStart = atStart;
    const first = this.pictures[0];
    const last = this.pictures.at(-1);
    if (!first || !last) return;
    const before = items.filter((picture) => picture.id < first.id);
    // Numbers below zero do not exist: with no reserved numbers left, newer pictures wait until the viewer is opened
    // again.
    if (before.length <= this.first) {
      this.pictures.unshift(...before);
      this.first -= before.length;
    }
    this.pictures.push(...items.filter((picture) => picture.id > last.id));
  }

  /** Removes a picture; the pictures after it move up by one. @param {string} id */
  remove(id) {
    this.pictures = this.pictures.filter((picture) => picture.id !== id);
  }
}
