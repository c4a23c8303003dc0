/**
 * Edits EXIF blocks (CIPA DC-008, TIFF 6.0) in place: erases the GPS directory, places in makers' notes, free texts
 * with coordinates, and places in the blocks of other standards inside. Nothing moves: offsets stay valid.
 */
import { ascii, indexOf, startsWith, viewOf } from './bytes.js';
import { bytesHoldCoordinates } from './coordinates.js';
import { readDirectory, SIZES } from './directory.js';
import { editIptc } from './iptc.js';
import { Unsafe } from './job.js';
import { placesInMakerNote } from './makernotes.js';
import { editEmbedded } from './nested.js';
import { editPhotoshop } from './photoshop.js';
import { Ranges } from './ranges.js';
import { editXmp } from './xmp.js';

const [SHORT, LONG, IFD] = [3, 4, 13];
const GPS = 0x8825;
/** Tags that point to directories: SubIFDs, EXIF, interoperability; and whether others follow those. */
const DIRECTORIES = new Map([
  [0x014a, { chained: true }],
  [0x8769, { chained: false }],
  [0xa005, { chained: false }],
]);
const MAKER_NOTE = 0x927c;
const MAKE = 0x010f;
const JPEG = '\xff\xd8\xff';
const THUMBNAIL = { at: 0x0201, length: 0x0202 };
/** GeoTIFF: pixel scale, tie points, transformation, directory and its values. */
const GEO_TIFF = new Set([0x830e, 0x8480, 0x8482, 0x85d8, 0x87af, 0x87b0, 0x87b1]);
/** ImageDescription, UserComment, ImageTitle, and Windows' title, comment, keywords and subject. */
const TEXTS = new Set([0x010e, 0x9286, 0xa436, 0x9c9b, 0x9c9c, 0x9c9e, 0x9c9f]);
/** DNGPrivateData: a maker's own block. */
const PRIVATE = 0xc634;
/** Blocks of other standards. @type {Map<number, (bytes: Uint8Array, job: Job) => unknown>} */
const BLOCKS = new Map([
  [0x02bc, editXmp],
  [0x83bb, editIptc],
  [0x8649, editPhotoshop],
]);
const MOST_DIRECTORIES = 64;
const MOST_GPS_ENTRIES = 256;
/** Bytes of free texts in one block that are looked at: many entries may point into one long text. */
const MOST_TEXT = 8 * 1024 * 1024;
/** Bytes of all values of one block, counted as often as entries point to them. */
const MOST_VALUES = 256 * 1024 * 1024;

/**
 * @typedef {import('./job.js').Job} Job
 * @typedef {import('./directory.js').Entry} Entry
 */

/**
 * @param {Uint8Array} bytes  from the byte-order mark on; edited in place
 * @param {Job} job
 * @throws {Unsafe} when the block cannot be read, or when a place shares bytes with something else
 */
export async function editTiff(bytes, job) {
  if (bytes.every((byte) => byte === 0)) return;
  const little = startsWith(bytes, 0, 'II');
  if (bytes.length < 8 || (!little && !startsWith(bytes, 0, 'MM'))) throw new Unsafe('no TIFF header');
  const walk = new Walk(bytes, little, job.inner());
  await walk.run();
}

class Walk {
  /** @param {Uint8Array} bytes @param {boolean} little @param {Job} job */
  constructor(bytes, little, job) {
    this.bytes = bytes;
    this.little = little;
    this.job = job;
    this.view = viewOf(bytes);
    this.ranges = new Ranges();
    this.make = '';
    /** @type {Set<number>} */
    this.seen = new Set();
    /** @type {{ at: number, end: number, entries: Entry[], gone: Set<Entry> }[]} directories that lose entries */
    this.shrinking = [];
    /** Whether a text holds coordinates, by its range. @type {Map<string, boolean>} */
    this.texts = new Map();
    this.textBytes = 0;
    this.valueBytes = 0;
    /** @type {(() => unknown)[]} edits inside of what stays, after the others */
    this.later = [];
  }

