"""Calls to S3. They raise the errors of errors.py.

Every call has timeouts and a limited number of retries (client.py). A retried conditional write can fail because its
own first attempt succeeded. So PreconditionFailed means "check the current state", not "another client was faster".
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from common.http.metrics import STORAGE_CALLS
from common.s3 import client as s3_client
from common.s3.errors import AccessDenied, InvalidParts, ObjectNotFound, translate
from common.s3.overdue_bulkhead import CallNotPermittedError, OverdueBulkhead
from common.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

T = TypeVar("T")

ANY = "*"
LARGE_BYTES = 64 * 1024 * 1024
"""Copying a larger object may exceed the usual timeout: the embedded store copies the bytes (1 GiB in 6.5 s on an idle
machine with 2 cores) and answers only when it is done."""


@dataclass(frozen=True)
class ObjectInfo:
    """The result of HEAD. ``size`` is in bytes, ``sha256`` in base64."""

    key: str
    size: int
    etag: str
    last_modified: datetime
    date: datetime
    """The store's clock when it answered. Ages are computed from it, so the skew of our clock does not matter."""
    sha256: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One object in a listing. ``size`` is in bytes."""

    key: str
    size: int
    last_modified: datetime


@dataclass(frozen=True)
class Listing:
    """One page of a LIST, sorted by key."""

    entries: list[Entry]
    truncated: bool
    date: datetime
    """The store's clock when it answered."""


