"""S3. With identity.py the only file that knows boto3. Its errors leave as the ones below, by code, never by message.

Every call has time-outs and bounded retries with jitter (botocore's standard mode). A retried conditional write may
meet its own first try: callers take PreconditionFailed as "look again", never as "somebody else".
"""

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from common.brake import Brake, StoppedError
from common.metrics import STORAGE_CALLS
from common.problems import Problem, Unavailable
from common.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

T = TypeVar("T")

ANY = "*"


class StorageUnavailable(Unavailable):
    """S3 did not answer, or answered that it cannot now. Nothing was decided; the same step may be tried again."""

    def __init__(self) -> None:
        super().__init__("The picture store does not answer at the moment. Nothing is lost; try again shortly.")


class StorageRefused(Problem):
    """S3 refused a call that our own rights or requests should allow: a fault of the installation, not the caller's."""

    status = 500


class Denied(StorageRefused):
    """S3 says that we may not. So AWS also answers for a missing key, to who may not list the whole bucket."""


class Missing(Exception):
    """There is no such object."""


class PreconditionFailed(Exception):
    """If-Match or If-None-Match did not hold: the object, or the source of a copy, is not what we saw."""


class WrongParts(Exception):
    """An upload does not have just the parts that were named, with these checksums and no smaller than S3 allows."""


@dataclass(frozen=True)
class Stored:
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
        brake: Brake | None = None,
    ) -> None:
        self._bucket = settings.s3_bucket
        self._settings = settings
        self._client = client or connect(settings, hurried=hurried)
        self._copier: S3Client | None = client or (None if hurried else self._client)
        self._patient: S3Client | None = client
        self._brake = brake

    def list_page(self, prefix: str, *, start_after: str = "", limit: int = 1000) -> Listing:
        """One LIST of at most ``limit`` keys after ``start_after``. Raises StorageUnavailable, StorageRefused."""
        after = {"StartAfter": start_after} if start_after else {}
        answer = self._call(
            "list", self._client.list_objects_v2, Bucket=self._bucket, Prefix=prefix, MaxKeys=limit, **after
        )
        entries = [Entry(o["Key"], o["Size"], o["LastModified"]) for o in answer.get("Contents", [])]
        return Listing(entries, bool(answer.get("IsTruncated")), _date(answer))

    def first(self, prefix: str) -> Entry | None:
        """The first key below ``prefix``. How presence is decided: it is certain on AWS and here alike."""
        entries = self.list_page(prefix, limit=1).entries
        return entries[0] if entries else None

    def head(self, key: str) -> Stored:
        """Size, checksum and metadata. Raises Missing."""
        answer = self._call_on(
            key, "head", self._client.head_object, Bucket=self._bucket, Key=key, ChecksumMode="ENABLED"
        )
        return Stored(
            key=key,
            size=answer["ContentLength"],
            etag=answer["ETag"],
            last_modified=answer["LastModified"],
            date=_date(answer),
            sha256=answer.get("ChecksumSHA256"),
            metadata=answer.get("Metadata", {}),
        )

    def read(self, seen: Stored, offset: int, length: int) -> bytes:
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

    def publish(self, seen: Stored, target: str, *, content_type: str, cache_control: str) -> None:
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

    def write_empty(self, key: str, metadata: dict[str, str], *, instead_of: Stored | None) -> None:
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
            self._copier = connect(self._settings)
        return self._copier

    def patient_client(self) -> "S3Client":
        """A client for calls whose time grows with the object. Made when it is first needed: few galleries need it."""
        if self._patient is None:
            self._patient = connect(self._settings, read_timeout=PATIENT_SECONDS)
        return self._patient

    def _call(self, operation: str, function: Callable[..., Any], **arguments: Any) -> Any:
        began, outcome = time.perf_counter(), "ok"
        spared = self._brake.call(_SILENCE, lasting=operation in _LASTING) if self._brake else nullcontext()
        try:
            with spared:
                return _again_on_conflict(function, arguments)
        except (ClientError, BotoCoreError, StoppedError) as error:
            ours = translate(error)
            outcome = type(ours).__name__
            raise ours from error
        finally:
            STORAGE_CALLS.labels(operation, outcome).observe(time.perf_counter() - began)


_SILENCE = (ConnectTimeoutError, ReadTimeoutError)
"""What costs a thread its time. A connection that is refused or cut costs nothing, so the next call may try again."""
_LASTING = frozenset({"copy", "complete_multipart"})
"""Calls whose time grows with the object."""


def chain() -> Any:
    """What AWS's default chain (environment, web identity, container, machine) says who we are, as botocore has it.

    Raises SettingsError when it says nothing.
    """
    found = boto3.Session().get_credentials()
    if found is None:
        raise SettingsError(
            "S3_ACCESS_KEY_ID is not set, and AWS's default chain (a role of the container or the machine, AWS_… "
            "variables) gives no identity either: see .env.example for what it means"
        )
    return found


def client(settings: Settings, service: Any, **options: Any) -> Any:
    """A boto3 client of ``service``, as the keys of the settings or else the default chain say.

    All are of boto3's one default session, which loads the descriptions of AWS's interfaces once. Raises SettingsError.
    """
    if not settings.s3_access_key_id:
        chain()
    return boto3.client(
        service,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id or None,
        aws_secret_access_key=settings.s3_secret_access_key or None,
        **options,
    )


LARGE_BYTES = 64 * 1024 * 1024
"""From here on copying may take longer than the usual time-out: the embedded store moves real bytes, 1 GiB in 6.5 s
on a quiet machine of 2 cores, and says nothing until it is done."""
PATIENT_SECONDS = 300


def connect(settings: Settings, *, hurried: bool = False, read_timeout: int = 10) -> "S3Client":
    """A thread-safe boto3 client: signature version 4, regional addresses, short time-outs, three tries.

    ``hurried`` is for look-ups that somebody waits for: two tries and 8 seconds in all, not 36.
    """
    s3: S3Client = client(
        settings,
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": settings.s3_addressing_style},
            connect_timeout=1 if hurried else 2,
            read_timeout=3 if hurried else read_timeout,
            retries={"mode": "standard", "total_max_attempts": 2 if hurried else 3},
            max_pool_connections=32,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    return s3


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


_WRONG_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest"})
"""S3 API reference, CompleteMultipartUpload, errors. No other call of ours sends a body that they could speak of."""


def translate(error: ClientError | BotoCoreError | StoppedError) -> Exception:
    """Our error for one of boto3's, by HTTP status and type.

    Statuses: S3 API reference, "Error responses". 429 and 5xx are passing; 403 and other 4xx are faults of ours.
    """
    if not isinstance(error, ClientError):
        return StorageUnavailable()
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = error.response.get("Error", {}).get("Code", "")
    if status == 404 and code != "NoSuchBucket":
        return Missing()
    if status == 412:
        return PreconditionFailed()
    if code in _WRONG_PARTS:
        return WrongParts()
    if status in (408, 409, 429) or status >= 500 or code in ("SlowDown", "RequestTimeout", "RequestTimeTooSkewed"):
        return StorageUnavailable()
    refused = Denied if status == 403 else StorageRefused
    return refused(
        "The picture store refused a request of ours. Whoever looks after this service can see why in its log."
    )


def _date(answer: Any) -> datetime:
    header = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return parsedate_to_datetime(header) if header else datetime.now(UTC)
