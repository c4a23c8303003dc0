"""Checks the parameters of requests about multipart uploads. Pure."""

import re
from collections.abc import Sequence

from common.http.problems import BadRequest
from upload.api.schemas import COMPOSITE_PATTERN, UPLOAD_ID_PATTERN, NewPart
from upload.claims import check_sha256
from upload.multipart.checksum_notes import Checksums
from upload.multipart.part_sizes import MAX_PARTS, PartLayout

_is_upload_id = re.compile(UPLOAD_ID_PATTERN).fullmatch
_is_composite = re.compile(COMPOSITE_PATTERN).fullmatch
# All valid part numbers. A table, because int() also accepts signs, spaces and digits of other scripts.
_NUMBERS = {str(number): number for number in range(1, MAX_PARTS + 1)}


def checked_upload_id(text: str) -> str:
    """Return ``text`` if it can be an upload id of storage. Raises BadRequest."""
    if not _is_upload_id(text):
        raise BadRequest("upload_id must be the one from the answer to the first call for parts.", pointer="/upload_id")
    return text


def check_composite(text: str | None) -> None:
    """Check that ``text`` is None or can be a composite checksum. Raises BadRequest."""
    if text is not None and not _is_composite(text):
        raise BadRequest("sha256 must be the composite of the parts' SHA-256s: base64-count.", pointer="/sha256")


def checked_part_number(text: str) -> int:
    """Parse a part number. Raises BadRequest."""
    number = _NUMBERS.get(text)
    if number is None:
        raise BadRequest(f"A part number must be from 1 to {MAX_PARTS}.")
    return number


def checksums_of(wanted: Sequence[NewPart], layout: PartLayout) -> Checksums:
    """Return the checksums by part number. Raises BadRequest."""
    checksums: Checksums = {}
    for place, part in enumerate(wanted):
        if part.part_number > layout.count:
            raise BadRequest(f"This file has the parts 1 to {layout.count}.", pointer=f"/parts/{place}/part_number")
        if part.part_number in checksums:
            raise BadRequest("This part number appears twice.", pointer=f"/parts/{place}/part_number")
        check_sha256(part.sha256, f"parts/{place}/sha256")
        checksums[part.part_number] = part.sha256
    return checksums
