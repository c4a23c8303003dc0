"""What a sender may ask of an upload in parts. Pure."""

import re
from collections.abc import Sequence

from common.http.problems import BadRequest
from upload.api.schemas import COMPOSITE_PATTERN, UPLOAD_ID_PATTERN, NewPart
from upload.grants import check_sha256
from upload.multipart.ledger import Checksums
from upload.multipart.part_sizes import MAX_PARTS, PartLayout

_is_upload_id = re.compile(UPLOAD_ID_PATTERN).fullmatch
_is_composite = re.compile(COMPOSITE_PATTERN).fullmatch
# A number that names a part; longer ones are no part's, and int() takes digits of other scripts.
_NUMBERS = {str(number): number for number in range(1, MAX_PARTS + 1)}


def checked_upload_id(text: str) -> str:
    """``text`` itself, if it may be storage's id of an upload in parts. Raises BadRequest."""
    if not _is_upload_id(text):
        raise BadRequest("upload_id must be the one that the first call for parts answered.", pointer="/upload_id")
    return text


def check_composite(text: str | None) -> None:
    """Let pass what may be the checksum of a file in parts, or none. Raises BadRequest."""
    if text is not None and not _is_composite(text):
        raise BadRequest("sha256 must be the composite of the parts' SHA-256s, as base64-count.", pointer="/sha256")


def checked_part_number(text: str) -> int:
    """The number of a part. Raises BadRequest."""
    number = _NUMBERS.get(text)
    if number is None:
        raise BadRequest(f"A part has a number from 1 to {MAX_PARTS}.")
    return number


def checksums_of(wanted: Sequence[NewPart], layout: PartLayout) -> Checksums:
    """The parts' checksums by number. Raises BadRequest."""
    checksums: Checksums = {}
    for place, part in enumerate(wanted):
        if part.part_number > layout.count:
            raise BadRequest(f"There are parts 1 to {layout.count}.", pointer=f"/parts/{place}/part_number")
        if part.part_number in checksums:
            raise BadRequest("A part is named twice.", pointer=f"/parts/{place}/part_number")
        check_sha256(part.sha256, f"parts/{place}/sha256")
        checksums[part.part_number] = part.sha256
    return checksums
