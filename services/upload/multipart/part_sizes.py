"""Computes how a file is split into parts, and the composite checksum of the parts. Pure.

Limits: S3 user guide, "Amazon S3 multipart upload limits". Composite checksum: "Checking object integrity for data
uploads", Composite checksums.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

MIB = 1024 * 1024
MULTIPART_FROM = 16 * MIB
"""In bytes. A smaller file goes in one PUT: sending all of it again costs no more than a part or two."""

SINGLE_PUT = 0
"""The part size in the claims of a file that goes in one PUT. (common.domain.tokens.COMPANION_PARTS is for Uppy.)"""
USUAL_PART = 8 * MIB
MIN_PART = 5 * MIB
"""In bytes. S3 refuses a smaller part, except as the last one."""
MAX_PARTS = 10_000


def part_size_for(size: int) -> int:
    """The bytes in each part except the last, for a file of ``size`` bytes; SINGLE_PUT if it goes in one PUT."""
    if size < MULTIPART_FROM:
        return SINGLE_PUT
    return max(USUAL_PART, -(-size // MAX_PARTS))


@dataclass(frozen=True)
class PartLayout:
    """A file of ``size`` bytes in parts of ``part_size``, numbered from 1."""

    size: int
    part_size: int

    @property
    def count(self) -> int:
        return -(-self.size // self.part_size)

    def length(self, number: int) -> int:
        """The bytes in part ``number``; the last part has the rest."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)


def composite_checksum(checksums: Iterable[str]) -> str:
    """The composite checksum of an object joined from parts with these SHA-256s (base64), in order."""
    digests = [base64.b64decode(checksum) for checksum in checksums]
    return f"{base64.b64encode(hashlib.sha256(b''.join(digests)).digest()).decode()}-{len(digests)}"
