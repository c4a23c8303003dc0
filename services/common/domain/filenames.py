"""File names that people gave, made fit for object keys, HTTP headers and other people's disks.

All functions are pure. `clean` first; the others expect what it returns, except `content_disposition`, which
takes any text.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from common.domain import media_types

MAX_BYTES: Final = 255
"""Longest name in UTF-8 bytes: what common file systems hold in one path component."""

FALLBACK: Final = "image"
"""The name of a file whose own name has nothing left."""

MAX_CHARACTERS: Final = 512
"""What is read of a name. File systems allow 255 characters, and decomposed text has up to about twice as many."""

_SMALLEST_LIMIT: Final = 32
_LONGEST_CLUSTER: Final = 32
_ZERO_WIDTH_JOINER: Final = "\u200d"

_REMOVED: Final = re.compile(
    "["
    r"\x00-\x1f\x7f-\x9f"  # control characters
    r"/\\~"  # separators of paths and of our keys
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional and deprecated format controls
    r"\u2028\u2029\ufeff"  # line and paragraph separator, byte order mark
    r"\ud800-\udfff"  # lone surrogates: they have no UTF-8 form
    r"\ufdd0-\ufdef"  # noncharacters, and the last two of each plane
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
    + "]"
)

# Leading dots hide a file on Unix; Windows silently drops trailing dots and spaces. A pattern that looks for trailing
# ones takes quadratic time where many stand in the middle, so str.strip does it. No space lies above U+3000.
_EDGES: Final = "." + "".join(filter(str.isspace, map(chr, range(0x3001))))
_EXTENSION: Final = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,10}\Z", re.DOTALL)
_NOT_ON_WINDOWS: Final = re.compile(r'[<>:"|?*]')
_is_device: Final = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]", re.IGNORECASE).fullmatch
_EMOJI_MODIFIERS: Final = range(0x1F3FB, 0x1F400)


def clean(name: str) -> str:
    """`name` in NFC, without characters that mislead, break keys or have no UTF-8 form; never empty.

    Cuts to MAX_CHARACTERS first: putting many combining marks in order takes quadratic time. Removes control,
    bidi-control and noncharacters, lone surrogates, `/`, `\\` and `~`; then dots and spaces at both ends; then trims to
    MAX_BYTES. Cleaning a clean name changes nothing.
    """
    kept = unicodedata.normalize("NFC", _REMOVED.sub("", name[:MAX_CHARACTERS]))
    return trim(kept.strip(_EDGES) or FALLBACK, MAX_BYTES)


def with_extension(name: str, media_type: str) -> str:
    """`name` with an extension that says `media_type` (an allowed one; others raise KeyError).

    An extension that already fits stays as it was written (.jpeg, .JPG); that of another image format is
    replaced; anything else is part of the name and the extension is added. `name` is a clean one. The result
    can be up to five bytes longer: trim it after.
    """
    fitting = media_types.EXTENSIONS[media_type]
    extension = media_types.extension_of(name)
    if extension in fitting:
        return name
    if media_types.is_image_extension(extension):
        name = name[: -len(extension) - 1].rstrip(". ")
    return f"{name or FALLBACK}.{fitting[0]}"


def trim(name: str, max_bytes: int) -> str:
    """`name` cut to at most `max_bytes` of UTF-8, keeping its extension and no half of a combined character.

    `name` is a clean one; `max_bytes` below 32 raises ValueError. What fits is returned as it is.
    """
    if max_bytes < _SMALLEST_LIMIT:
        raise ValueError(f"a name can't be trimmed to fewer than {_SMALLEST_LIMIT} bytes")
    if len(name.encode()) <= max_bytes:
        return name
    found = _EXTENSION.search(name)
    extension = found.group() if found else ""
    stem = name[: len(name) - len(extension)]
    room = max_bytes - len(extension)
    return (_cut(stem, room) + extension).strip(_EDGES)


def for_any_disk(name: str) -> str:
    """`name`, a clean one, as Windows can save it too: no reserved character, and not the name of a device.

    The rules: Microsoft, "Naming Files, Paths, and Namespaces". The page does the same in a ZIP (zip/names.js).
    """
    safe = _NOT_ON_WINDOWS.sub("_", name)
    return trim(f"_{safe}", MAX_BYTES) if _is_device(safe.partition(".")[0].strip()) else safe


def content_disposition(disposition: str, name: str) -> str:
    """The Content-Disposition value for a file called `name`, any text at all (RFC 6266, both forms).

    `disposition` is "attachment" or "inline", else ValueError. The plain form holds only ASCII that needs no
    escape (RFC 6266 appendix D: no quotes, backslashes or percent signs); the other one is UTF-8 (RFC 8187).
    """
    if disposition not in ("attachment", "inline"):
        raise ValueError("disposition must be attachment or inline")
    name = for_any_disk(clean(name))
    plain = _UNQUOTABLE.sub("_", _without_accents(name))
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"


_UNQUOTABLE: Final = re.compile(r'[^ -~]|["%\\]')
_ATTR_CHARS: Final = "!#$&+^`|"  # attr-char of RFC 8187 beside those that quote() always leaves


def _without_accents(name: str) -> str:
    """`name` with é as e and so on: a readable form for what knows only ASCII."""
    if name.isascii():
        return name
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def _cut(stem: str, room: int) -> str:
    """The longest start of `stem` in `room` bytes that ends between two characters as people see them.

    A cluster longer than any real one is cut through instead, so that the result is never empty.
    """
    longest = stem.encode()[:room].decode(errors="ignore")
    end = len(longest)
    while 0 < end < len(stem) and (_extends(stem[end]) or stem[end - 1] == _ZERO_WIDTH_JOINER):
        end -= 1
        if end == 0 or len(longest) - end > _LONGEST_CLUSTER:
            return longest
    return stem[:end].rstrip(". ")


def _extends(character: str) -> bool:
    """True for what belongs to the character before it: marks, joiners, skin tones."""
    return (
        unicodedata.category(character).startswith("M")
        or character == _ZERO_WIDTH_JOINER
        or ord(character) in _EMOJI_MODIFIERS
    )
