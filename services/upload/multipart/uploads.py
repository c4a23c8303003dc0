"""Uploads in parts: begun, listed, put together and given up. Publishing begins where these end, at staging/<id>.

Nothing of an upload is remembered here: storage has the parts, the token says how long the file is and how it is cut,
and the ledger which checksums were signed. Any replica can go on where another, or a client, was interrupted.

The embedded store looks whether a key is free and joins the parts there a moment later: a tombstone that is written in
between is lost. So a cancel first leaves a mark under a key of its own, then looks; and who has joined parts looks for
the mark before he publishes. One of the two comes second, and sees what the other did.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice, product

from common.domain.keys import staging_cancel_key, staging_key
from common.domain.tokens import Claims
from common.http.problems import Problem
from common.s3.errors import Missing, PreconditionFailed, StorageUnavailable, WrongParts
from common.s3.multipart import MultipartStorage, Part
from upload.errors import (
    AlreadyArrived,
    AlreadyPublished,
    Cancelled,
    Deleted,
    Expired,
    NoSuchUpload,
    NothingThere,
    OtherParts,
    PartsMissing,
    Refused,
)
from upload.lifecycle.executor import Executor, Published
from upload.lifecycle.metadata import metadata_for
from upload.lifecycle.states import UploadState, reason_of, state_of
from upload.multipart.ledger import Checksums, Ledger
from upload.multipart.part_sizes import MIN_PART, PartLayout, composite

log = logging.getLogger(__name__)

MOST_COMBINATIONS = 64
"""How many ways to take one sending of each part are tried. There is more than one only where a part was signed or
sent with different bytes; then the newest come first."""


class Multipart:
    """Uploads in parts, given storage and the state machine that takes over once the parts are joined."""

    def __init__(self, storage: MultipartStorage, lifecycle: Executor) -> None:
        self._storage = storage
        self._lifecycle = lifecycle
        self._ledger = Ledger(storage)

    def begin(self, claims: Claims, *, with_sha256: bool = True) -> str:
        """Begin an upload in parts; returns its id.

        Raises AlreadyArrived, Cancelled, Deleted, Refused, StorageUnavailable.
        """
        key = staging_key(claims.id)
        upload_id = self._storage.create_multipart_upload(
            key, claims.content_type, metadata_for(claims), with_sha256=with_sha256
        )
        # Looked at afterwards, so that a cancel which came between is seen, and nothing begun stays behind it.
        try:
            found = self._storage.head(key)
        except Missing:
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

    def note(self, claims: Claims, upload_id: str, checksums: Checksums, now: float) -> None:
        """Note the checksums that are being signed for parts of an upload. Raises StorageUnavailable."""
        self._ledger.note(claims.id, upload_id, checksums, now)

    def found(self, claims: Claims, upload_id: str) -> list[Part]:
        """Each part that storage has, once and ascending, with its checksum where that is certain.

        Raises NoSuchUpload, StorageUnavailable.
        """
        try:
            choices = self._choices(claims, upload_id)
        except Missing:
            raise NoSuchUpload from None
        return [_certain(choices[number]) for number in sorted(choices)]

    def sent(self, claims: Claims, upload_id: str) -> list[Part]:
        """The newest sending of each part that storage has, ascending, of a sender who cut the file as it liked.

        When the parts are joined already, say because the answer to completing was lost: as many parts as the file can
        have had, so that the sender has nothing left but to complete again. Raises NoSuchUpload and what
        Executor.publish raises.
        """
        try:
            listed = self._storage.list_parts(staging_key(claims.id), upload_id)
        except Missing:
            return self._as_if_sent(claims)
        newest = {part.number: part for part in sorted(listed, key=lambda part: part.last_modified)}
        return [newest[number] for number in sorted(newest)]

    def _as_if_sent(self, claims: Claims) -> list[Part]:
        try:
            size = self.publish(claims.id, claims).size
        except NothingThere:
            raise NoSuchUpload from None
        layout, joined = PartLayout(size, MIN_PART), datetime.now(UTC)
        return [Part(number, layout.length(number), "joined", joined, None) for number in range(1, layout.count + 1)]

    def complete(self, claims: Claims, upload_id: str, expected: str | None) -> Published:
        """Put the file together from what storage has, and publish it. ``expected`` is the composite, if known.

        Raises PartsMissing, OtherParts, NoSuchUpload, and what Executor.publish raises.
        """
        return self._finish(claims, upload_id, lambda: self._join(claims, upload_id, expected))

    def complete_as_sent(self, claims: Claims, upload_id: str, chosen: Sequence[tuple[int, str]]) -> Published:
        """The same for Uppy, which names the sendings that count: number and ETag.

        Raises OtherParts, NoSuchUpload, and what Executor.publish raises.
        """
        return self._finish(claims, upload_id, lambda: self._join_as_sent(claims, upload_id, chosen))

    def publish(self, image_id: str, claims: Claims | None) -> Published:
        """What Executor.publish does, for what may have been sent in parts: not once somebody has cancelled."""
        if self._is_marked(image_id):
            try:
                self._lifecycle.cancel(image_id)
            except AlreadyPublished:
                pass  # long before the cancel came, which was told so
        return self._lifecycle.publish(image_id, claims)

    def cancel(self, image_id: str, upload_id: str | None) -> None:
        """Settle the picture so that it can never be published, and leave no parts of the upload that is named.

        Raises AlreadyPublished (and the parts of another upload of the same picture are gone), StorageUnavailable.
        """
        self._storage.write_note(staging_cancel_key(image_id), b"")
        try:
            self._lifecycle.cancel(image_id)
        except AlreadyPublished:
            self._tidy(image_id, upload_id)
            raise
        if upload_id is not None:
            self.discard(image_id, upload_id)
            # No parts can be joined from now on. If somebody did so until now and then ended, it is undone here.
            self._lifecycle.cancel(image_id)

    def discard(self, image_id: str, upload_id: str) -> None:
        """Leave nothing of an upload in parts. Raises StorageUnavailable."""
        self._storage.abort_multipart_upload(staging_key(image_id), upload_id)
        self._ledger.discard(image_id)

    def _finish(self, claims: Claims, upload_id: str, join: Callable[[], None]) -> Published:
        """Join the parts unless that is done, publish, and leave nothing behind once it is settled.

        Whatever keeps the parts from being joined, the file may be there all the same: joined by somebody else, or
        sent as another upload of the same picture; or a tombstone is. So look, and only then tell what was wrong.
        """
        fault: Problem = NothingThere()
        try:
            join()
        except Missing:
            fault = NoSuchUpload()
        except (OtherParts, PartsMissing) as found:
            fault = found
        except PreconditionFailed:
            pass  # something is there
        try:
            published = self.publish(claims.id, claims)
        except NothingThere:
            raise fault from None
        except (Cancelled, Deleted, Expired, Refused):
            self._tidy(claims.id, upload_id)
            raise
        self._tidy(claims.id, upload_id)
        return published

    def _join(self, claims: Claims, upload_id: str, expected: str | None) -> None:
        choices = self._choices(claims, upload_id)
        numbers = range(1, PartLayout(claims.size, claims.part_size).count + 1)
        if missing := [number for number in numbers if number not in choices]:
            raise PartsMissing(missing)
        for sendings in islice(product(*(choices[number] for number in numbers)), MOST_COMBINATIONS):
            checksum = composite(sending.sha256 for sending in sendings if sending.sha256)
            if expected in (None, checksum) and self._joined(claims.id, upload_id, sendings, checksum):
                return
        raise OtherParts

    def _join_as_sent(self, claims: Claims, upload_id: str, chosen: Sequence[tuple[int, str]]) -> None:
        listed = self._storage.list_parts(staging_key(claims.id), upload_id)
        sendings = {(part.number, part.etag): part for part in listed}
        parts = [sendings[named] for named in chosen if named in sendings]
        layout = PartLayout(claims.size, MIN_PART)
        # Storage has enforced each signed length. A URL of the version before had none.
        wanted = [(number, layout.length(number)) for number in range(1, layout.count + 1)]
        if [number for number, _ in chosen] != [number for number, _ in wanted]:
            raise OtherParts
        if [(part.number, part.size) for part in parts] != wanted:
            raise OtherParts
        if not self._joined(claims.id, upload_id, parts, None):
            raise OtherParts

    def _joined(self, image_id: str, upload_id: str, parts: Sequence[Part], checksum: str | None) -> bool:
        try:
            self._storage.complete_multipart_upload(staging_key(image_id), upload_id, parts, checksum)
        except WrongParts:
            return False
        return True

    def _choices(self, claims: Claims, upload_id: str) -> dict[int, list[Part]]:
        """The sendings that each part may be taken from, with their checksums, the likeliest first. Raises Missing.

        What has another length than its part was not sent with a permission of ours, and does not count.
        """
        layout = PartLayout(claims.size, claims.part_size)
        listed = self._storage.list_parts(staging_key(claims.id), upload_id)
        without_checksum = any(part.sha256 is None for part in listed)
        noted = self._ledger.read(claims.id, upload_id) if without_checksum else {}
        sendings: dict[int, dict[str, Part]] = {}
        for part in sorted(listed, key=lambda part: part.last_modified, reverse=True):
            if 1 <= part.number <= layout.count and part.size == layout.length(part.number):
                sendings.setdefault(part.number, {}).setdefault(part.etag, part)
        return {
            number: choices
            for number, by_etag in sendings.items()
            if (choices := _with_checksums(by_etag.values(), noted.get(number, [])))
        }

    def _is_marked(self, image_id: str) -> bool:
        try:
            self._storage.head(staging_cancel_key(image_id))
        except Missing:
            return False
        return True

    def _tidy(self, image_id: str, upload_id: str | None) -> None:
        """Remove what a settled upload left. What fails here is removed a week later (expiry.py)."""
        if upload_id is None:
            return
        try:
            self.discard(image_id, upload_id)
        except StorageUnavailable:
            log.warning("left behind", extra={"image_id": image_id})


def _with_checksums(sendings: Collection[Part], noted: list[str]) -> list[Part]:
    """Each sending with each checksum that it may have: the one that storage tells, or those that were signed."""
    known = [part for part in sendings if part.sha256]
    return known or [replace(part, sha256=checksum) for checksum in noted for part in sendings]


def _certain(choices: list[Part]) -> Part:
    """The likeliest choice; without its checksum when it could be another."""
    return choices[0] if len({part.sha256 for part in choices}) == 1 else replace(choices[0], sha256=None)