class Storage:
    """Calls to one bucket with one set of credentials.

    All methods raise StorageUnavailable and StorageRefused. ``interactive``: see client.connect.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        client: "S3Client | None" = None,
        interactive: bool = False,
        bulkhead: OverdueBulkhead | None = None,
    ) -> None:
        self._bucket = settings.s3_bucket
        self._settings = settings
        # Up to three clients, which differ in their timeouts:
        #
        #     client                 read timeout         attempts  calls
        #     _client                3 s if interactive,  2         all but the two below
        #                            else 10 s            3
        #     _copy_client           10 s                 3         copies of at most LARGE_BYTES
        #     _long_timeout_client   300 s                3         larger copies, complete_multipart_upload
        self._client = client or s3_client.connect(settings, interactive=interactive)
        self._copy_client: S3Client | None = client or (None if interactive else self._client)
        self._long_timeout_client: S3Client | None = client
        self._bulkhead = bulkhead

    def list_page(self, prefix: str, *, start_after: str = "", limit: int = 1000) -> Listing:
        """LIST at most ``limit`` keys below ``prefix`` that sort after ``start_after``."""
        after = {"StartAfter": start_after} if start_after else {}
        answer = self._call(
            "list", self._client.list_objects_v2, Bucket=self._bucket, Prefix=prefix, MaxKeys=limit, **after
        )
        entries = [Entry(o["Key"], o["Size"], o["LastModified"]) for o in answer.get("Contents", [])]
        return Listing(entries, bool(answer.get("IsTruncated")), date_of(answer))

    def first(self, prefix: str) -> Entry | None:
        """Return the first entry below ``prefix``, or None. Decides whether a key exists: both stores LIST reliably."""
        entries = self.list_page(prefix, limit=1).entries
        return entries[0] if entries else None

    def head(self, key: str) -> ObjectInfo:
        """Return size, checksum and metadata of an object. Raises ObjectNotFound."""
        answer = self._call_on(
            key, "head", self._client.head_object, Bucket=self._bucket, Key=key, ChecksumMode="ENABLED"
        )
        return ObjectInfo(
            key=key,
            size=answer["ContentLength"],
            etag=answer["ETag"],
            last_modified=answer["LastModified"],
            date=date_of(answer),
            sha256=answer.get("ChecksumSHA256"),
            metadata=answer.get("Metadata", {}),
        )

    def read(self, seen: ObjectInfo, offset: int, length: int) -> bytes:
        """Return at most ``length`` bytes from ``offset`` of the object ``seen`` (same ETag).

        Raises PreconditionFailed if the object changed, ObjectNotFound if it is gone.
        """
        if offset >= seen.size or length <= 0:
            return b""  # S3 answers a range past the end with 416
        span = f"bytes={offset}-{min(offset + length, seen.size) - 1}"

        def get(**arguments: Any) -> dict[str, Any]:
            answer = self._client.get_object(**arguments)
            return {"bytes": answer["Body"].read()}

        answer = self._call_on(seen.key, "read", get, Bucket=self._bucket, Key=seen.key, Range=span, IfMatch=seen.etag)
        content: bytes = answer["bytes"]
        return content

    def copy_if_unchanged(self, seen: ObjectInfo, target: str, *, content_type: str, cache_control: str) -> None:
        """Copy the object ``seen`` (same ETag) to a key that must not exist, without its headers and metadata.

        Raises PreconditionFailed if the target exists or the source changed, ObjectNotFound if the source is gone.
        """
        self._call_on(
            seen.key,
            "copy",
            self._copy_client_for(seen.size).copy_object,
            Bucket=self._bucket,
            Key=target,
            CopySource={"Bucket": self._bucket, "Key": seen.key},
            CopySourceIfMatch=seen.etag,
            IfNoneMatch=ANY,
            MetadataDirective="REPLACE",
            Metadata={},
            ContentType=content_type,
            ContentDisposition="attachment",
            CacheControl=cache_control,
        )

    def copy(self, source: str, target: str, size: int, *, only_if_free: bool) -> None:
        """Copy a published object of ``size`` bytes with its headers. It never changes, so no ETag is checked.

        Raises PreconditionFailed if ``only_if_free`` is set and the target exists, ObjectNotFound if the source is
        gone.
        """
        self._call_on(
            source,
            "copy",
            self._copy_client_for(size).copy_object,
            Bucket=self._bucket,
            Key=target,
            CopySource={"Bucket": self._bucket, "Key": source},
            **({"IfNoneMatch": ANY} if only_if_free else {}),
        )

    def put_empty(self, key: str, metadata: dict[str, str], *, instead_of: ObjectInfo | None) -> None:
        """Put an empty object in place of ``instead_of`` (same ETag); None: only if the key does not exist.

        Raises PreconditionFailed if the object at ``key`` is not in that state.
        """
        condition = {"IfMatch": instead_of.etag} if instead_of else {"IfNoneMatch": ANY}
        self._call(
            "put",
            self._client.put_object,
            Bucket=self._bucket,
            Key=key,
            Body=b"",
            Metadata=metadata,
            **condition,
        )

    def delete(self, key: str) -> None:
        """Delete an object. No error if it does not exist."""
        self._call("delete", self._client.delete_object, Bucket=self._bucket, Key=key)

    def _call_on(self, key: str, operation: str, function: Callable[..., Any], **arguments: Any) -> Any:
        """Make a call that needs the object at ``key``. Raises ObjectNotFound if it does not exist.

        For a missing key AWS answers 404 only if the caller may list the whole bucket, else 403 (S3 API reference,
        HeadObject, "Permissions"). The services may list only some prefixes, so after a 403 a LIST decides.
        """
        try:
            return self._call(operation, function, **arguments)
        except AccessDenied:
            found = self.first(key)
            if found and found.key == key:
                raise
            raise ObjectNotFound from None

    def _copy_client_for(self, size: int) -> "S3Client":
        if size > LARGE_BYTES:
            return self.long_timeout_client()
        if self._copy_client is None:
            self._copy_client = s3_client.connect(self._settings)
        return self._copy_client

    def long_timeout_client(self) -> "S3Client":
        """Return the client for calls whose time grows with the object. Created on first use: few galleries need it."""
        if self._long_timeout_client is None:
            self._long_timeout_client = s3_client.connect(self._settings, read_timeout=s3_client.LONG_TIMEOUT_SECONDS)
        return self._long_timeout_client

    def _call(self, operation: str, function: Callable[..., Any], **arguments: Any) -> Any:
        began, outcome = time.perf_counter(), "ok"
        guard = (
            self._bulkhead.call(_TIMEOUT_ERRORS, size_dependent=operation in _SIZE_DEPENDENT)
            if self._bulkhead
            else nullcontext()
        )
        try:
            with guard:
                return _retry_on_conflict(function, arguments)
        except (ClientError, BotoCoreError, CallNotPermittedError) as error:
            translated = translate(error)
            outcome = _OUTCOMES.get(type(translated)) or type(translated).__name__
            raise translated from error
        finally:
            STORAGE_CALLS.labels(operation, outcome).observe(time.perf_counter() - began)


_TIMEOUT_ERRORS = (ConnectTimeoutError, ReadTimeoutError)
"""Errors that block a thread for a whole timeout. A refused or reset connection fails fast, so it does not count."""
_SIZE_DEPENDENT = frozenset({"copy", "complete_multipart"})
"""Calls whose time grows with the object."""


_OUTCOMES: dict[type[Exception], str] = {
    AccessDenied: "Denied",
    ObjectNotFound: "Missing",
    InvalidParts: "WrongParts",
}
"""Labels of the metric that differ from the class names. Dashboards and alerts of installations use them."""

CONFLICT_TRIES = 3
"""Most attempts at a conditional write that meets conflicts."""


def _retry_on_conflict(function: Callable[..., T], arguments: dict[str, Any]) -> T:
    """Repeat a conditional write that conflicts with one in progress (S3: 409 ConditionalRequestConflict, "retry")."""
    for _ in range(CONFLICT_TRIES - 1):
        try:
            return function(**arguments)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") != 409:
                raise
    return function(**arguments)


def date_of(answer: Any) -> datetime:
    """Return the store's clock when it answered (its Date header), else our own clock."""
    header = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(header) if header else datetime.now(UTC)
