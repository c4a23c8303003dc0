"""Finds out whether a preview moves. A tile of the grid must not play, and its frames may be larger than its canvas."""

from typing import Final

_RIFF_HEADER: Final = 12
_CHUNK_HEADER: Final = 8
_ANIMATION: Final = 0x02
_FRAMES: Final = frozenset({b"ANIM", b"ANMF"})


def is_moving(content: bytes) -> bool:
    """Whether a whole WebP or JPEG file is an animation (RFC 9649, section 2.7). A JPEG never is.

    Browsers play a WebP whose flags say so. A decoder that ignores the flags would find the frames, so these count too.
    """
    if content[:4] != b"RIFF" or content[12:16] != b"VP8X":
        return False
    if content[20] & _ANIMATION:
        return True
    position = _RIFF_HEADER
    while position < len(content):
        if content[position : position + 4] in _FRAMES:
            return True
        length = int.from_bytes(content[position + 4 : position + _CHUNK_HEADER], "little")
        position += _CHUNK_HEADER + length + length % 2
    return False
