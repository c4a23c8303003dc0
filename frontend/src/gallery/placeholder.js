/** Turns a thumbhash into a placeholder to show while the picture loads. */
import { thumbHashToDataURL } from 'thumbhash';

const MOST = 2000;
/** @type {Map<string, string>} */
const made = new Map();

/** @param {string | null} hash  base64url @returns {string} a value for background-image, or '' */
export function placeholder(hash) {
  if (!hash) return '';
  const known = made.get(hash);
  if (known !== undefined) return known;
  let css = '';
  try {
    const binary = atob(hash.replaceAll('-', '+').replaceAll('_', '/'));
    css = `url("${thumbHashToDataURL(Uint8Array.from(binary, (char) => char.charCodeAt(0)))}")`;
  } catch {
    // An invalid hash in a key must not keep the picture from showing.
  }
  if (made.size >= MOST) made.clear();
  made.set(hash, css);
  return css;
}
