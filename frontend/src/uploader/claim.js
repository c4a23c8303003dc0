/** Builds the claim that an upload ticket is requested with. Pure. */

/**
 * @param {string} filename
 * @param {import('../types').Prepared} prepared
 * @returns {import('../types').NewFile}
 */
export function claimOf(filename, prepared) {
  /** @type {import('../types').NewFile} */
  const claim = { filename, content_type: prepared.contentType, size: prepared.blob.size };
  if (prepared.sha256 !== null) claim.sha256 = prepared.sha256;
  if (prepared.thumbhash !== null) claim.thumbhash = prepared.thumbhash;
  if (prepared.preview !== null) {
    const { blob, contentType, sha256 } = prepared.preview;
    claim.thumbnail = { content_type: contentType, size: blob.size, sha256 };
  }
  return claim;
}

/**
 * Tells whether an earlier claim still matches the bytes that would be sent now.
 *
 * @param {import('../types').NewFile} claim
 * @param {import('../types').Prepared} prepared
 */
export function fits(claim, prepared) {
  return (
    claim.size === prepared.blob.size &&
    claim.content_type === prepared.contentType &&
    (claim.sha256 ?? null) === prepared.sha256
  );
}
