"""Checks the files that somebody wants to upload and makes their claims. Pure: clock and ids are arguments."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from common.domain import filenames
from common.domain.keys import is_thumbhash
from common.domain.media_types import ALLOWED_TYPES, PREVIEW_TYPES
from common.domain.tokens import COMPANION_PARTS, Claims, Preview
from common.http.problems import BadRequest, Problem, TooLarge, UnsupportedMediaType
from upload.api.schemas import CompanionUpload, NewFile, NewPreview
from upload.limits import MAX_PREVIEW_BYTES
from upload.multipart.part_sizes import SINGLE_PUT, part_size_for

_MAX_DIGITS = 15


def claims_for(file: NewFile, image_id: str, now: int, max_bytes: int) -> Claims:
    """Make the claims of the token for ``file``, with its name cleaned. ``now`` in seconds since 1970.

    Raises BadRequest, TooLarge or UnsupportedMediaType.
    """
    _check_type(file.content_type, ALLOWED_TYPES, "content_type")
    _check_size(file.size, max_bytes, "size")
    part_size = part_size_for(file.size)
    if file.sha256 is not None or part_size == SINGLE_PUT:
        check_sha256(file.sha256 or "", "sha256")
    if file.thumbhash is not None and not is_thumbhash(file.thumbhash):
        raise _bad("thumbhash", "must be 5 to 25 bytes as base64url without padding")
    return Claims(
        id=image_id,
        filename=filenames.clean(file.filename),
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256 or "",
        thumbhash=file.thumbhash,
        preview=_preview_for(file.thumbnail),
        issued_at=now,
        part_size=part_size,
    )


def claims_for_companion(wanted: CompanionUpload, image_id: str, now: int, max_bytes: int) -> Claims:
    """The same for Uppy, which sends parts of 5 MiB without checksums.

    Raises BadRequest, TooLarge or UnsupportedMediaType.
    """
    _check_type(wanted.type, ALLOWED_TYPES, "type")
    size = _size_in(wanted.metadata or {})
    _check_size(size, max_bytes, "metadata/size")
    return Claims(
        id=image_id,
        filename=filenames.clean(wanted.filename),
        content_type=wanted.type,
        size=size,
        sha256="",
        thumbhash=None,
        preview=None,
        issued_at=now,
        part_size=COMPANION_PARTS,
    )


def _size_in(metadata: Mapping[str, Any]) -> int:
    """The file's length in bytes. A meta field may be a text. Raises BadRequest."""
    size = metadata.get("size")
    if isinstance(size, str) and size.isascii() and size.isdecimal() and len(size) <= _MAX_DIGITS:
        size = int(size)
    if not isinstance(size, int) or isinstance(size, bool):
        raise BadRequest(
            "metadata.size must be the file's length in bytes. Uppy sends it after "
            "uppy.on('file-added', (file) => uppy.setFileMeta(file.id, { size: file.size })).",
            pointer="/metadata/size",
        )
    return size


def _preview_for(preview: NewPreview | None) -> Preview | None:
    if preview is None:
        return None
    _check_type(preview.content_type, PREVIEW_TYPES, "thumbnail/content_type")
    _check_size(preview.size, MAX_PREVIEW_BYTES, "thumbnail/size")
    check_sha256(preview.sha256, "thumbnail/sha256")
    return Preview(content_type=preview.content_type, size=preview.size, sha256=preview.sha256)


def _check_type(content_type: str, allowed: Sequence[str], member: str) -> None:
    if content_type not in allowed:
        kinds = ", ".join(kind.removeprefix("image/").upper() for kind in allowed)
        raise UnsupportedMediaType(f"{member} is not accepted here; expected one of {kinds}.", pointer=f"/{member}")


def _check_size(size: int, limit: int, member: str) -> None:
    if size < 1:
        raise _bad(member, "must be at least 1 byte: the file is empty")
    if size > limit:
        raise TooLarge(f"{member} is {size} bytes; at most {limit} are accepted.", limit=limit, pointer=f"/{member}")


def check_sha256(text: str, member: str) -> None:
    """Check that ``text`` is a SHA-256 in canonical base64. Raises BadRequest that names the member."""
    try:
        digest = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    # Compare with the re-encoded digest: storage would refuse any other spelling of it, but only later.
    if len(digest) != 32 or base64.b64encode(digest).decode() != text:
        raise _bad(member, "must be the SHA-256 of the bytes, as base64 (44 characters)")


def _bad(member: str, what: str) -> Problem:
    return BadRequest(f"{member} {what}.", pointer=f"/{member}")
