"""Builds and parses object keys and ids. Pure: no clock, no storage.

All keys in the bucket:

    staging/<id>, staging/<id>.t        an upload as the browser sent it, and its preview
    staging/<id>.p<upload>-<note>       checksums that were signed for the parts of a multipart upload
    staging/<id>.c                      marks a multipart upload as cancelled
    images/<tail>                       published pictures
    thumbs/<id>                         published previews
    trash/<tail>, trash/thumbs/<id>     deleted, restorable

with tail = <id>~<width>x<height>~<thumbhash or ->~<t if there is a preview, else ->~<filename>. Each key encodes a
picture's metadata and sorts newest first, so a page of the gallery costs one LIST.

An id has 128 bits, written as 26 characters of Crockford's base32 in lower case, most significant bits first:

    48 bits   2^48-1 - milliseconds since 1970
    16 bits   2^16-1 - position in the request
    64 bits   random

Time and position are inverted, so ascending byte order is newest first on S3 and in the embedded store. Of files that
were dropped together, a later one counts as newer: the last file of a request is listed first, position 0 last. 26
characters could hold 130 bits; the top two are always zero, so each id has exactly one text form.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from common.domain.filenames import trim

IMAGES: Final = "images/"
PREVIEWS: Final = "thumbs/"
STAGING: Final = "staging/"
TRASH: Final = "trash/"
TRASH_PREVIEWS: Final = "trash/thumbs/"

MAX_TAIL_BYTES: Final = 255
"""The embedded store's limit for one path component."""

MAX_TIME_MS: Final = (1 << 48) - 1
MAX_POSITION: Final = (1 << 16) - 1
MAX_RANDOM: Final = (1 << 64) - 1

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_PAIR_SHIFTS: Final = tuple(range(120, -1, -10))
_TO_INT_DIGITS: Final = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_TIME_CHARS: Final = 10  # 50 bits: two zero bits and 48 bits of time

ID_PATTERN: Final = r"[0-7][0-9a-hjkmnp-tv-z]{25}"
_SIDE: Final = r"[1-9][0-9]{0,8}"
# base64url without padding, canonical form: the unused bits of the last character are zero.
_THUMBHASH: Final = r"(?:[A-Za-z0-9_-]{4}){1,8}(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?"
THUMBHASH_CHARS: Final = range(7, 35)  # 5 bytes (header only) to 25 bytes (with an alpha channel)
# Excludes only what would make the grammar ambiguous. Parsing must not depend on Python's Unicode tables: otherwise an
# upgrade of Python could remove pictures from the list.
_FILENAME: Final = r"[^/\\~\x00-\x1f\x7f]+"

_is_id: Final = re.compile(ID_PATTERN).fullmatch
_is_thumbhash: Final = re.compile(_THUMBHASH).fullmatch
_match_tail: Final = re.compile(rf"({ID_PATTERN})~({_SIDE})x({_SIDE})~(-|{_THUMBHASH})~([t-])~({_FILENAME})").fullmatch


class BadKey(ValueError):
    """The text is not a valid id, tail or key."""


@dataclass(frozen=True, slots=True)
class ImageKey:
    """The metadata in a picture's key. Width and height are in pixels after EXIF rotation."""

    id: str
    width: int
    height: int
    thumbhash: str | None
    has_preview: bool
    filename: str

    @property
    def tail(self) -> str:
        """The part of the key after `images/` or `trash/`, with the file name trimmed to fit MAX_TAIL_BYTES.

        If the name was trimmed, `parse_tail` returns the shorter name, which is the one that lists show. Raises BadKey
        if a field is not valid.
        """
        flag = "t" if self.has_preview else "-"
        start = f"{self.id}~{self.width}x{self.height}~{self.thumbhash or '-'}~{flag}~"
        try:
            tail = start + trim(self.filename, MAX_TAIL_BYTES - len(start))
        except ValueError as error:  # no room, or a lone surrogate
            raise BadKey("not the fields of an image key") from error
        parse_tail(tail)
        return tail


def make_id(now_ms: int, position: int, rand: int) -> str:
    """Return the id for the file at `position` (0 to 65535) of a request made at `now_ms` (milliseconds since 1970).

    `rand` holds 64 random bits. Raises ValueError if an argument is out of range.
    """
    if not (0 <= now_ms <= MAX_TIME_MS and 0 <= position <= MAX_POSITION and 0 <= rand <= MAX_RANDOM):
        raise ValueError("time, position or random number out of range")
    value = (MAX_TIME_MS - now_ms) << 80 | (MAX_POSITION - position) << 64 | rand
    return "".join([_PAIRS[value >> shift & 1023] for shift in _PAIR_SHIFTS])


