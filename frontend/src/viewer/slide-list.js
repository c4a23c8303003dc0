/**
 * The pictures in the viewer. Each has a slide index, which stays the same while pictures are added at either end:
 * PhotoSwipe caches loaded slides by index.
 */

/** @typedef {import('../types').Picture} Picture */

/** Slide indexes reserved for newer pictures while their count is unknown. */
const RESERVED = 1_000_000;

export class SlideList {
  /** @param {Picture[]} pictures  newest first @param {boolean} atStart  nothing is newer than the first */
  constructor(pictures, atStart) {
    this.pictures = [...pictures];
    this.atStart = atStart;
    /** The slide index of the first picture. */
    this.offset = atStart ? 0 : RESERVED;
  }

  /** The slide index after the last one. */
  get end() {
    return this.offset + this.pictures.length;
  }

  /** @param {number} slideIndex */
  at(slideIndex) {
    return this.pictures[slideIndex - this.offset];
  }

  /** @param {string} id */
  slideIndexOf(id) {
    const index = this.pictures.findIndex((picture) => picture.id === id);
    return index < 0 ? -1 : index + this.offset;
  }

  /** Adds newly loaded pictures at both ends. @param {Picture[]} items  newest first @param {boolean} atStart */
  grow(items, atStart) {
    this.atStart = atStart;
    const first = this.pictures[0];
    const last = this.pictures.at(-1);
    if (!first || !last) return;
    const before = items.filter((picture) => picture.id < first.id);
    // Indexes below zero do not exist: when too few reserved ones are left, newer pictures wait until the viewer is
    // opened again.
    if (before.length <= this.offset) {
      this.pictures.unshift(...before);
      this.offset -= before.length;
    }
    this.pictures.push(...items.filter((picture) => picture.id > last.id));
  }

  /** Removes a picture; the pictures after it move up by one. @param {string} id */
  remove(id) {
    this.pictures = this.pictures.filter((picture) => picture.id !== id);
  }
}
