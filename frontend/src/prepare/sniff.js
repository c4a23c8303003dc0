/** Detects a file's type from its first bytes: its name and declared type are only claims. */

/** @param {Uint8Array} b @param {number} at @param {string} text */
const has = (b, at, text) => [...text].every((char, index) => b[at + index] === char.charCodeAt(0));

/**
 * @param {Uint8Array} head  the first 32 bytes or more
 * @returns {import('../types').NewFile['content_type'] | null} a media type that the gallery accepts, or null
 */
export function sniff(head) {
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'image/jpeg';
  if (head[0] === 0x89 && has(head, 1, 'PNG\r\n\x1a\n')) return 'image/png';
  if (has(head, 0, 'GIF87a') || has(head, 0, 'GIF89a')) return 'image/gif';
  if (has(head, 0, 'RIFF') && has(head, 8, 'WEBP')) return 'image/webp';
  if (has(head, 4, 'ftyp')) {
    const brands = new TextDecoder('latin1').decode(head.subarray(8, 64));
    if (/^avi[fs]/.test(brands)) return 'image/avif';
    if (/^(heic|heix|hevc|hevx|heim|heis)/.test(brands)) return 'image/heic';
    if (/avi[fs]/.test(brands)) return 'image/avif';
    if (/hei[cxms]/.test(brands)) return 'image/heic';
  }
  return null;
}
