/**
 * Edits XMP packets (ISO 16684-1, RDF/XML) in place: properties that hold a place become spaces, so do free texts with
 * coordinates, and pictures inside are cleaned. Properties are found by name and namespace, whatever the prefix, as
 * attributes and as elements with all that is nested in them.
 */
import { bytesOf, startsWith } from './bytes.js';
import { holdsCoordinates, namesCoordinates } from './coordinates.js';
import { Unsafe } from './job.js';
import { editEmbedded } from './nested.js';
import { kindOf } from './places.js';
import { textOf, tokenize } from './xml.js';

const SPACE = 0x20;
const DEEPEST = 256;
const MOST_NAMESPACES = 256;
/** A long value in base64 is data. By chance it may look like a word and a number. */
const DATA = /^[A-Za-z\d+/=\s]{1024,}$/;
const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * @typedef {import('./job.js').Job} Job
 * @typedef {import('./xml.js').Span} Span
 * @typedef {{ prefix: string, name: string, spaces: Map<string, string>, kind: ReturnType<typeof kindOf>, from: number }}
 *   Open  an element that is not closed yet
 * @typedef {{ digests: Span[] }} Findings  bytes of the names of extended XMP
 */

/**
 * @param {Uint8Array} bytes  edited in place
 * @param {Job} job
 * @returns {Promise<Findings>}
 * @throws {Unsafe} when it cannot be read
 */
export async function editXmp(bytes, job) {
  const encoding = encodingOf(bytes);
  if (encoding === null) return { digests: [] };
  const { start, width, little } = encoding;
  const units = unitsOf(bytes, encoding);
  const reader = new Reader(units, width === 1 ? 'utf-8' : 'utf-16');
  tokenize(units, reader);
  if (reader.stack.length > 0) throw new Unsafe('the XML ends inside an element');
  /** @param {number} unit @param {number} value */
  const write = (unit, value) => {
    bytes[start + unit * width + (little ? 0 : width - 1)] = value;
    if (width === 2) bytes[start + unit * 2 + (little ? 1 : 0)] = 0;
  };
  if (reader.blanked.length > 0) reader.blanked.push(...reader.versions);
  for (const { from, to, what } of reader.blanked) {
    for (let unit = from; unit < to; unit += 1) write(unit, SPACE);
    job.removed.add(what);
  }
  for (const { from, to } of reader.pictures) await editPicture(units, from, to, write, job);
  return {
    digests: reader.digests.map(({ from, to }) => ({ from: start + from * width, to: start + to * width })),
  };
}

/**
 * Detects the encoding as XML 1.0, appendix F.
 *
 * @param {Uint8Array} bytes
 * @returns {{ start: number, width: 1 | 2, little: boolean } | null} null when it is blank
 */
function encodingOf(bytes) {
  const first = bytes.findIndex(
    (byte) => byte !== 0 && byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09,
  );
  if (first < 0) return null;
  if (startsWith(bytes, 0, '\xff\xfe')) return { start: 2, width: 2, little: true };
  if (startsWith(bytes, 0, '\xfe\xff')) return { start: 2, width: 2, little: false };
  if (startsWith(bytes, 0, '\xef\xbb\xbf')) return { start: 3, width: 1, little: true };
  if (bytes[0] === 0 && bytes[1] !== 0) return { start: 0, width: 2, little: false };
  if (bytes[1] === 0 && bytes[0] !== 0) return { start: 0, width: 2, little: true };
  return { start: first, width: 1, little: true };
}

/** @param {Uint8Array} bytes @param {NonNullable<ReturnType<typeof encodingOf>>} encoding */
function unitsOf(bytes, { start, width, little }) {
  if (width === 1) return bytes.subarray(start);
  const units = new Uint16Array((bytes.length - start) >> 1);
  for (let i = 0; i < units.length; i += 1) {
    const [one, two] = [bytes[start + i * 2] ?? 0, bytes[start + i * 2 + 1] ?? 0];
    units[i] = little ? one | (two << 8) : two | (one << 8);
  }
  return units;
}

/** Follows the elements and notes what is to be edited. */
class Reader {
  /** @param {import('./xml.js').Units} units @param {'utf-8' | 'utf-16'} encoding */
  constructor(units, encoding) {
    this.units = units;
    this.encoding = encoding;
    /** @type {Open[]} */
    this.stack = [];
    /** @type {(Span & { what: import('./job.js').Removed })[]} */
    this.blanked = [];
    /** The versions of GPS tags, which go with the places. */
    this.versions = /** @type {typeof this.blanked} */ ([]);
    /** @type {Span[]} */
    this.pictures = [];
    /** @type {Span[]} */
    this.digests = [];
  }

  /** @param {import('./xml.js').Tag} tag */
  open({ prefix, name, from, attributes }) {
    const parent = this.stack.at(-1);
    if (this.stack.length >= DEEPEST) throw new Unsafe('the XML is nested too deep');
    const spaces = this.#namespaces(attributes, parent?.spaces ?? new Map());
    if (prefix !== '' && !spaces.has(prefix)) throw new Unsafe('the XML has an undeclared prefix');
    // All inside of such a property belongs to it.
    const kind = parent?.kind ?? kindOf(spaces.get(prefix), name);
    this.stack.push({ prefix, name, spaces, kind, from });
    if (kind === 'place' || kind === 'version') return;
    for (const attribute of attributes) this.#attribute(attribute, spaces, kind);
  }

