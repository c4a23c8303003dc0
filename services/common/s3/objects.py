"""The calls to S3. Their errors leave as those of errors.py.

Every call has time-outs and bounded retries (client.py). A retried conditional write may meet its own first
try: callers take PreconditionFailed as "look again", never as "somebody else".
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
from common.s3.errors import Denied, Missing, translate
from common.s3.semaphore_bulkhead import CallNotPermittedError, SemaphoreBulkhead
from common.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

T = TypeVar("T")

ANY = "*"
LARGE_BYTES = 64 * 1024 * 1024
"""From here on copying may take longer than the usual time-out: the embedded store moves real bytes, 1 GiB in 6.5 s
on a quiet machine of 2 cores, and says nothing until it is done."""


@dataclass(frozen=True)
class ObjectInfo:
    """What HEAD says of an object."""

    key: str
    size: int
    etag: str
    last_modified: datetime
    date: datetime
    """The store's own clock at this answer; ages are differences to it, so our clock's skew does not matter."""
    sha256: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of a list."""

    key: str
    size: int
    last_modified: datetime


@dataclass(frozen=True)
class Listing:
    """One page of a list, in ascending order of keys."""

    entries: list[Entry]
    truncated: bool
    date: datetime


class Storage:
    """The calls that the services make, on one bucket with one identity."""

    def __init__(
        self,
        settings: Settings,
        *,
        client: "S3Client | None" = None,
        hurried: bool = False,
        bulkhead: SemaphoreBulkhead | None = None,
    ) -> None:
        self._bucket = settings.s3_bucket
        self._settings = settings
        self._client = client or s3_client.connect(settings, hurried=hurried)
        self._copier: S3Client | None = client or (None if hurried else self._client)
        self._patient: S3Client | None = client
        self._bulkhead = bulkhead

    def list_page(self, prefix: str, *, start_after: str = "", limit: int = 1000) -> Listing:
        """One LIST of at most ``limit`` keys after ``start_after``. Raises StorageUnavailable, StorageRefused."""
        after = {"StartAfter": start_after} if start_after else {}
        answer = self._call(
            "list", self._client.list_objects_v2, Bucket=self._bucket, Prefix=prefix, MaxKeys=limit, **after
        )
        entries = [Entry(o["Key"], o["Size"], o["LastModified"]) for o in answer.get("Contents", [])]
        return Listing(entries, bool(answer.get("IsTruncated")), date_of(answer))

    def first(self, prefix: str) -> Entry | None:
        """The first key below ``prefix``. How presence is decided: it is certain on AWS and here alike."""
        entries = self.list_page(prefix, limit=1).entries
        return entries[0] if entries else None

    def head(self, key: str) -> ObjectInfo:
        """Size, checksum and metadata. Raises Missing."""
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
        """At most ``length`` bytes from ``offset`` of exactly the object that was seen. Raises PreconditionFailed."""
        if offset >= seen.size or length <= 0:
            return b""  # S3 answers a range past the end with 416
        span = f"bytes={offset}-{min(offset + length, seen.size) - 1}"

        def get(**arguments: Any) -> dict[str, Any]:
            answer = self._client.get_object(**arguments)
            return {"bytes": answer["Body"].read()}

        answer = self._call_on(seen.key, "read", get, Bucket=self._bucket, Key=seen.key, Range=span, IfMatch=seen.etag)
        content: bytes = answer["bytes"]
        return content

    def publish(self, seen: ObjectInfo, target: str, *, content_type: str, cache_control: str) -> None:
        """Copy exactly what was seen to a key that must be free, with none of the sender's headers.

        Raises PreconditionFailed when the target exists or the source changed, Missing when the source is gone.
        """
        self._call_on(
            seen.key,
            "copy",
            self._copier_of(seen.size).copy_object,
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
        """Copy a published object of ``size`` bytes, headers and all: it never changes, so no ETag has to be held.

        Raises PreconditionFailed when the target has to be free and is not, Missing when the source is not there.
        """
        self._call_on(
            source,
            "copy",
            self._copier_of(size).copy_object,
            Bucket=self._bucket,
            Key=target,
            CopySource={"Bucket": self._bucket, "Key": source},
            **({"IfNoneMatch": ANY} if only_if_free else {}),
        )

    def write_empty(self, key: str, metadata: dict[str, str], *, instead_of: ObjectInfo | None) -> None:
        """Put a zero-byte object in the place of exactly what was seen, or of nothing. Raises PreconditionFailed."""
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
        """Remove an object; removing what is not there is no error."""
        self._call("delete", self._client.delete_object, Bucket=self._bucket, Key=key)

    def _call_on(self, key: str, operation: str, function: Callable[..., Any], **arguments: Any) -> Any:
        """A call that needs the object at ``key``.

        Where a LIST is allowed below a prefix only, as ours are, AWS answers 403 for a key that is not there, and 404
        otherwise ("HeadObject", permissions). A 403 alone says nothing, so a LIST decides. Raises Missing.
        """
        try:
            return self._call(operation, function, **arguments)
        except Denied:
            found = self.first(key)
            if found and found.key == key:
                raise
            raise Missing from None

    def _copier_of(self, size: int) -> "S3Client":
        if size > LARGE_BYTES:
            return self.patient_client()
        if self._copier is None:
            self._copier = s3_client.connect(self._settings)
        return self._copier

    def patient_client(self) -> "S3Client":
        """A client for calls whose time grows with the object. Made when it is first needed: few galleries need it."""
        if self._patient is None:
            self._patient = s3_client.connect(self._settings, read_timeout=s3_client.PATIENT_SECONDS)
        return self._patient

    def _call(self, operation: str, function: Callable[..., Any], **arguments: Any) -> Any:
        began, outcome = time.perf_counter(), "ok"
        spared = self._bulkhead.call(_SILENCE, lasting=operation in _LASTING) if self._bulkhead else nullcontext()
        try:
            with spared:
                return _again_on_conflict(function, arguments)
        except (ClientError, BotoCoreError, CallNotPermittedError) as error:
            ours = translate(error)
            outcome = type(ours).__name__
            raise ours from error
        finally:
            STORAGE_CALLS.labels(operation, outcome).observe(time.perf_counter() - began)


_SILENCE = (ConnectTimeoutError, ReadTimeoutError)
"""What costs a thread its time. A connection that is refused or cut costs nothing, so the next call may try again."""
_LASTING = frozenset({"copy", "complete_multipart"})
"""Calls whose time grows with the object."""


CONFLICT_TRIES = 3


def _again_on_conflict(function: Callable[..., T], arguments: dict[str, Any]) -> T:
    """Repeat a conditional write that met another in flight (S3: 409 ConditionalRequestConflict, "retry")."""
    for _ in range(CONFLICT_TRIES - 1):
        try:
            return function(**arguments)
        except ClientError as error:
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") != 409:
                raise
    return function(**arguments)


def date_of(answer: Any) -> datetime:
    """Storage's own clock at this answer."""
    header = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(header) if header else datetime.now(UTC)
