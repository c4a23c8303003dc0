"""The grammar of object keys: ids, and what the name of a published picture says. Pure, no clock, no storage.

The bucket (all that we ever write):

    staging/<id>, staging/<id>.t        what a browser sent, and its preview
    staging/<id>.p<upload>-<note>       which checksums were signed for the parts of an upload in parts
    staging/<id>.c                      an upload in parts was cancelled
    images/<tail>                       published pictures
    thumbs/<id>                         published previews
    trash/<tail>, trash/thumbs/<id>     deleted, restorable

with tail = <id>~<width>x<height>~<thumbhash or ->~<t when there is a preview, or ->~<filename>: all that the
gallery's list shows, so that a page costs one LIST.

An id is 128 bits as 26 characters of Crockford's base32 in lower case, most significant first:

    48 bits   2^48-1 - milliseconds since 1970
    16 bits   2^16-1 - place in the request
    64 bits   random

Ascending order of keys is therefore newest first, in S3's byte order as in the embedded store's. Place is
inverted for the same reason: of files dropped together a later one counts as newer, so the last of a request
is listed first and place 0 last. 26 characters could hold 130 bits; the top two are always zero, so an id has
exactly one text.
"""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from common.domain.filenames import trim

IMAGES: Final = "images/"
PREVIEWS: Final = "thumbs/"
STAGING: Final = "staging/"
TRASH: Final = "trash/"
TRASH_PREVIEWS: Final = "trash/thumbs/"

MAX_TAIL_BYTES: Final = 255
"""The embedded store's limit for one path component."""

MAX_TIME_MS: Final = (1 << 48) - 1
MAX_PLACE: Final = (1 << 16) - 1
MAX_RANDOM: Final = (1 << 64) - 1

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = tuple(high + low for high in _ALPHABET for low in _ALPHABET)
_PAIR_SHIFTS: Final = tuple(range(120, -1, -10))
_TO_INT_DIGITS: Final = str.maketrans(_ALPHABET, "0123456789abcdefghijklmnopqrstuv")
_TIME_CHARS: Final = 10  # 50 bits: two zeros and the 48 of the time

ID_PATTERN: Final = r"[0-7][0-9a-hjkmnp-tv-z]{25}"
_SIDE: Final = r"[1-9][0-9]{0,8}"
# base64url without padding, and canonical: the unused bits of the last character are zero.
_THUMBHASH: Final = r"(?:[A-Za-z0-9_-]{4}){1,8}(?:[A-Za-z0-9_-][AQgw]|[A-Za-z0-9_-]{2}[AEIMQUYcgkosw048])?"
THUMBHASH_CHARS: Final = range(7, 35)  # 5 bytes of header alone to 25 with an alpha channel
# No more than keeps the grammar unambiguous: parsing must not depend on this Python's Unicode tables, or a
# picture could vanish from the list with an upgrade.
_FILENAME: Final = r"[^/\\~\x00-\x1f\x7f]+"

_is_id: Final = re.compile(ID_PATTERN).fullmatch
_is_thumbhash: Final = re.compile(_THUMBHASH).fullmatch
_match_tail: Final = re.compile(rf"({ID_PATTERN})~({_SIDE})x({_SIDE})~(-|{_THUMBHASH})~([t-])~({_FILENAME})").fullmatch


class BadKey(ValueError):
    """The text is not an id, a tail or a key of this grammar."""


class IdParts(NamedTuple):
    """What an id is made of: milliseconds since 1970, place in the request, random number."""

    time_ms: int
    place: int
    rand: int


@dataclass(frozen=True, slots=True)
class ImageKey:
    """What the key of a published picture says. Width and height are pixels as seen, after EXIF rotation."""

    id: str
    width: int
    height: int
    thumbhash: str | None
    has_preview: bool
    filename: str

    @property
    def tail(self) -> str:
        """The key's part after `images/` or `trash/`, the name trimmed to fit; BadKey when a field is unfit.

        After a trim, `parse_tail` of it gives this key with the shorter name: the one to show and to list.
        """
        flag = "t" if self.has_preview else "-"
        start = f"{self.id}~{self.width}x{self.height}~{self.thumbhash or '-'}~{flag}~"
        try:
            tail = start + trim(self.filename, MAX_TAIL_BYTES - len(start))
        except ValueError as error:  # no room, or a lone surrogate
            raise BadKey("not the fields of an image key") from error
        parse_tail(tail)
        return tail


