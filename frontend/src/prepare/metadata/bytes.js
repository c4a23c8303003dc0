/** Small helpers for reading and blanking bytes. Pure, but for the buffer that they are given. */

const latin1 = new TextDecoder('latin1');

/** @param {Uint8Array} bytes @param {number} at @param {string} text  characters below 256 */
export function startsWith(bytes, at, text) {
  if (at < 0 || at + text.length > bytes.length) return false;
  for (let i = 0; i < text.length; i += 1) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** @param {string} text  characters below 256 */
export function bytesOf(text) {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

/** @param {Uint8Array} bytes @returns {string} one character for each byte; ASCII stays, others are only distinct */
export function ascii(bytes) {
  return latin1.decode(bytes);
}

/** @param {Uint8Array} bytes */
export function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * @param {Uint8Array} bytes
 * @param {string} text  characters below 256
 * @param {number} [from]
 * @returns {number} where the text begins, or -1
 */
export function indexOf(bytes, text, from = 0) {
  const first = text.charCodeAt(0);
  for (let i = bytes.indexOf(first, from); i >= 0; i = bytes.indexOf(first, i + 1)) {
    if (startsWith(bytes, i, text)) return i;
  }
  return -1;
}

/**
 * Overwrites a range with one value.
 *
 * @param {Uint8Array} bytes
 * @param {number} from
 * @param {number} to
 * @param {number} [value]
 * @returns {boolean} whether a byte changed
 */
export function blank(bytes, from, to, value = 0) {
  const range = bytes.subarray(from, to);
  if (range.every((byte) => byte === value)) return false;
  range.fill(value);
  return true;
}