def is_id(text: str) -> bool:
    """Whether `text` is an id in its only valid form."""
    return _is_id(text) is not None


def id_time_ms(text: str) -> int:
    """The creation time of an id in milliseconds since 1970. Raises BadKey if `text` is not an id."""
    if not is_id(text):
        raise BadKey("not an id")
    return MAX_TIME_MS - int(text[:_TIME_CHARS].translate(_TO_INT_DIGITS), 32)


def first_id_at_or_before(time_ms: int) -> str:
    """Return the smallest possible id of a picture from `time_ms` or earlier: a list from there has only such pictures.

    `time_ms` is in milliseconds since 1970. A time out of an id's range counts as the nearest one within it.
    """
    return make_id(min(max(time_ms, 0), MAX_TIME_MS), MAX_POSITION, 0)


def is_thumbhash(text: str) -> bool:
    """Whether `text` is 5 to 25 bytes in canonical base64url without padding."""
    return len(text) in THUMBHASH_CHARS and _is_thumbhash(text) is not None


def parse_tail(tail: str) -> ImageKey:
    """Parse the part of a key after `images/` or `trash/`. Raises BadKey unless it has exactly this form."""
    match = _match_tail(tail)
    if match is None:
        raise BadKey("not the tail of an image key")
    image_id, width, height, thumbhash, flag, filename = match.groups()
    if thumbhash != "-" and len(thumbhash) not in THUMBHASH_CHARS:
        raise BadKey("not a thumbhash")
    try:
        too_long = len(tail.encode()) > MAX_TAIL_BYTES
    except UnicodeEncodeError as error:
        raise BadKey("a key with a lone surrogate") from error
    if too_long:
        raise BadKey(f"a tail of more than {MAX_TAIL_BYTES} bytes")
    return ImageKey(image_id, int(width), int(height), None if thumbhash == "-" else thumbhash, flag == "t", filename)


def preview_of_tail(tail: str) -> str | None:
    """Return the id in a tail whose picture has a preview; None without a preview or if `tail` is not valid."""
    match = _match_tail(tail)
    return match[1] if match and match[5] == "t" else None


def parse_image_key(key: str) -> ImageKey:
    """Parse a whole key below `images/`. Raises BadKey for any other text."""
    if not key.startswith(IMAGES):
        raise BadKey("not a key below images/")
    return parse_tail(key[len(IMAGES) :])


def image_key(key: ImageKey) -> str:
    """The key of a published original. Raises BadKey if a field is not valid."""
    return IMAGES + key.tail


def image_prefix(image_id: str) -> str:
    """The prefix that only this picture's key has; LIST it to find the picture. Raises BadKey."""
    return f"{IMAGES}{_checked(image_id)}~"


def trash_prefix(image_id: str) -> str:
    """The prefix that only this deleted picture's key has. Raises BadKey."""
    return f"{TRASH}{_checked(image_id)}~"


def staging_key(image_id: str) -> str:
    """The key that a browser uploads the original to. Raises BadKey."""
    return STAGING + _checked(image_id)


def staging_preview_key(image_id: str) -> str:
    """The key that a browser uploads its preview to. Raises BadKey."""
    return f"{STAGING}{_checked(image_id)}.t"


def staging_notes_prefix(image_id: str, upload_id: str = "") -> str:
    """The prefix of the notes on one multipart upload; without `upload_id`, on all of this picture's. Raises BadKey.

    Storage chooses upload ids, of any length and with any characters. Their hash is short and safe in a key.
    """
    prefix = f"{STAGING}{_checked(image_id)}.p"
    return f"{prefix}{sha256(upload_id.encode()).hexdigest()[:16]}-" if upload_id else prefix


def staging_cancel_key(image_id: str) -> str:
    """The key of the object that marks a multipart upload as cancelled. Raises BadKey."""
    return f"{STAGING}{_checked(image_id)}.c"


def preview_key(image_id: str) -> str:
    """The key of a published preview. Raises BadKey."""
    return PREVIEWS + _checked(image_id)


def trash_preview_key(image_id: str) -> str:
    """The key of a deleted picture's preview. Raises BadKey."""
    return TRASH_PREVIEWS + _checked(image_id)


def start_after(image_id: str) -> str:
    """LIST's StartAfter for a page that begins after this id's keys (`~` sorts after every digit). Raises BadKey."""
    return f"{IMAGES}{_checked(image_id)}~~"


def start_at(image_id: str) -> str:
    """LIST's StartAfter for a page that begins at this id's keys, or where they would be. Raises BadKey."""
    return IMAGES + _checked(image_id)


def _checked(image_id: str) -> str:
    """Return `image_id` if it is an id, else raise BadKey. No unchecked text becomes part of a key."""
    if not is_id(image_id):
        raise BadKey("not an id")
    return image_id