def make_id(now_ms: int, place: int, rand: int) -> str:
    """The id of the file at `place` (0 to 65535) of a request made at `now_ms`, with 64 random bits.

    ValueError when one of them does not fit its bits.
    """
    if not (0 <= now_ms <= MAX_TIME_MS and 0 <= place <= MAX_PLACE and 0 <= rand <= MAX_RANDOM):
        raise ValueError("time, place or random number out of range")
    value = (MAX_TIME_MS - now_ms) << 80 | (MAX_PLACE - place) << 64 | rand
    return "".join([_PAIRS[value >> shift & 1023] for shift in _PAIR_SHIFTS])


def is_id(text: str) -> bool:
    """True when `text` is an id in its one canonical form."""
    return _is_id(text) is not None


def parse_id(text: str) -> IdParts:
    """What `make_id` was given; BadKey when `text` is not an id."""
    value = _number(text)
    return IdParts(MAX_TIME_MS - (value >> 80), MAX_PLACE - (value >> 64 & MAX_PLACE), value & MAX_RANDOM)


def id_time_ms(text: str) -> int:
    """Milliseconds since 1970 at which the id was made; BadKey when `text` is not an id."""
    if not is_id(text):
        raise BadKey("not an id")
    return MAX_TIME_MS - int(text[:_TIME_CHARS].translate(_TO_INT_DIGITS), 32)


def first_id_at_or_before(time_ms: int) -> str:
    """The smallest id that a picture of `time_ms` or earlier can have: a list from it on holds just those.

    Times outside what an id can hold count as the nearest one that it can.
    """
    return make_id(min(max(time_ms, 0), MAX_TIME_MS), MAX_PLACE, 0)


def is_thumbhash(text: str) -> bool:
    """True for 5 to 25 bytes as canonical base64url without padding."""
    return len(text) in THUMBHASH_CHARS and _is_thumbhash(text) is not None


def parse_tail(tail: str) -> ImageKey:
    """The fields of a key's part after `images/` or `trash/`; BadKey for what isn't exactly this grammar."""
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
    """The id in a tail that says that there is a preview; None for one without, and for what is no tail."""
    match = _match_tail(tail)
    return match[1] if match and match[5] == "t" else None


def parse_image_key(key: str) -> ImageKey:
    """The fields of a whole key below `images/`; BadKey for any other text."""
    if not key.startswith(IMAGES):
        raise BadKey("not a key below images/")
    return parse_tail(key[len(IMAGES) :])


def image_key(key: ImageKey) -> str:
    """Where the published original is."""
    return IMAGES + key.tail


def trash_key(key: ImageKey) -> str:
    """Where the deleted original is."""
    return TRASH + key.tail


def image_prefix(image_id: str) -> str:
    """What the key of this picture begins with, and no other key: LIST it to find the picture."""
    return f"{IMAGES}{_checked(image_id)}~"


def trash_prefix(image_id: str) -> str:
    """What the key of this deleted picture begins with, and no other key."""
    return f"{TRASH}{_checked(image_id)}~"


def staging_key(image_id: str) -> str:
    """Where a browser puts the original."""
    return STAGING + _checked(image_id)


def staging_preview_key(image_id: str) -> str:
    """Where a browser puts the preview that it made."""
    return f"{STAGING}{_checked(image_id)}.t"


def staging_notes_prefix(image_id: str, upload_id: str = "") -> str:
    """What the keys of notes on an upload in parts begin with; without its id, of all such uploads of this picture.

    Upload ids are storage's own, of any length: a hash of them is short, and no character of it means anything.
    """
    prefix = f"{STAGING}{_checked(image_id)}.p"
    return f"{prefix}{sha256(upload_id.encode()).hexdigest()[:16]}-" if upload_id else prefix


def staging_cancel_key(image_id: str) -> str:
    """What is there once somebody has cancelled an upload in parts."""
    return f"{STAGING}{_checked(image_id)}.c"


def preview_key(image_id: str) -> str:
    """Where the published preview is."""
    return PREVIEWS + _checked(image_id)


def trash_preview_key(image_id: str) -> str:
    """Where the preview of a deleted picture is."""
    return TRASH_PREVIEWS + _checked(image_id)


def start_after(image_id: str) -> str:
    """LIST's StartAfter for a page that begins behind every key of this id (`~` sorts behind any digit)."""
    return f"{IMAGES}{_checked(image_id)}~~"


def start_at(image_id: str) -> str:
    """LIST's StartAfter for a page that begins with the keys of this id, or behind where they would be."""
    return IMAGES + _checked(image_id)


def _checked(image_id: str) -> str:
    """`image_id` itself; BadKey when it isn't one, so that no unchecked text ever becomes part of a key."""
    if not is_id(image_id):
        raise BadKey("not an id")
    return image_id


def _number(text: str) -> int:
    return int(_checked(text).translate(_TO_INT_DIGITS), 32)
