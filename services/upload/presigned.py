"""Signs the requests with which a browser sends a file. The signature holds everything that storage must enforce."""

from collections.abc import Callable
from dataclasses import dataclass

from common.domain.images import rfc3339
from common.domain.keys import staging_key, staging_preview_key
from common.domain.tokens import Claims
from common.s3.signing import Signer
from upload.api.schemas import Multipart, Permit, SignedPart, SignedParts, SignedPreview, SignedPut
from upload.lifecycle.metadata import metadata_for
from upload.limits import PUT_SECONDS
from upload.multipart.checksum_notes import Checksums
from upload.multipart.part_sizes import MIN_PART, SINGLE_PUT, PartLayout


@dataclass(frozen=True)
class PresignedRequests:
    """Signs PUTs below staging/, with an identity that may do nothing else."""

    current_signer: Callable[[], Signer]

    def for_upload(self, claims: Claims, now: int) -> Permit:
        """Return the signed PUTs of one upload, or how to split it. ``now`` in seconds since 1970."""
        signer = self.current_signer()
        permit = Permit(expires_at=_end(signer, now))
        if claims.part_size != SINGLE_PUT:
            layout = PartLayout(claims.size, claims.part_size)
            permit.multipart = Multipart(layout.part_size, layout.count)
        else:
            key, metadata = staging_key(claims.id), metadata_for(claims)
            permit.put = _put(signer, key, claims.content_type, claims.size, claims.sha256, metadata, now)
        if preview := claims.preview:
            key = staging_preview_key(claims.id)
            put = _put(signer, key, preview.content_type, preview.size, preview.sha256, {}, now)
            permit.thumbnail = SignedPreview(put)
        return permit

    def for_parts(self, claims: Claims, upload_id: str, checksums: Checksums, now: int) -> SignedParts:
        """Return the signed PUTs of some parts of an upload. ``now`` in seconds since 1970.

        Each part's length and SHA-256 are signed. So is the key, so storage refuses the id of another upload.
        """
        signer = self.current_signer()
        key, layout = staging_key(claims.id), PartLayout(claims.size, claims.part_size)
        parts = []
        for number, sha256 in checksums.items():
            headers = {"x-amz-checksum-sha256": sha256}
            url = _part(signer, key, upload_id, number, {**headers, "content-length": str(layout.length(number))}, now)
            parts.append(SignedPart("PUT", url, headers, number))
        return SignedParts(upload_id, _end(signer, now), parts)

    def for_companion_part(self, claims: Claims, upload_id: str, number: int, now: int) -> str:
        """The URL for a part of 5 MiB, or of the rest. Uppy cannot send a checksum. ``now`` in seconds since 1970."""
        length = str(PartLayout(claims.size, MIN_PART).length(number))
        return _part(self.current_signer(), staging_key(claims.id), upload_id, number, {"content-length": length}, now)


def _end(signer: Signer, now: int) -> str:
    return rfc3339(now + signer.lifetime(now, PUT_SECONDS))


def _part(signer: Signer, key: str, upload_id: str, number: int, headers: dict[str, str], now: int) -> str:
    query = {"partNumber": str(number), "uploadId": upload_id}
    lifetime = signer.lifetime(now, PUT_SECONDS)
    return signer.presign("PUT", key, now=now, expires=lifetime, headers=headers, query=query)


def _put(
    signer: Signer, key: str, content_type: str, size: int, sha256: str, metadata: dict[str, str], now: int
) -> SignedPut:
    """Sign a PUT of exactly these bytes to a key that must be free (S3 user guide, "Conditional writes")."""
    headers = {
        "content-type": content_type,
        "if-none-match": "*",
        "x-amz-checksum-sha256": sha256,
        **{f"x-amz-meta-{name}": value for name, value in metadata.items()},
    }
    # Content-Length is signed but not listed: the browser sets it, and scripts may not.
    signed = {**headers, "content-length": str(size)}
    url = signer.presign("PUT", key, now=now, expires=signer.lifetime(now, PUT_SECONDS), headers=signed)
    return SignedPut("PUT", url, headers)
