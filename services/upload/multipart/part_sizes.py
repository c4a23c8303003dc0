"""How a file is cut into parts, and what the parts' checksums make together. Pure.

Limits: S3 user guide, "Amazon S3 multipart upload limits". Composite checksum: "Checking object integrity for data
uploads", Composite checksums.
"""

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

MIB = 1024 * 1024
MULTIPART_FROM = 16 * MIB
"""In bytes. A smaller file goes in one PUT: a retry of all of it costs no more than a part or two."""

USUAL_PART = 8 * MIB
MIN_PART = 5 * MIB
"""What S3 wants every part but the last to have at least."""
MAX_PARTS = 10_000


def part_size_for(size: int) -> int:
    """Bytes of each part but the last of a file of ``size`` bytes; 0 when it goes in one PUT."""
    if size < MULTIPART_FROM:
        return 0
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
        """Bytes of part ``number``; the last one has the rest."""
        return min(self.part_size, self.size - (number - 1) * self.part_size)


def composite(checksums: Iterable[str]) -> str:
    """The checksum of an object that was put together from parts with these SHA-256s (base64), in order."""
    digests = [base64.b64decode(checksum) for checksum in checksums]
    return f"{base64.b64encode(hashlib.sha256(b''.join(digests)).digest()).decode()}-{len(digests)}"
