"""The signed requests with which a browser sends a file: everything that storage shall enforce is in the signature."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from common.images import rfc3339
from common.keys import staging_key, staging_preview_key
from common.signing import Signer
from common.tokens import Claims
from upload import staged

PUT_SECONDS = 15 * 60
"""How long a signed PUT is good for. A transfer that began in time may end later."""


@dataclass(frozen=True)
class Permits:
    """Signs PUTs below staging/ with the identity that may do nothing else."""

    signers: Callable[[], Signer]

    def for_upload(self, claims: Claims, now: int) -> dict[str, Any]:
        """The answer's members for one upload: ``put``, ``expires_at`` and, where one was announced, ``thumbnail``.

        ``now`` in seconds since 1970.
        """
        signer = self.signers()
        put = _put(
            signer,
            staging_key(claims.id),
            claims.content_type,
            claims.size,
            claims.sha256,
            staged.metadata_for(claims),
            now,
        )
        permit: dict[str, Any] = {"put": put, "expires_at": rfc3339(now + signer.life(now, PUT_SECONDS))}
        if preview := claims.thumbnail:
            key = staging_preview_key(claims.id)
            permit["thumbnail"] = {
                "put": _put(signer, key, preview.content_type, preview.size, preview.sha256, {}, now)
            }
        return permit


def _put(
    signer: Signer, key: str, content_type: str, size: int, sha256: str, metadata: dict[str, str], now: int
) -> dict[str, Any]:
    """A PUT of exactly these bytes, to a key that must be free (S3 user guide, "Conditional writes")."""
    headers = {
        "content-type": content_type,
        "if-none-match": "*",
        "x-amz-checksum-sha256": sha256,
        **{f"x-amz-meta-{name}": value for name, value in metadata.items()},
    }
    # A browser sets Content-Length itself and lets no script do it: signed, but not among the headers to send.
    signed = {**headers, "content-length": str(size)}
    url = signer.presign("PUT", key, now=now, expires=signer.life(now, PUT_SECONDS), headers=signed)
    return {"method": "PUT", "url": url, "headers": headers}
