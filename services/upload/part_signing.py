"""Signs URLs for the parts of an upload, and lists the parts that storage has."""

from common.domain.tokens import Claims
from common.http.problems import BadRequest, TooLarge
from upload.api.schemas import CompanionPart, CompanionUrl, FoundPart, FoundParts, NewParts, SignedParts
from upload.dependencies import Dependencies
from upload.limits import PUT_SECONDS
from upload.multipart.part_sizes import MIN_PART, PartLayout
from upload.part_requests import checked_upload_id, checksums_of


def sign_parts(ours: Dependencies, claims: Claims, wanted: NewParts) -> SignedParts:
    """Sign URLs for parts that are about to be sent. The first call starts the multipart upload.

    Raises BadRequest, StorageUnavailable.
    """
    checksums = checksums_of(wanted.parts, PartLayout(claims.size, claims.part_size))
    known = None if wanted.upload_id is None else checked_upload_id(wanted.upload_id)
    if known and not checksums:
        raise BadRequest("parts is empty: list the parts to sign.", pointer="/parts")
    now = ours.clock()
    upload_id = known or ours.multipart.begin(claims)
    if checksums:
        ours.multipart.note(claims, upload_id, checksums, now)
    return ours.presigned.for_parts(claims, upload_id, checksums, int(now))


def found_parts(ours: Dependencies, claims: Claims, upload_id: str) -> FoundParts:
    """Return the parts that storage has. The others must still be sent."""
    layout = PartLayout(claims.size, claims.part_size)
    parts = ours.multipart.found(claims, upload_id)
    found = [FoundPart(part_number=part.number, size=part.size, etag=part.etag, sha256=part.sha256) for part in parts]
    return FoundParts(upload_id, layout.part_size, layout.count, found)


def sign_any_part(ours: Dependencies, claims: Claims, upload_id: str, number: int) -> CompanionUrl:
    """Sign the URL for one part of any length. Raises TooLarge if the other parts already reach the limit."""
    limit = ours.settings.max_upload_bytes
    before = sum(part.size for part in ours.multipart.sent(claims, upload_id) if part.number != number)
    # Every part except the last has at least 5 MiB, so the part number gives a minimum for the file's size.
    if before >= limit or (number - 1) * MIN_PART >= limit:
        raise TooLarge(f"The file is too large; at most {limit} bytes are accepted.", limit=limit)
    return CompanionUrl(ours.presigned.for_any_part(claims, upload_id, number, int(ours.clock())), PUT_SECONDS)


def sent_parts(ours: Dependencies, claims: Claims, upload_id: str) -> list[CompanionPart]:
    """Return the parts that storage has; for a published file all possible ones, so that none is sent again."""
    return [CompanionPart(part.number, part.size, part.etag) for part in ours.multipart.sent(claims, upload_id)]
