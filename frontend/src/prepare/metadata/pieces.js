/**
 * A cleaned file is a list of pieces: slices of the original, by offset, and a few new bytes. Pixel data is neither
 * copied nor changed.
 *
 * @typedef {{ from: number, to: number } | Uint8Array} Piece
 * @typedef {{ pieces: Piece[] | null }} Plan  null: the file contains no location, send it unchanged
 */

/** Words that metadata uses for locations: GPS tags of XMP, location fields of IPTC and Photoshop. */
const LOCATION_WORDS = /gps|latitude|longitude|location|sublocation|city|country|state|geotag|geo:|place|provenance/i;

/** @param {Uint8Array} bytes  text in any encoding in which these words are ASCII */
export function mentionsLocation(bytes) {
  return LOCATION_WORDS.test(new TextDecoder('latin1').decode(bytes).replaceAll('\0', ''));
}

/** @param {Uint8Array} bytes @param {number} at @param {string} text */
export function startsWith(bytes, at, text) {
  if (at + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/**
 * Adds a slice, and joins it with the previous one if they touch.
 *
 * @param {Piece[]} pieces
 * @param {number} from
 * @param {number} to
 */
export function keepSlice(pieces, from, to) {
  const last = pieces.at(-1);
  if (last && !(last instanceof Uint8Array) && last.to === from) last.to = to;
  else if (to > from) pieces.push({ from, to });
}
