"""Records the checksums that were signed for the parts of an upload, as small objects in staging.

To join the parts, storage needs each part's SHA-256 again. AWS returns it when parts are listed. The embedded store
checks it, but does not list it. Replicas keep no state, so each signing writes a note: a small object
staging/<id>.p<upload>-<time and random digits>. It is written once, and removed with the upload (or after a week, like
everything in staging). A note only proposes checksums: storage decides which of them match the parts that arrived.
"""

import secrets

import msgspec

from common.domain.keys import staging_notes_prefix
from common.s3.errors import ObjectNotFound
from common.s3.multipart import MultipartStorage

Checksums = dict[int, str]
"""Part number → SHA-256, base64."""

_write = msgspec.json.Encoder().encode
_read = msgspec.json.Decoder(Checksums).decode


class ChecksumNotes:
    """Reads and writes the notes of multipart uploads."""

    def __init__(self, storage: MultipartStorage) -> None:
        self._storage = storage

    def record(self, image_id: str, upload_id: str, checksums: Checksums, now: float) -> None:
        """Record the checksums that are being signed. ``now`` in seconds since 1970. Raises StorageUnavailable."""
        key = f"{staging_notes_prefix(image_id, upload_id)}{int(now * 1000):012x}{secrets.token_hex(4)}"
        self._storage.write_note(key, _write(checksums))

    def read(self, image_id: str, upload_id: str) -> dict[int, list[str]]:
        """Return the recorded checksums of each part, without duplicates, newest first. Raises StorageUnavailable."""
        noted: dict[int, list[str]] = {}
        for key in reversed(self._keys(staging_notes_prefix(image_id, upload_id))):
            try:
                checksums = _read(self._storage.read_note(key))
            except ObjectNotFound:
                continue  # the upload has been settled since
            for number, checksum in checksums.items():
                known = noted.setdefault(number, [])
                if checksum not in known:
                    known.append(checksum)
        return noted

    def discard(self, image_id: str) -> None:
        """Remove all notes of a picture whose upload is settled. Raises StorageUnavailable."""
        self._storage.delete_all(self._keys(staging_notes_prefix(image_id)))

    def _keys(self, prefix: str) -> list[str]:
        keys: list[str] = []
        more = True
        while more:
            page = self._storage.list_page(prefix, start_after=keys[-1] if keys else "")
            keys += [entry.key for entry in page.entries]
            more = page.truncated and bool(page.entries)
        return keys
