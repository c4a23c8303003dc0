"""Calls for multipart uploads and their notes (S3 API reference, CreateMultipartUpload and related calls)."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.s3.errors import ObjectNotFound, PreconditionFailed
from common.s3.objects import ANY, Storage, date_of

log = logging.getLogger(__name__)

_MAX_KEYS_PER_DELETE = 1000
"""S3's limit for one call (S3 API reference, DeleteObjects)."""
_ABORT_TRIES = 3
"""Most attempts to abort an upload whose parts are still arriving."""


@dataclass(frozen=True)
class Part:
    """A stored part. AWS lists each once, with its checksum; the embedded store lists every transfer, without one."""

    number: int
    size: int
    """In bytes."""
    etag: str
    """Without quotes."""
    last_modified: datetime
    sha256: str | None


@dataclass(frozen=True)
class MultipartUpload:
    """A multipart upload that is neither completed nor aborted."""

    key: str
    upload_id: str
    initiated: datetime


@dataclass(frozen=True)
class MultipartUploadListing:
    """One page of such uploads: sorted by key on AWS, in no defined order in the embedded store."""

    uploads: list[MultipartUpload]
    truncated: bool
    date: datetime
    """The store's clock when it answered."""
    markers: dict[str, str]
    """Parameters of the request for the next page: key and id marker on AWS, only the latter on the embedded store."""


class MultipartStorage(Storage):
    """Storage with calls for multipart uploads. All of them raise StorageUnavailable and StorageRefused."""

    def create_multipart_upload(
        self, key: str, content_type: str, metadata: dict[str, str], *, with_sha256: bool
    ) -> str:
        """Start a multipart upload and return its id. ``with_sha256``: each part must be sent with its SHA-256."""
        checksums = {"ChecksumAlgorithm": "SHA256", "ChecksumType": "COMPOSITE"} if with_sha256 else {}
        answer = self._call(
            "create_multipart",
            self._client.create_multipart_upload,
            Bucket=self._bucket,
            Key=key,
            ContentType=content_type,
            Metadata=metadata,
            **checksums,
        )
        upload_id: str = answer["UploadId"]
        return upload_id

    def list_parts(self, key: str, upload_id: str) -> list[Part]:
        """Return all parts of an upload, sorted by number. Raises ObjectNotFound if there is no such upload."""
        found: list[Part] = []
        after, more = 0, True
        while more:
            answer = self._call(
                "list_parts",
                self._client.list_parts,
                Bucket=self._bucket,
                Key=key,
                UploadId=upload_id,
                PartNumberMarker=after,
            )
            page = [_part(entry) for entry in answer.get("Parts", [])]
            found += page
            more = bool(answer.get("IsTruncated")) and bool(page)
            after = page[-1].number if page else after
        return found

    def list_multipart_uploads(
        self, prefix: str, *, after_page: MultipartUploadListing | None = None, limit: int = 1000
    ) -> MultipartUploadListing:
        """LIST at most ``limit`` multipart uploads below ``prefix``, from the start or after ``after_page``."""
        answer = self._call(
            "list_multipart_uploads",
            self._client.list_multipart_uploads,
            Bucket=self._bucket,
            Prefix=prefix,
            MaxUploads=limit,
            **(after_page.markers if after_page else {}),
        )
        uploads = [MultipartUpload(one["Key"], one["UploadId"], one["Initiated"]) for one in answer.get("Uploads", [])]
        markers = {name: answer.get(f"Next{name}") for name in ("KeyMarker", "UploadIdMarker")}
        found = {name: marker for name, marker in markers.items() if marker}
        return MultipartUploadListing(uploads, bool(answer.get("IsTruncated")) and bool(found), date_of(answer), found)

    def complete_multipart_upload(self, key: str, upload_id: str, parts: Sequence[Part], sha256: str | None) -> None:
        """Join exactly these parts into an object at a key that must not exist. Storage verifies the checksums.

        ``sha256`` is the composite checksum of the object, or None. Raises ObjectNotFound if there is no such upload,
        PreconditionFailed if the key exists, InvalidParts if the parts do not match.
        """
        lines: list[dict[str, Any]] = [
            {
                "PartNumber": part.number,
                "ETag": f'"{part.etag}"',
                **({"ChecksumSHA256": part.sha256} if part.sha256 else {}),
            }
            for part in parts
        ]
        checksum = {"ChecksumSHA256": sha256} if sha256 else {}
        self._call(
            "complete_multipart",
            self.long_timeout_client().complete_multipart_upload,
            Bucket=self._bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": lines},
            IfNoneMatch=ANY,
            **checksum,
        )

    def abort_multipart_upload(self, key: str, upload_id: str) -> None:
        """Abort an upload and remove its parts. No error if there is no such upload.

        A part in flight may be stored after the abort (S3 user guide, "Aborting a multipart upload"). So this lists the
        parts after each abort, and aborts again while the upload exists, up to _ABORT_TRIES times.
        """
        try:
            for _ in range(_ABORT_TRIES):
                self._call(
                    "abort_multipart",
                    self._client.abort_multipart_upload,
                    Bucket=self._bucket,
                    Key=key,
                    UploadId=upload_id,
                )
                self.list_parts(key, upload_id)
        except ObjectNotFound:
            return

    def write_note(self, key: str, note: bytes) -> None:
        """Put a small object unless its key exists. An existing key counts as success: it may be an earlier attempt."""
        try:
            self._call("put", self._client.put_object, Bucket=self._bucket, Key=key, Body=note, IfNoneMatch=ANY)
        except PreconditionFailed:
            return

    def read_note(self, key: str) -> bytes:
        """Return what :meth:`write_note` stored. Raises ObjectNotFound."""

        def get(**arguments: Any) -> dict[str, Any]:
            return {"bytes": self._client.get_object(**arguments)["Body"].read()}

        note: bytes = self._call("read", get, Bucket=self._bucket, Key=key)["bytes"]
        return note

    def delete_all(self, keys: Iterable[str]) -> int:
        """Delete objects, 1000 per call. Returns the number of deleted keys; missing ones count as deleted."""
        waiting, gone = [{"Key": key} for key in keys], 0
        while waiting:
            batch, waiting = waiting[:_MAX_KEYS_PER_DELETE], waiting[_MAX_KEYS_PER_DELETE:]
            answer = self._call(
                "delete",
                self._client.delete_objects,
                Bucket=self._bucket,
                Delete={"Objects": batch, "Quiet": True},
            )
            refused = answer.get("Errors", [])
            if refused:
                log.warning("keys not deleted", extra={"keys": len(refused), "code": refused[0].get("Code")})
            gone += len(batch) - len(refused)
        return gone


def _part(entry: Any) -> Part:
    return Part(
        number=entry["PartNumber"],
        size=entry["Size"],
        etag=entry["ETag"].strip('"'),
        last_modified=entry["LastModified"],
        sha256=entry.get("ChecksumSHA256"),
    )
