"""HTTP of the routes that Uppy's S3 plug-in calls at its companion, for uploads in parts (`@uppy/aws-s3` 6).

An unmodified Uppy with `companionEndpoint` and `shouldUseMultipart: true` sends pictures here. It takes the `key` that
it is given for opaque, so that holds the capability token. It tells neither the file's length nor any checksum before
it sends, so storage can enforce neither; what arrived is measured and sniffed before it is published.
"""

import secrets
from typing import Annotated, Any

import msgspec
from flask import Blueprint, request

from common import tokens
from common.keys import make_id
from common.problems import BadRequest, TooLarge
from common.requests import json_body, own_origin
from common.tokens import Claims
from upload.access import check_upload_key, claims_of_key
from upload.background import RETRY_SECONDS
from upload.grants import claims_for_companion
from upload.multipart.part_sizes import MAX_PARTS, MIN_PART
from upload.multipart_views import checked_upload_id
from upload.parts import parts
from upload.permits import PUT_SECONDS

companion = Blueprint("companion", __name__)

Answer = tuple[Any, int] | tuple[Any, int, dict[str, str]]

# A number that names a part; longer ones are no part's, and int() takes digits of other scripts.
_NUMBERS = {str(number): number for number in range(1, MAX_PARTS + 1)}


class NewUpload(msgspec.Struct):
    """What Uppy says of a file. ``metadata`` are its meta fields; of these only ``upload_key`` is read here."""

    filename: str
    type: str
    metadata: dict[str, Any] | None = None


class SentPart(msgspec.Struct):
    part_number: Annotated[int, msgspec.Meta(ge=1, le=MAX_PARTS)] = msgspec.field(name="PartNumber")
    etag: Annotated[str, msgspec.Meta(max_length=128)] = msgspec.field(name="ETag")


class SentParts(msgspec.Struct):
    """Which sendings of which parts make the file, in order."""

    parts: Annotated[list[SentPart], msgspec.Meta(min_length=1, max_length=MAX_PARTS)]


@companion.post("/s3/multipart")
def create() -> Answer:
    """Begin an upload in parts: its id, and the key that opens it."""
    ours = parts()
    said = json_body(NewUpload)
    if ours.settings.upload_key is not None:
        # Uppy sends no headers of one's own to a companion, but any meta field.
        in_metadata = (said.metadata or {}).get("upload_key")
        sent = request.headers.get("X-Upload-Key") or (in_metadata if isinstance(in_metadata, str) else None)
        check_upload_key(ours.settings.upload_key, sent)
    now = ours.clock()
    image_id = make_id(int(now * 1000), 0, secrets.randbits(64))
    claims = claims_for_companion(said.filename, said.type, image_id, int(now))
    upload_id = ours.multipart.begin(claims, with_sha256=False)
    return {"key": tokens.mint(ours.keyring, claims), "uploadId": upload_id}, 200


@companion.get("/s3/multipart/<upload_id>/<part_number>")
def sign_part(upload_id: str, part_number: str) -> Answer:
    """The URL for one part, as long as what was sent before it is within the limit."""
    claims, known = _claims(), checked_upload_id(upload_id)
    number = _NUMBERS.get(part_number)
    if number is None:
        raise BadRequest(f"A part has a number from 1 to {MAX_PARTS}.")
    ours = parts()
    limit = ours.settings.max_upload_bytes
    before = sum(part.size for part in ours.multipart.sent(claims, known) if part.number != number)
    # All parts but the last have at least 5 MiB, so a part's number alone says how long the file must be.
    if before >= limit or (number - 1) * MIN_PART >= limit:
        raise TooLarge(f"The file is too large; at most {limit} bytes are taken here.", limit=limit)
    url = ours.permits.for_any_part(claims, known, number, int(ours.clock()))
    return {"url": url, "expires": PUT_SECONDS}, 200


@companion.get("/s3/multipart/<upload_id>")
def list_parts(upload_id: str) -> Answer:
    """The parts that storage has. Of a file that is published already: all it can have had, so that none is sent."""
    claims, known = _claims(), checked_upload_id(upload_id)
    found = parts().multipart.sent(claims, known)
    return [{"PartNumber": part.number, "Size": part.size, "ETag": part.etag} for part in found], 200


@companion.post("/s3/multipart/<upload_id>/complete")
def complete(upload_id: str) -> Answer:
    """Verify and publish: where the picture is."""
    claims, known = _claims(), checked_upload_id(upload_id)
    chosen = [(part.part_number, part.etag.strip('"')) for part in json_body(SentParts).parts]
    ours = parts()
    limit = ours.settings.max_upload_bytes
    outcome = ours.background.run(
        f"{claims.id} {known}", lambda: ours.multipart.complete_as_sent(claims, known, chosen, limit)
    )
    origin = own_origin(request.headers.get("Origin"), ours.settings.public_origins)
    answer = {"location": f"{origin}/api/images/{claims.id}/original", "key": request.args["key"]}
    return (answer, 200) if outcome else (answer, 202, {"Retry-After": str(RETRY_SECONDS)})


@companion.delete("/s3/multipart/<upload_id>")
def abort(upload_id: str) -> tuple[str, int]:
    """Cancel for good, and leave no parts."""
    claims, known = _claims(), checked_upload_id(upload_id)
    parts().multipart.cancel(claims.id, known)
    return "", 204


@companion.get("/s3/params")
@companion.get("/s3/sts")
def other_ways() -> Answer:
    """Uppy's other ways need rights that nobody gets here."""
    raise BadRequest(
        "Only uploads in parts are taken from Uppy here: set shouldUseMultipart: true. (An empty file is sent in no "
        "other way than one that is not taken.)"
    )


def _claims() -> Claims:
    ours = parts()
    return claims_of_key(request.args.get("key"), ours.keyring, ours.clock())