  /** @param {string} prefix @param {string} name @param {number} _from @param {number} to */
  close(prefix, name, _from, to) {
    const element = this.stack.pop();
    if (!element || element.prefix !== prefix || element.name !== name) throw new Unsafe('the XML has a wrong end tag');
    const whole = element.kind === 'place' || element.kind === 'version' || element.kind === 'credentials';
    if (whole && this.stack.at(-1)?.kind !== element.kind) this.#blank(element.from, to, element.kind);
  }

  /** @param {number} from @param {number} to */
  text(from, to) {
    const kind = this.stack.at(-1)?.kind;
    if (kind === 'text' || kind === 'picture' || kind === 'digest' || kind === null)
      this.#value(kind, { from, to }, { from, to });
  }

  /**
   * @param {import('./xml.js').Attribute[]} attributes
   * @param {Map<string, string>} outer
   */
  #namespaces(attributes, outer) {
    let spaces = outer;
    for (const { prefix, name, value } of attributes) {
      const declares = prefix === 'xmlns' ? name : prefix === '' && name === 'xmlns' ? '' : null;
      if (declares === null) continue;
      if (spaces === outer) spaces = new Map(outer);
      if (spaces.size >= MOST_NAMESPACES) throw new Unsafe('the XML has too many namespaces');
      spaces.set(declares, this.#decode(value));
    }
    return spaces;
  }

  /** @param {import('./xml.js').Attribute} attribute @param {Map<string, string>} spaces @param {Open['kind']} outer */
  #attribute({ prefix, name, at, value }, spaces, outer) {
    if (prefix === '' || prefix === 'xmlns' || prefix === 'xml') return;
    if (!spaces.has(prefix)) throw new Unsafe('the XML has an undeclared prefix');
    const kind = kindOf(spaces.get(prefix), name) ?? (outer === 'text' ? 'text' : null);
    if (kind === 'place' || kind === 'version' || kind === 'credentials') this.#blank(at.from, at.to, kind);
    else this.#value(kind, value, at);
  }

  /** @param {'text' | 'picture' | 'digest' | null} kind @param {Span} value @param {Span} whole  with the attribute's name */
  #value(kind, value, whole) {
    if (kind === 'digest') this.digests.push(value);
    else if (kind === 'picture') this.pictures.push(value);
    else if (this.#isPlace(this.#decode(value), kind)) this.#blank(whole.from, whole.to, 'place');
  }

  /** @param {string} value @param {'text' | null} kind */
  #isPlace(value, kind) {
    return kind === 'text' ? holdsCoordinates(value) : namesCoordinates(value) && !DATA.test(value);
  }

  /** @param {number} from @param {number} to @param {Open['kind']} kind */
  #blank(from, to, kind) {
    const list = kind === 'version' ? this.versions : this.blanked;
    list.push({ from, to, what: kind === 'credentials' ? 'credentials' : 'location' });
  }

  /** @param {Span} span */
  #decode({ from, to }) {
    const { units } = this;
    const text =
      units instanceof Uint8Array ? new TextDecoder().decode(units.subarray(from, to)) : textOf(units, from, to);
    return text.replace(/&(#x[\da-fA-F]{1,6}|#\d{1,7}|\w{1,8});/g, (whole, name) => {
      if (name[0] !== '#') return ENTITIES[/** @type {keyof typeof ENTITIES} */ (name)] ?? whole;
      const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    });
  }
}

const ALPHABET = bytesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const VALUES = new Int16Array(256).fill(-1);
ALPHABET.forEach((char, value) => {
  VALUES[char] = value;
});

/**
 * Cleans a picture in base64 (RFC 4648, section 4), which keeps its length. Line breaks stay, also as references.
 *
 * @param {import('./xml.js').Units} units
 * @param {number} from
 * @param {number} to
 * @param {(unit: number, value: number) => void} write
 * @param {Job} job
 */
async function editPicture(units, from, to, write, job) {
  const places = new Uint32Array(to - from);
  let count = 0;
  for (let i = from; i < to; i += 1) {
    const unit = units[i] ?? 0;
    if (unit === 0x26) while (i < to && units[i] !== 0x3b) i += 1;
    else if (unit < 256 && (VALUES[unit] ?? -1) >= 0) places[count++] = i;
    else if (unit > 0x20 && unit !== 0x3d) return; // no base64, so no picture
  }
  const bytes = new Uint8Array((count * 3) >> 2);
  /** @param {number} index */
  const sixBits = (index) => VALUES[units[places[index] ?? 0] ?? 0] ?? 0;
  for (let i = 0; i < bytes.length; i += 1) {
    const index = Math.floor((i * 4) / 3);
    const shift = (i % 3) * 2 + 2;
    bytes[i] = (sixBits(index) << shift) | (sixBits(index + 1) >> (6 - shift));
  }
  const before = bytes.slice();
  await editEmbedded(bytes, job);
  for (let i = 0; i < bytes.length; i += 3) {
    if (bytes[i] === before[i] && bytes[i + 1] === before[i + 1] && bytes[i + 2] === before[i + 2]) continue;
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    const index = (i / 3) * 4;
    for (let char = 0; char < 4 && index + char < count; char += 1)
      write(places[index + char] ?? 0, ALPHABET[(group >> (18 - char * 6)) & 63] ?? 0);
  }
}
