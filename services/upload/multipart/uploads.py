"""Starts, lists, joins and cancels multipart uploads. The joined file is at staging/<id>, where publishing takes over.

This code keeps no state. Storage has the parts, the token has the file's size and part size, and the notes have the
signed checksums. So any replica can continue where another one, or a client, was interrupted.

The embedded store checks that a key is free, and joins the parts there a moment later. A tombstone that is written in
between is lost. So a cancel first writes a mark under its own key, and then looks at staging/<id>. A request that
joins parts looks for the mark before it publishes. One of the two comes second and sees what the other did.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import islice, product

from common.domain.keys import staging_cancel_key, staging_key
from common.domain.tokens import Claims
from common.http.problems import Problem
from common.s3.errors import InvalidParts, ObjectNotFound, PreconditionFailed, StorageUnavailable
from common.s3.multipart import MultipartStorage, Part
from upload.errors import (
    AlreadyArrived,
    AlreadyPublished,
    Cancelled,
    Deleted,
    Expired,
    NoSuchUpload,
    NotArrived,
    PartsMismatch,
    PartsMissing,
    Refused,
)
from upload.lifecycle.executor import Executor, Published
from upload.lifecycle.metadata import metadata_for
from upload.lifecycle.states import UploadState, reason_of, state_of
from upload.multipart.checksum_notes import ChecksumNotes, Checksums
from upload.multipart.part_sizes import MIN_PART, PartLayout, composite_checksum

log = logging.getLogger(__name__)

MAX_COMBINATIONS = 64
"""How many combinations of attempts are tried, with one attempt for each part, the newest first. There is more than
one combination only if a part was signed or sent with different bytes."""


class MultipartUploads:
    """Runs multipart uploads. ``lifecycle`` publishes the file once its parts are joined."""

    def __init__(self, storage: MultipartStorage, lifecycle: Executor) -> None:
        self._storage = storage
        self._lifecycle = lifecycle
        self._checksum_notes = ChecksumNotes(storage)

    def begin(self, claims: Claims, *, with_sha256: bool = True) -> str:
        """Start a multipart upload and return its upload id.

        Raises AlreadyArrived, Cancelled, Deleted, Refused, StorageUnavailable.
        """
        key = staging_key(claims.id)
        upload_id = self._storage.create_multipart_upload(
            key, claims.content_type, metadata_for(claims), with_sha256=with_sha256
        )
        # Look afterwards, to see a cancel that came in between. Then abort, so that nothing is left behind.
        try:
            found = self._storage.head(key)
        except ObjectNotFound:
            return upload_id
        self._storage.abort_multipart_upload(key, upload_id)
        match state_of(found):
            case UploadState.CANCELLED:
                raise Cancelled
            case UploadState.REFUSED:
                raise Refused(reason_of(found))
            case UploadState.DELETED | UploadState.PURGED:
                raise Deleted
            case _:
                raise AlreadyArrived

    def record_checksums(self, claims: Claims, upload_id: str, checksums: Checksums, now: float) -> None:
        """Record the checksums that are being signed for parts of an upload. Raises StorageUnavailable."""
        self._checksum_notes.record(claims.id, upload_id, checksums, now)

    def list_parts(self, claims: Claims, upload_id: str) -> list[Part]:
        """Return each part that storage has, once, by ascending number, with its checksum if that is certain.

        Raises NoSuchUpload, StorageUnavailable.
        """
        try:
            choices = self._usable_attempts(claims, upload_id)
        except ObjectNotFound:
            raise NoSuchUpload from None
        return [_without_uncertain_checksum(choices[number]) for number in sorted(choices)]

    def list_companion_parts(self, claims: Claims, upload_id: str) -> list[Part]:
        """Return the newest attempt of each part that storage has, by ascending number, for companion uploads.

        If the parts are already joined (say, because the answer to complete was lost), return as many parts as the
        file can have had, so that the client only has to complete again. Raises NoSuchUpload, and the same as
        Executor.publish.
        """
        try:
            listed = self._storage.list_parts(staging_key(claims.id), upload_id)
        except ObjectNotFound:
            return self._parts_of_published(claims)
        newest = {part.number: part for part in sorted(listed, key=lambda part: part.last_modified)}
        return [newest[number] for number in sorted(newest)]

    def _parts_of_published(self, claims: Claims) -> list[Part]:
        try:
            size = self.publish(claims.id, claims).size
        except NotArrived:
            raise NoSuchUpload from None
        layout, joined = PartLayout(size, MIN_PART), datetime.now(UTC)
        return [Part(number, layout.length(number), "joined", joined, None) for number in range(1, layout.count + 1)]

    def complete(self, claims: Claims, upload_id: str, expected: str | None) -> Published:
        """Join the parts that storage has and publish the file. ``expected`` is the composite checksum, if known.

        Raises PartsMissing, PartsMismatch, NoSuchUpload, and the same as Executor.publish.
        """
        return self._finish(claims, upload_id, partial(self._join, claims, upload_id, expected))

    def complete_companion(self, claims: Claims, upload_id: str, chosen: Sequence[tuple[int, str]]) -> Published:
        """The same for Uppy, which names the attempts that count: number and ETag.

        Raises PartsMismatch, NoSuchUpload, and what Executor.publish raises.
        """
        return self._finish(claims, upload_id, partial(self._join_companion, claims, upload_id, chosen))

    def publish(self, image_id: str, claims: Claims | None) -> Published:
        """Publish a file that may have been sent in parts, unless somebody has cancelled it; see Executor.publish."""
        if self._is_marked_cancelled(image_id):
            try:
                self._lifecycle.cancel(image_id)
            except AlreadyPublished:
                pass  # it was published before the cancel, which got this answer too
        return self._lifecycle.publish(image_id, claims)

    def cancel(self, image_id: str, upload_id: str | None) -> None:
        """Cancel the upload so that it can never be published, and remove the parts of ``upload_id``.

        Raises StorageUnavailable, and AlreadyPublished, after it has removed the parts all the same.
        """
        self._storage.write_note(staging_cancel_key(image_id), b"")
        try:
            self._lifecycle.cancel(image_id)
        except AlreadyPublished:
            self._clean_up(image_id, upload_id)
            raise
        if upload_id is not None:
            self.discard(image_id, upload_id)
            # From now on no parts can be joined. If somebody joined them before and then died, this undoes it.
            self._lifecycle.cancel(image_id)

    def discard(self, image_id: str, upload_id: str) -> None:
        """Abort a multipart upload and remove its notes. Raises StorageUnavailable."""
        self._storage.abort_multipart_upload(staging_key(image_id), upload_id)
        self._checksum_notes.discard(image_id)

    def _finish(self, claims: Claims, upload_id: str, join: Callable[[], None]) -> Published:
        """Join the parts unless that is done already, publish, and clean up once the upload is settled.

        When joining fails, staging/<id> may still hold the file (joined by somebody else, or sent by another upload
        of the same picture) or a tombstone. So try to publish first, and raise the fault only if nothing is there.
        """
        fault: Problem = NotArrived()
        try:
            join()
        except ObjectNotFound:
            fault = NoSuchUpload()
        except (PartsMismatch, PartsMissing) as found:
            fault = found
        except PreconditionFailed:
            pass  # staging/<id> is taken, so publish decides
        try:
            published = self.publish(claims.id, claims)
        except NotArrived:
            raise fault from None
        except (Cancelled, Deleted, Expired, Refused):
            self._clean_up(claims.id, upload_id)
            raise
        self._clean_up(claims.id, upload_id)
        return published

    def _join(self, claims: Claims, upload_id: str, expected: str | None) -> None:
        choices = self._usable_attempts(claims, upload_id)
        numbers = range(1, PartLayout(claims.size, claims.part_size).count + 1)
        if missing := [number for number in numbers if number not in choices]:
            raise PartsMissing(missing)
        for attempts in islice(product(*(choices[number] for number in numbers)), MAX_COMBINATIONS):
            checksum = composite_checksum(attempt.sha256 for attempt in attempts if attempt.sha256)
            if expected in (None, checksum) and self._try_to_join(claims.id, upload_id, attempts, checksum):
                return
        raise PartsMismatch

    def _join_companion(self, claims: Claims, upload_id: str, chosen: Sequence[tuple[int, str]]) -> None:
        listed = self._storage.list_parts(staging_key(claims.id), upload_id)
        attempts = {(part.number, part.etag): part for part in listed}
        parts = [attempts[named] for named in chosen if named in attempts]
        layout = PartLayout(claims.size, MIN_PART)
        # Storage has enforced each signed length. URLs that an older version signed have none.
        wanted = [(number, layout.length(number)) for number in range(1, layout.count + 1)]
        if [number for number, _ in chosen] != [number for number, _ in wanted]:
            raise PartsMismatch
        if [(part.number, part.size) for part in parts] != wanted:
            raise PartsMismatch
        if not self._try_to_join(claims.id, upload_id, parts, None):
            raise PartsMismatch

    def _try_to_join(self, image_id: str, upload_id: str, parts: Sequence[Part], checksum: str | None) -> bool:
        try:
            self._storage.complete_multipart_upload(staging_key(image_id), upload_id, parts, checksum)
        except InvalidParts:
            return False
        return True

    def _usable_attempts(self, claims: Claims, upload_id: str) -> dict[int, list[Part]]:
        """Return the usable attempts of each part, with their checksums, the likeliest first. Raises ObjectNotFound.

        An attempt of the wrong length was not sent with one of our signed URLs, so it is ignored.
        """
        layout = PartLayout(claims.size, claims.part_size)
        listed = self._storage.list_parts(staging_key(claims.id), upload_id)
        without_checksum = any(part.sha256 is None for part in listed)
        noted = self._checksum_notes.read(claims.id, upload_id) if without_checksum else {}
        attempts: dict[int, dict[str, Part]] = {}
        for part in sorted(listed, key=lambda part: part.last_modified, reverse=True):
            if 1 <= part.number <= layout.count and part.size == layout.length(part.number):
                attempts.setdefault(part.number, {}).setdefault(part.etag, part)
        return {
            number: choices
            for number, by_etag in attempts.items()
            if (choices := _with_checksums(by_etag.values(), noted.get(number, [])))
        }

    def _is_marked_cancelled(self, image_id: str) -> bool:
        try:
            self._storage.head(staging_cancel_key(image_id))
        except ObjectNotFound:
            return False
        return True

    def _clean_up(self, image_id: str, upload_id: str | None) -> None:
        """Clean up after a settled upload. If this fails, expiry.py removes the rest a week later."""
        if upload_id is None:
            return
        try:
            self.discard(image_id, upload_id)
        except StorageUnavailable:
            log.warning("cannot clean up", extra={"image_id": image_id})


def _with_checksums(attempts: Collection[Part], noted: list[str]) -> list[Part]:
    """Return each attempt with each checksum that it may have: the one in storage, or those that were signed."""
    known = [part for part in attempts if part.sha256]
    return known or [replace(part, sha256=checksum) for checksum in noted for part in attempts]


def _without_uncertain_checksum(choices: list[Part]) -> Part:
    """The likeliest attempt, without its checksum if that is not certain."""
    return choices[0] if len({part.sha256 for part in choices}) == 1 else replace(choices[0], sha256=None)
