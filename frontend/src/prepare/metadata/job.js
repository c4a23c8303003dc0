/**
 * One cleaning: what has been removed so far, and how deep pictures are nested in pictures.
 *
 * @typedef {import('../../types').Removed} Removed
 * `location`: places · `makerNotes`: notes of a camera maker whose format the page does not know, or whose offsets cannot
 * be trusted · `credentials`: a C2PA manifest · `video`: the video of a motion photo that records its way · `trailer`: data
 * of an unknown kind behind the picture
 *
 * @typedef {(region: import('./region.js').Region, job: Job) => Promise<unknown>} Cleaner
 * @typedef {{ jpeg: Cleaner, png: Cleaner, picture: (region: import('./region.js').Region, job: Job) => Promise<number> }}
 *   Formats  what cleans pictures inside of pictures; `picture`: a JPEG without what hangs behind it, returns its end.
 *   Given to each job, so that the modules of formats need not import each other
 */

/** Deepest nesting: a thumbnail in the EXIF block of a picture in an XMP property of a second image is the fourth. */
const DEEPEST = 6;

/** The file cannot be edited safely, so the person is asked. */
export class Unsafe extends Error {}

export class Job {
  /** @param {Formats} formats @param {Set<Removed>} [removed] @param {number} [depth] */
  constructor(formats, removed = new Set(), depth = 0) {
    this.formats = formats;
    this.removed = removed;
    this.depth = depth;
  }

  /** @returns {Job} for a picture or a block inside this one @throws {Unsafe} when it is nested too deep */
  inner() {
    if (this.depth >= DEEPEST) throw new Unsafe('nested too deep');
    return new Job(this.formats, this.removed, this.depth + 1);
  }
}