  async run() {
    const todo = [{ at: this.view.getUint32(4, this.little), chained: true }];
    this.ranges.keep(0, 8);
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) {
      if (next.at === 0 || this.seen.has(next.at)) continue;
      if (this.seen.size >= MOST_DIRECTORIES) throw new Unsafe('too many directories');
      this.seen.add(next.at);
      todo.push(...this.#directory(next.at, next.chained));
    }
    this.ranges.check();
    this.ranges.apply(this.bytes, this.job.removed);
    for (const directory of this.shrinking) this.#shrink(directory);
    for (const edit of this.later) await edit();
  }

  /**
   * @param {number} at
   * @param {boolean} chained  whether another one may follow. Some programs leave out the pointer to it where none can
   * @returns {{ at: number, chained: boolean }[]} the directories that it leads to
   */
  #directory(at, chained) {
    const { bytes, view, little, ranges } = this;
    const { entries, end, whole } = readDirectory(bytes, at, little, 0);
    /** @type {{ at: number, chained: boolean }[]} */
    const next = [];
    /** @type {Set<Entry>} */
    const gone = new Set();
    let stable = end;
    for (const entry of entries) {
      this.valueBytes += entry.to - entry.from;
      if (this.valueBytes > MOST_VALUES) throw new Unsafe('too many values share their bytes');
      if (this.#loses(entry)) {
        gone.add(entry);
        stable = Math.min(stable, entry.at);
        continue;
      }
      const kind = DIRECTORIES.get(entry.tag);
      if (kind) next.push(...this.#pointers(entry).map((pointer) => ({ at: pointer, ...kind })));
      if (entry.tag === MAKE) this.make = ascii(bytes.subarray(entry.from, entry.to));
      if (entry.tag !== MAKER_NOTE && !entry.inline) this.#keepValue(entry);
    }
    this.#thumbnail(entries);
    ranges.keep(at, stable);
    // The entries behind the first one that goes move up, so nothing else may need their bytes.
    ranges.move(stable, end);
    if (gone.size > 0) {
      if (!whole) throw new Unsafe('a directory is cut');
      this.shrinking.push({ at, end, entries, gone });
    }
    if (chained && whole && end + 4 <= bytes.length) next.push({ at: view.getUint32(end, little), chained });
    return next;
  }

  /**
   * Plans to erase an entry's value.
   *
   * @param {Entry} entry
   * @returns {boolean} whether the entry goes too
   */
  #loses(entry) {
    const { ranges, job } = this;
    if (entry.tag === GPS) return this.#gps(entry);
    if (entry.tag === MAKER_NOTE) return this.#makerNote(entry);
    if (entry.inline || entry.to === 0) return false;
    if (GEO_TIFF.has(entry.tag) || (TEXTS.has(entry.tag) && this.#holdsCoordinates(entry))) {
      job.removed.add('location');
      ranges.blank(entry.from, entry.to, 'location');
      return true;
    }
    if (entry.tag === PRIVATE) ranges.blank(entry.from, entry.to, 'makerNotes');
    return entry.tag === PRIVATE;
  }

