/**
 * A tokenizer for XML 1.0 with namespaces, as far as XMP needs it. Workers have no DOMParser, and edits need offsets.
 * It reads code units: bytes of UTF-8 or units of UTF-16; markup is ASCII in both. Linear, without recursion.
 *
 * @typedef {ArrayLike<number> & { length: number }} Units
 * @typedef {{ from: number, to: number }} Span
 * @typedef {{ prefix: string, name: string, at: Span, value: Span }} Attribute  `at`: with its name and quotes
 * @typedef {{ prefix: string, name: string, from: number, to: number, attributes: Attribute[], closed: boolean }} Tag
 */
import { Unsafe } from './job.js';

const [LT, GT, SLASH, EQUALS, QUOTE, APOSTROPHE, COLON, BANG, QUESTION] = [...'<>/="\':!?'].map((char) =>
  char.charCodeAt(0),
);
/** Longest name, units; and most attributes of one element. */
const LONGEST_NAME = 256;
const MOST_ATTRIBUTES = 4096;

/** @param {number | undefined} unit */
function isSpace(unit) {
  return unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09;
}

/** @param {Units} units @param {number} from @param {number} to */
export function textOf(units, from, to) {
  let text = '';
  for (let i = from; i < to; i += 1) text += String.fromCharCode(units[i] ?? 0);
  return text;
}

/** @param {Units} units @param {number} at @param {string} text */
function has(units, at, text) {
  for (let i = 0; i < text.length; i += 1) if (units[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** @param {Units} units @param {number} from @param {string} text @returns {number} behind the text */
function after(units, from, text) {
  const first = text.charCodeAt(0);
  for (let i = from; i + text.length <= units.length; i += 1)
    if (units[i] === first && has(units, i, text)) return i + text.length;
  throw new Unsafe('the XML ends inside its markup');
}

/**
 * @param {Units} units
 * @param {{ open: (tag: Tag) => void, close: (prefix: string, name: string, from: number, to: number) => void,
 *   text: (from: number, to: number) => void }} handler  an element without content is opened and closed at once
 * @throws {Unsafe} when it is not well-formed, or has a document type, whose entities could hide anything
 */
export function tokenize(units, handler) {
  let at = 0;
  while (at < units.length) {
    let next = at;
    while (next < units.length && units[next] !== LT) next += 1;
    if (next > at) handler.text(at, next);
    if (next >= units.length) return;
    const kind = units[next + 1];
    if (kind === QUESTION) at = after(units, next + 2, '?>');
    else if (kind === BANG) at = declaration(units, next, handler);
    else if (kind === SLASH) at = endTag(units, next, handler);
    else at = startTag(units, next, handler);
  }
}

/** @param {Units} units @param {number} at @param {Parameters<typeof tokenize>[1]} handler */
function declaration(units, at, handler) {
  if (has(units, at, '<!--')) return after(units, at + 4, '-->');
  if (!has(units, at, '<![CDATA[')) throw new Unsafe('the XML has a document type');
  const end = after(units, at + 9, ']]>');
  handler.text(at + 9, end - 3);
  return end;
}

/** @param {Units} units @param {number} at @returns {{ prefix: string, name: string, end: number }} */
function qualifiedName(units, at) {
  let end = at;
  let colon = -1;
  for (let unit = units[end]; end < units.length; unit = units[++end]) {
    if (isSpace(unit) || unit === GT || unit === SLASH || unit === EQUALS || unit === LT) break;
    if (unit === COLON && colon < 0) colon = end;
    if (end - at > LONGEST_NAME) throw new Unsafe('the XML has an endless name');
  }
  if (end === at || end >= units.length) throw new Unsafe('the XML has no name where one is needed');
  return colon < 0
    ? { prefix: '', name: textOf(units, at, end), end }
    : { prefix: textOf(units, at, colon), name: textOf(units, colon + 1, end), end };
}

/** @param {Units} units @param {number} at */
function skipSpace(units, at) {
  let end = at;
  while (isSpace(units[end])) end += 1;
  return end;
}

/** @param {Units} units @param {number} from @param {Parameters<typeof tokenize>[1]} handler */
function endTag(units, from, handler) {
  const { prefix, name, end } = qualifiedName(units, from + 2);
  const close = skipSpace(units, end);
  if (units[close] !== GT) throw new Unsafe('the XML has a broken tag');
  handler.close(prefix, name, from, close + 1);
  return close + 1;
}

/** @param {Units} units @param {number} from @param {Parameters<typeof tokenize>[1]} handler */
function startTag(units, from, handler) {
  const { prefix, name, end } = qualifiedName(units, from + 1);
  /** @type {Attribute[]} */
  const attributes = [];
  let at = skipSpace(units, end);
  while (units[at] !== GT && units[at] !== SLASH) {
    const attribute = readAttribute(units, at);
    attributes.push(attribute);
    if (attributes.length > MOST_ATTRIBUTES) throw new Unsafe('the XML has too many attributes');
    at = skipSpace(units, attribute.at.to);
  }
  const closed = units[at] === SLASH;
  const to = at + (closed ? 2 : 1);
  if (units[to - 1] !== GT) throw new Unsafe('the XML has a broken tag');
  handler.open({ prefix, name, from, to, attributes, closed });
  if (closed) handler.close(prefix, name, to, to);
  return to;
}

/** @param {Units} units @param {number} from @returns {Attribute} */
function readAttribute(units, from) {
  const { prefix, name, end } = qualifiedName(units, from);
  const equals = skipSpace(units, end);
  const start = skipSpace(units, equals + 1);
  const quote = units[start];
  if (units[equals] !== EQUALS || (quote !== QUOTE && quote !== APOSTROPHE))
    throw new Unsafe('the XML has a broken tag');
  let to = start + 1;
  while (to < units.length && units[to] !== quote) to += 1;
  if (to >= units.length) throw new Unsafe('the XML ends inside its markup');
  return { prefix, name, at: { from, to: to + 1 }, value: { from: start + 1, to } };
}
