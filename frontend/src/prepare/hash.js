/** The SHA-256 of a blob, by the quickest way that this context allows. */
import { sha256 as incremental } from '@noble/hashes/sha2.js';

/** Up to this size the whole blob is held in memory for `crypto.subtle`. */
const WHOLE = 128 * 1024 * 1024;

/**
 * @param {Blob} blob
 * @param {SubtleCrypto | undefined} [subtle]  missing without a secure context
 * @returns {Promise<string>} base64, 44 characters
 */
export async function sha256(blob, subtle = globalThis.crypto?.subtle) {
  if (subtle && blob.size <= WHOLE) {
    return base64(new Uint8Array(await subtle.digest('SHA-256', await blob.arrayBuffer())));
  }
  // In pieces: without a secure context there is no `crypto.subtle`, and it takes no stream.
  const hash = incremental.create();
  const reader = blob.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return base64(hash.digest());
    hash.update(value);
  }
}

/** @param {Uint8Array} bytes */
export function base64(bytes) {
  return btoa(String.fromCharCode(...bytes));
}

/** @param {Uint8Array} bytes  RFC 4648, 5, without padding */
export function base64url(bytes) {
  return base64(bytes)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '');
}