  /** @param {Entry} entry  a free text @throws {Unsafe} when there is too much text */
  #holdsCoordinates({ from, to }) {
    const range = `${from}:${to}`;
    const known = this.texts.get(range);
    if (known !== undefined) return known;
    this.textBytes += to - from;
    if (this.textBytes > MOST_TEXT) throw new Unsafe('too much text');
    const found = bytesHoldCoordinates(this.bytes.subarray(from, to));
    this.texts.set(range, found);
    return found;
  }

  /** @param {Entry} entry */
  #gps(entry) {
    const { bytes, view, little, ranges } = this;
    if (entry.count === 0 || view.getUint32(entry.at + 8, little) === 0) return false;
    const at = entry.count === 1 ? this.#offset(entry) : null;
    if (at === null || at + 2 > bytes.length) throw new Unsafe('the GPS directory cannot be found');
    const { entries, end, whole } = readDirectory(bytes, at, little, 0);
    // A bare version number is no place: some cameras always write it.
    if (whole && entries.every(({ tag }) => tag === 0)) return false;
    if (!whole || entries.length > MOST_GPS_ENTRIES) throw new Unsafe('the GPS directory is damaged');
    ranges.blank(at, end, 'location');
    for (const { from, to, inline } of entries) if (!inline) ranges.blank(from, to, 'location');
    this.job.removed.add('location');
    return true;
  }

  /** @param {Entry} entry @returns {number | null} null when its type holds no offset */
  #offset({ type, at }) {
    if (type === SHORT) return this.view.getUint16(at + 8, this.little);
    return type === LONG || type === IFD ? this.view.getUint32(at + 8, this.little) : null;
  }

  /** @param {Entry} entry */
  #makerNote(entry) {
    const { bytes, ranges } = this;
    if (entry.inline || entry.to === 0) return false;
    const note = { from: entry.from, to: entry.to };
    if (bytes.subarray(note.from, note.to).every((byte) => byte === 0)) return false;
    if (startsWith(bytes, note.from, JPEG)) {
      this.#keepValue(entry);
      return false;
    }
    const places = placesInMakerNote(bytes, note, this.make, this.little);
    if (places === null) {
      ranges.blank(note.from, note.to, 'makerNotes');
      return true;
    }
    let kept = note.from;
    for (const { from, to, value } of places.sort((a, b) => a.from - b.from)) {
      ranges.keep(kept, from);
      ranges.blank(from, to, 'location', value);
      kept = to;
    }
    ranges.keep(kept, note.to);
    this.later.push(() => editPreviews(bytes.subarray(note.from, note.to), this.job));
    return false;
  }

  /** @param {Entry} entry  its value stays */
  #keepValue(entry) {
    const { bytes, ranges, job } = this;
    ranges.keep(entry.from, entry.to);
    const value = bytes.subarray(entry.from, entry.to);
    const block = BLOCKS.get(entry.tag);
    if (block) this.later.push(() => block(value, job));
    else if (startsWith(value, 0, JPEG)) this.later.push(() => editEmbedded(value, job));
  }

  /** @param {Entry} entry @returns {number[]} */
  #pointers({ type, count, from, to }) {
    if (SIZES[type] !== 4 || to === 0) return [];
    return Array.from({ length: Math.min(count, MOST_DIRECTORIES) }, (_, i) =>
      this.view.getUint32(from + i * 4, this.little),
    );
  }

  /** @param {Entry[]} entries  of a directory that may describe a JPEG thumbnail */
  #thumbnail(entries) {
    /** @param {number} wanted */
    const value = (wanted) => {
      const entry = entries.find(({ tag }) => tag === wanted);
      return entry && SIZES[entry.type] === 4 ? this.view.getUint32(entry.from, this.little) : 0;
    };
    const at = value(THUMBNAIL.at);
    const end = Math.min(at + value(THUMBNAIL.length), this.bytes.length);
    if (at === 0 || end <= at) return;
    this.ranges.keep(at, end);
    this.later.push(() => editEmbedded(this.bytes.subarray(at, end), this.job));
  }

  /** Closes the gaps in a directory. What it points to stays where it is. @param {Walk['shrinking'][number]} directory */
  #shrink({ at, end, entries, gone }) {
    const { bytes, view, little } = this;
    const rest = entries.filter((entry) => !gone.has(entry)).map((entry) => bytes.slice(entry.at, entry.at + 12));
    const next = end + 4 <= bytes.length ? bytes.slice(end, end + 4) : new Uint8Array(4);
    view.setUint16(at, rest.length, little);
    let to = at + 2;
    for (const entry of rest) {
      bytes.set(entry, to);
      to += 12;
    }
    bytes.set(next, to);
    bytes.fill(0, to + 4, end);
  }
}

/**
 * Cleans the EXIF blocks of previews in a maker's note, wherever they are in it.
 *
 * @param {Uint8Array} note
 * @param {Job} job
 */
async function editPreviews(note, job) {
  for (let at = indexOf(note, 'Exif\0\0'); at >= 0; at = indexOf(note, 'Exif\0\0', at + 6)) {
    if (at < 4 || note[at - 4] !== 0xff || note[at - 3] !== 0xe1) continue;
    const end = at - 2 + viewOf(note).getUint16(at - 2);
    const mark = ascii(note.subarray(at + 6, at + 8));
    if (mark === 'II' || mark === 'MM') await editTiff(note.subarray(at + 6, end), job);
  }
}
