"""Makes user-supplied file names safe for object keys, HTTP headers and other people's disks.

All functions are pure. Call `clean` first: the other functions expect a clean name. Only `content_disposition`
accepts any text.
"""

import re
import unicodedata
from typing import Final
from urllib.parse import quote

from common.domain import media_types

MAX_BYTES: Final = 255
"""Longest name in UTF-8 bytes: the limit of common file systems for one path component."""

FALLBACK: Final = "image"
"""Used when cleaning leaves an empty name."""

MAX_CHARACTERS: Final = 512
"""Longer names are cut first. File systems allow 255 characters; decomposed (NFD) text has about twice as many."""

_SMALLEST_LIMIT: Final = 32
_LONGEST_CLUSTER: Final = 32
_ZERO_WIDTH_JOINER: Final = "\u200d"

_REMOVED: Final = re.compile(
    "["
    r"\x00-\x1f\x7f-\x9f"  # control characters
    r"/\\~"  # separators of paths and of object keys
    r"\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f"  # bidirectional and deprecated format controls
    r"\u2028\u2029\ufeff"  # line and paragraph separator, byte order mark
    r"\ud800-\udfff"  # lone surrogates: they cannot be encoded in UTF-8
    r"\ufdd0-\ufdef"  # noncharacters, and the last two of each plane
    + "".join(rf"\U{plane:04x}fffe\U{plane:04x}ffff" for plane in range(17))
    + "]"
)

# Leading dots hide a file on Unix; Windows silently drops trailing dots and spaces. str.strip removes them, because a
# pattern for trailing ones takes quadratic time on a name with many in the middle. No space is above U+3000.
_EDGES: Final = "." + "".join(filter(str.isspace, map(chr, range(0x3001))))
_EXTENSION: Final = re.compile(r"(?<=.)\.[A-Za-z0-9]{1,10}\Z", re.DOTALL)
_NOT_ON_WINDOWS: Final = re.compile(r'[<>:"|?*]')
_is_device: Final = re.compile(r"CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(?:COM|LPT)[0-9¹²³]", re.IGNORECASE).fullmatch
_EMOJI_MODIFIERS: Final = range(0x1F3FB, 0x1F400)


def clean(name: str) -> str:
    """Return `name` in NFC, without characters that mislead readers or break keys. Never empty, idempotent.

    First cuts to MAX_CHARACTERS, because sorting many combining marks takes quadratic time. Then removes control,
    bidi-control and noncharacters, lone surrogates, `/`, `\\` and `~`, and dots and spaces at both ends. Last trims to
    MAX_BYTES.
    """
    kept = unicodedata.normalize("NFC", _REMOVED.sub("", name[:MAX_CHARACTERS]))
    return trim(kept.strip(_EDGES) or FALLBACK, MAX_BYTES)


def with_extension(name: str, media_type: str) -> str:
    """Return the clean `name` with an extension that matches `media_type`.

    A matching extension stays as written (.jpeg, .JPG). The extension of another image format is replaced. Any other
    text counts as part of the name, and the extension is appended. The result can be five bytes longer than `name`, so
    trim it afterwards. Raises KeyError if `media_type` is not in media_types.EXTENSIONS.
    """
    fitting = media_types.EXTENSIONS[media_type]
    extension = media_types.extension_of(name)
    if extension in fitting:
        return name
    if media_types.is_image_extension(extension):
        name = name[: -len(extension) - 1].rstrip(". ")
    return f"{name or FALLBACK}.{fitting[0]}"


def trim(name: str, max_bytes: int) -> str:
    """Cut the clean `name` to at most `max_bytes` of UTF-8. Keeps its extension and splits no combined character.

    A name that fits is returned unchanged. Raises ValueError if `max_bytes` is below 32.
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


def windows_safe_name(name: str) -> str:
    """Return the clean `name` in a form that Windows can save too: no reserved characters, no device name.

    Source: Microsoft, "Naming Files, Paths, and Namespaces". The page does the same in a ZIP (zip/names.js).
    """
    safe = _NOT_ON_WINDOWS.sub("_", name)
    return trim(f"_{safe}", MAX_BYTES) if _is_device(safe.partition(".")[0].strip()) else safe


def content_disposition(disposition: str, name: str) -> str:
    """Return the Content-Disposition value (RFC 6266) for a file called `name`, which may be any text.

    `filename` contains only ASCII that needs no escape (RFC 6266 appendix D: no quotes, backslashes or percent signs).
    `filename*` contains the whole name in UTF-8 (RFC 8187). Raises ValueError if `disposition` is not "attachment" or
    "inline".
    """
    if disposition not in ("attachment", "inline"):
        raise ValueError("disposition must be attachment or inline")
    name = windows_safe_name(clean(name))
    plain = _UNQUOTABLE.sub("_", _without_accents(name))
    return f"{disposition}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHARS)}"


_UNQUOTABLE: Final = re.compile(r'[^ -~]|["%\\]')
_ATTR_CHARS: Final = "!#$&+^`|"  # attr-char of RFC 8187, without those that quote() never escapes


def _without_accents(name: str) -> str:
    """Return `name` without accents (é becomes e): readable where only ASCII is allowed."""
    if name.isascii():
        return name
    return "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))


def _cut(stem: str, room: int) -> str:
    """Return the longest start of `stem` within `room` bytes that does not split a visible character.

    A cluster longer than any real one is split, so that the result is never empty.
    """
    longest = stem.encode()[:room].decode(errors="ignore")
    end = len(longest)
    while 0 < end < len(stem) and (_extends(stem[end]) or stem[end - 1] == _ZERO_WIDTH_JOINER):
        end -= 1
        if end == 0 or len(longest) - end > _LONGEST_CLUSTER:
            return longest
    return stem[:end].rstrip(". ")


def _extends(character: str) -> bool:
    """Whether `character` belongs to the one before it: marks, joiners, skin tones."""
    return (
        unicodedata.category(character).startswith("M")
        or character == _ZERO_WIDTH_JOINER
        or ord(character) in _EMOJI_MODIFIERS
    )
