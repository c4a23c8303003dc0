/** Reads a picture's details from its original in storage. Loaded, with the reader's library, when details are opened. */
import ExifReader from 'exifreader';
import { parseXml } from '../../trusted.js';
import { factsOf, WANTED } from './facts.js';
import { furtherRange, headRange, indexFile, piecesOf } from './ranges.js';

/** @typedef {import('./facts.js').Facts} Facts */
/** @typedef {import('./ranges.js').Range} Range */
/** @typedef {(range: Range) => Promise<Uint8Array>} Source */
/** @typedef {Pick<DOMParser, 'parseFromString'>} XmlParser */
/** @typedef {import('exifreader').ExpandedTags} Found */

const DAY_MS = 86_400_000;

/** The metadata in the file make no sense. */
export class Unreadable extends Error {}

/**
 * @param {Source} source  reads a range of the original; its errors are passed on
 * @param {Pick<import('../../types').Picture, 'size' | 'uploaded_at'>} picture
 * @param {XmlParser} [parser]  for XMP; by default the reader's own
 * @returns {Promise<Facts>}
 * @throws {Unreadable}
 */
export async function readFacts(source, picture, parser) {
  const head = await source(headRange(picture.size));
  const first = parse(head, parser);
  const index = first.metadataRange;
  const range = furtherRange(head, picture.size, index);
  const more = range === null ? [] : await furtherPieces(source, head, range, index);
  const found = [...more.map((piece) => parsePiece(piece, parser)), first];
  // A camera's clock may be a day ahead of the gallery's, as in the catalog.
  return factsOf(merged(found), Date.parse(picture.uploaded_at) + DAY_MS);
}

/** @param {Source} source @param {Uint8Array} head @param {Range} range @param {import('./ranges.js').Index} index */
async function furtherPieces(source, head, range, index) {
  const more = await source(range);
  const behind = indexFile(head, range, more);
  return piecesOf(head, range, more, behind === null ? index : parsePiece(behind).metadataRange);
}

/** @param {Uint8Array} bytes @param {XmlParser} [parser] @returns {Found} */
function parse(bytes, parser) {
  try {
    return ExifReader.loadView(new DataView(bytes.slice().buffer), {
      expanded: true,
      includeOffsets: true,
      includeTags: WANTED,
      ...(parser ? { domParser: parser } : {}),
    });
  } catch (error) {
    // It is not an error that a file has no metadata.
    if (error instanceof ExifReader.errors.MetadataMissingError) return {};
    throw new Unreadable('The metadata cannot be read', { cause: error });
  }
}

/**
 * What a second range holds may be cut off or nonsense; then the head's tags are all there is.
 *
 * @param {Uint8Array} bytes @param {XmlParser} [parser] @returns {Found}
 */
function parsePiece(bytes, parser) {
  try {
    return parse(bytes, parser);
  } catch (error) {
    if (error instanceof Unreadable) return {};
    throw error;
  }
}

/** @param {Found[]} all  what was found later comes first @returns {import('./facts.js').Tags} */
function merged(all) {
  const group = (/** @type {'exif' | 'iptc' | 'xmp' | 'pngText'} */ name) =>
    Object.assign({}, ...all.map((found) => found[name] ?? {}).reverse());
  return { exif: group('exif'), iptc: group('iptc'), xmp: group('xmp'), pngText: group('pngText') };
}

/**
 * Refuses XMP with a document type: XMP needs none, and its entities could make a short text very long.
 *
 * @param {XmlParser} parser @returns {XmlParser}
 */
export function xmpParser(parser) {
  return {
    parseFromString(text) {
      if (/<!doctype/i.test(text)) throw new Error('XMP with a document type');
      return parseXml(text, parser);
    },
  };
}

/**
 * @param {string} url  signed, of the original
 * @param {AbortSignal} signal
 * @returns {Source} fails with an Error when storage does not answer with the range
 */
export function rangesOf(url, signal) {
  return async ({ start, end }) => {
    const response = await fetch(url, { headers: { range: `bytes=${start}-${end - 1}` }, signal });
    // Any other status may bring the whole file.
    if (response.status !== 206) {
      await response.body?.cancel();
      throw new Error(`Storage answered a range with ${response.status}`);
    }
    return new Uint8Array(await response.arrayBuffer());
  };
}
