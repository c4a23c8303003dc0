"""Uploads in parts, and the small notes that go with them. S3 API reference: CreateMultipartUpload and its kin."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from common.s3.errors import Missing, PreconditionFailed
from common.s3.objects import ANY, Storage, date_of

log = logging.getLogger(__name__)

_MOST_DELETED_AT_ONCE = 1000
"""S3 API reference, DeleteObjects."""
_ABORTS = 3


@dataclass(frozen=True)
class Part:
    """A part that storage has. The embedded store lists each sending of a part, and no checksums; AWS the other way."""

    number: int
    size: int
    """In bytes."""
    etag: str
    """Without quotes."""
    last_modified: datetime
    sha256: str | None


@dataclass(frozen=True)
class MultipartUpload:
    """An upload in parts that is neither completed nor aborted."""

    key: str
    upload_id: str
    initiated: datetime


@dataclass(frozen=True)
class MultipartUploadListing:
    """One page of such uploads: in order of keys on AWS, in no order that means anything in the embedded store."""

    uploads: list[MultipartUpload]
    truncated: bool
    date: datetime
    markers: dict[str, str]
    """What asks for the next page. The embedded store has a marker of ids alone, AWS one of keys too."""


class MultipartStorage(Storage):
    """Storage that also takes uploads in parts."""

    def create_multipart_upload(
        self, key: str, content_type: str, metadata: dict[str, str], *, with_sha256: bool
    ) -> str:
        """Begin an upload in parts; returns its id. With SHA-256, every part has to bring its own."""
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
        """Every part of an upload, ascending by number. Raises Missing when there is no such upload (any more)."""
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
        self, prefix: str, *, behind: MultipartUploadListing | None = None, limit: int = 1000
    ) -> MultipartUploadListing:
        """One LIST of uploads in parts below ``prefix``, from the start or ``behind`` another page."""
        answer = self._call(
            "list_multipart_uploads",
            self._client.list_multipart_uploads,
            Bucket=self._bucket,
            Prefix=prefix,
            MaxUploads=limit,
            **(behind.markers if behind else {}),
        )
        uploads = [MultipartUpload(one["Key"], one["UploadId"], one["Initiated"]) for one in answer.get("Uploads", [])]
        markers = {name: answer.get(f"Next{name}") for name in ("KeyMarker", "UploadIdMarker")}
        found = {name: marker for name, marker in markers.items() if marker}
        return MultipartUploadListing(uploads, bool(answer.get("IsTruncated")) and bool(found), date_of(answer), found)

    def complete_multipart_upload(self, key: str, upload_id: str, parts: Sequence[Part], sha256: str | None) -> None:
        """Make the object of exactly these parts, at a key that must be free; storage compares all checksums.

        Raises Missing (no such upload), PreconditionFailed (the key is taken), WrongParts.
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
            self.patient_client().complete_multipart_upload,
            Bucket=self._bucket,
            Key=key,
            UploadId=upload_id,
            MultipartUpload={"Parts": lines},
            IfNoneMatch=ANY,
            **checksum,
        )

    def abort_multipart_upload(self, key: str, upload_id: str) -> None:
        """End an upload and remove its parts; no error when there is none.

        A part that was in flight may land behind the abort (S3 user guide, "Aborting a multipart upload"): look.
        """
        try:
            for _ in range(_ABORTS):
                self._call(
                    "abort_multipart",
                    self._client.abort_multipart_upload,
                    Bucket=self._bucket,
                    Key=key,
                    UploadId=upload_id,
                )
                self.list_parts(key, upload_id)
        except Missing:
            return

    def write_note(self, key: str, note: bytes) -> None:
        """Put a small object of our own at a key that must be free. A second try of ours that met the first is fine."""
        try:
            self._call("put", self._client.put_object, Bucket=self._bucket, Key=key, Body=note, IfNoneMatch=ANY)
        except PreconditionFailed:
            return

    def read_note(self, key: str) -> bytes:
        """What :meth:`write_note` put there. Raises Missing."""

        def get(**arguments: Any) -> dict[str, Any]:
            return {"bytes": self._client.get_object(**arguments)["Body"].read()}

        note: bytes = self._call("read", get, Bucket=self._bucket, Key=key)["bytes"]
        return note

    def delete_all(self, keys: Iterable[str]) -> int:
        """Remove objects, a thousand with one call; returns how many are gone. What is not there is no error."""
        waiting, gone = [{"Key": key} for key in keys], 0
        while waiting:
            batch, waiting = waiting[:_MOST_DELETED_AT_ONCE], waiting[_MOST_DELETED_AT_ONCE:]
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
