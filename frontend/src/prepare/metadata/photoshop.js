/** Edits Photoshop's image resources ("8BIM" blocks): IPTC, EXIF, XMP and the thumbnail inside. */
import { md5 } from '@noble/hashes/legacy.js';
import { bytesOf, startsWith, viewOf } from './bytes.js';
import { editIptc } from './iptc.js';
import { editEmbedded } from './nested.js';
import { editText } from './texts.js';
import { editTiff } from './tiff.js';
import { editXmp } from './xmp.js';

const KINDS = ['8BIM', 'PHUT', 'DCSR', 'AgHg', 'MeSa'];
const IPTC = 0x0404;
const DIGEST = 0x0425;
const XMP = 0x0424;
const EXIF = new Set([0x0422, 0x0423]);
const THUMBNAILS = new Set([0x0409, 0x040c]);
/** A caption as a Pascal string. */
const CAPTION = 0x03f0;
/** Bytes before the JPEG of a thumbnail. */
const THUMBNAIL_HEAD = 28;

/**
 * @param {Uint8Array} bytes  edited in place
 * @param {import('./job.js').Job} job
 */
export async function editPhotoshop(bytes, job) {
  const view = viewOf(bytes);
  /** @type {{ before: Uint8Array, after: Uint8Array } | null} */
  let iptc = null;
  /** @type {Uint8Array | null} */
  let digest = null;
  let at = 0;
  while (at + 12 <= bytes.length && KINDS.some((kind) => startsWith(bytes, at, kind))) {
    const id = view.getUint16(at + 4);
    const named = at + 7 + (bytes[at + 6] ?? 0);
    const start = named + (named & 1 ? 1 : 0) + 4;
    if (start > bytes.length) break;
    const end = start + view.getUint32(start - 4);
    if (end > bytes.length) break;
    const data = bytes.subarray(start, end);
    if (id === IPTC) {
      const before = md5(data);
      editIptc(data, job);
      iptc = { before, after: md5(data) };
    } else if (id === DIGEST) digest = data;
    else if (id === XMP) await editXmp(data, job);
    else if (EXIF.has(id)) await editTiff(data, job);
    else if (THUMBNAILS.has(id)) await editEmbedded(data.subarray(THUMBNAIL_HEAD), job);
    else if (id === CAPTION) editText(data.subarray(1), job);
    at = end + ((end - start) & 1);
  }
  // A damaged resource: records can still be found in it.
  editIptc(bytes.subarray(at), job, false);
  // Programs compare the digest to learn whether IPTC and XMP still agree. One that did not fit stays wrong.
  if (iptc && digest && same(digest, iptc.before)) digest.set(iptc.after);
}

/** @param {Uint8Array} a @param {Uint8Array} b */
function same(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** @param {Uint8Array} bytes @returns {Uint8Array} MD5 as 32 capital hexadecimal digits */
export function guidOf(bytes) {
  return bytesOf(
    [...md5(bytes)]
      .map((byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .toUpperCase(),
  );
}
