/** Computes the SHA-256 of a blob in the fastest way available. */
import { sha256 as incremental } from '@noble/hashes/sha2.js';

/** Largest blob that is read into memory whole for `crypto.subtle`, bytes. */
export const WHOLE = 128 * 1024 * 1024;

/**
 * @param {Blob | Uint8Array} source
 * @param {SubtleCrypto | undefined} [subtle]  undefined without a secure context
 * @returns {Promise<string>} base64, 44 characters
 */
export async function sha256(source, subtle = globalThis.crypto?.subtle) {
  const inMemory = source instanceof Uint8Array;
  if (subtle && (inMemory || source.size <= WHOLE)) {
    const bytes = /** @type {BufferSource} */ (inMemory ? source : await source.arrayBuffer());
    return base64(new Uint8Array(await subtle.digest('SHA-256', bytes)));
  }
  if (inMemory) return base64(incremental(source));
  // Hash in pieces: `crypto.subtle` is missing without a secure context, and it cannot read streams.
  const hash = incremental.create();
  const reader = source.stream().getReader();
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

/** @param {Uint8Array} bytes  RFC 4648, section 5, without padding */
export function base64url(bytes) {
  return base64(bytes)
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/={1,2}$/, '');
}
