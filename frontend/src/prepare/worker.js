/**
 * Prepares a file in a worker: detects the type, removes the location in place, computes SHA-256, preview and placeholder. Each
 * message gets one answer: `{ file, keepAll, inParts }` → `{ made: prepared }`, `{ blob }` → `{ made: its SHA-256 }`,
 * or `{ refused, detail? }`.
 */
import { base64url, sha256, WHOLE } from './hash.js';
import { removeLocation } from './metadata/index.js';
import { preview } from './preview.js';
import { sniff } from './sniff.js';

/**
 * @param {File} file
 * @param {{ keepAll: boolean, inParts: boolean }} options
 * @returns {Promise<import('../types').Prepared | null>} null when the gallery does not accept this type
 */
async function prepare(file, { keepAll, inParts }) {
  const contentType = sniff(new Uint8Array(await file.slice(0, 64).arrayBuffer()));
  if (contentType === null) return null;
  // A file that is hashed is read whole anyway: cleaning it costs no second reading.
  const whole = !inParts && file.size <= WHOLE ? new Uint8Array(await file.arrayBuffer()) : null;
  const { blob, bytes, location, removed } = keepAll
    ? { blob: file, bytes: whole, location: /** @type {const} */ ('kept'), removed: [] }
    : await removeLocation(file, contentType, whole);
  const [hash, seen] = await Promise.all([inParts ? null : sha256(bytes ?? blob), preview(blob)]);
  /** @type {import('../types').Prepared['preview']} */
  let small = null;
  if (seen?.preview) {
    const type = /** @type {import('../types').NewPreview['content_type']} */ (seen.preview.type);
    small = { blob: seen.preview, contentType: type, sha256: await sha256(seen.preview) };
  }
  return {
    blob,
    contentType,
    sha256: hash,
    width: seen?.width ?? null,
    height: seen?.height ?? null,
    thumbhash: seen ? base64url(seen.thumbhash) : null,
    preview: small,
    location,
    removed,
  };
}

self.addEventListener('message', async (/** @type {MessageEvent} */ { data }) => {
  try {
    const made = await (data.blob ? sha256(data.blob) : prepare(data.file, data));
    self.postMessage(made === null ? { refused: 'error.type' } : { made });
  } catch (error) {
    // The file was moved, changed or unplugged after it was chosen, so it can no longer be read.
    self.postMessage({ refused: 'error.unreadable', detail: String(error) });
  }
});
