"""Signs URLs for the parts of an upload, and lists the parts that storage has."""

from common.domain.tokens import Claims
from common.http.problems import BadRequest
from upload.api.schemas import CompanionPart, CompanionUrl, FoundPart, FoundParts, NewParts, SignedParts
from upload.dependencies import Dependencies
from upload.limits import PUT_SECONDS
from upload.multipart.part_sizes import MIN_PART, PartLayout
from upload.multipart.requests import checked_upload_id, checksums_of


def sign_parts(deps: Dependencies, claims: Claims, wanted: NewParts, client: str) -> SignedParts:
    """Sign URLs for parts that are about to be sent. A call without an upload id starts a multipart upload.

    The bytes of the first one were counted with the permission; those of each further one count again towards the
    budget of ``client`` (budget/client_address.py). Raises BadRequest, OverBudget, DiskNearlyFull, StorageUnavailable.
    """
    checksums = checksums_of(wanted.parts, PartLayout(claims.size, claims.part_size))
    known = None if wanted.upload_id is None else checked_upload_id(wanted.upload_id)
    if known and not checksums:
        raise BadRequest("parts is empty: list the parts to sign.", pointer="/parts")
    if not known and (refusal := deps.admission.admit_parts(client, claims.id, claims.size)):
        raise refusal
    now = deps.clock()
    upload_id = known or deps.multipart.begin(claims)
    if checksums:
        deps.multipart.record_checksums(claims, upload_id, checksums, now)
    return deps.presigned.for_parts(claims, upload_id, checksums, int(now))


def list_parts(deps: Dependencies, claims: Claims, upload_id: str) -> FoundParts:
    """Return the parts that storage has. The others must still be sent."""
    layout = PartLayout(claims.size, claims.part_size)
    parts = deps.multipart.list_parts(claims, upload_id)
    found = [FoundPart(part_number=part.number, size=part.size, etag=part.etag, sha256=part.sha256) for part in parts]
    return FoundParts(upload_id, layout.part_size, layout.count, found)


def sign_companion_part(deps: Dependencies, claims: Claims, upload_id: str, number: int) -> CompanionUrl:
    """Return the URL for one part, whose length is signed. Raises BadRequest for a part beyond the end of the file.

    It looks the upload up first, so that Uppy learns of a cancel before it sends. So it also raises the same as
    MultipartUploads.list_companion_parts.
    """
    count = PartLayout(claims.size, MIN_PART).count
    if number > count:
        raise BadRequest(f"A file of {claims.size} bytes has parts 1 to {count}.")
    deps.multipart.list_companion_parts(claims, upload_id)
    return CompanionUrl(deps.presigned.for_companion_part(claims, upload_id, number, int(deps.clock())), PUT_SECONDS)


def list_companion_parts(deps: Dependencies, claims: Claims, upload_id: str) -> list[CompanionPart]:
    """Return the parts that storage has; for a published file all possible ones, so that none is sent again."""
    return [
        CompanionPart(part.number, part.size, part.etag)
        for part in deps.multipart.list_companion_parts(claims, upload_id)
    ]
