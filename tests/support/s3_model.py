"""S3 in memory, as a function: a bucket and a call give a new bucket and an answer.

It replaces boto3's client below our own storage code. So a test can try every order of the calls of several processes,
and every fault between them. On a real store that would take days.

It may replace S3 because each call is atomic, and reads and lists see all earlier writes. S3 promises this (S3 user
guide, "Data consistency model"), and so does the embedded store. Conditions are checked in the same atomic step
("Conditional requests"). The model has only the calls that publishing and deleting make; any other call fails the test.
tests/system/test_s3_model.py compares it with the real store, call by call.
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError


@dataclass(frozen=True)
class Held:
    """An object."""

    body: bytes
    metadata: tuple[tuple[str, str], ...] = ()
    content_type: str = "binary/octet-stream"
    disposition: str = ""
    cache_control: str = ""
    modified: int = 0
    """Seconds since 1970."""

    @property
    def etag(self) -> str:
        return f'"{hashlib.md5(self.body, usedforsecurity=False).hexdigest()}"'


Bucket = Mapping[str, Held]
"""Immutable; each call makes a new one."""


@dataclass(frozen=True)
class Refusal:
    """An answer with an error status."""

    status: int
    code: str

    def error(self) -> ClientError:
        """Return the error that boto3 raises for it."""
        response: Any = {"Error": {"Code": self.code}, "ResponseMetadata": {"HTTPStatusCode": self.status}}
        return ClientError(response, "Operation")


NO_SUCH_KEY = Refusal(404, "NoSuchKey")
NOT_FOUND = Refusal(404, "404")  # HEAD has no body that could name the error
FAILED = Refusal(412, "PreconditionFailed")


def step(bucket: Bucket, call: str, arguments: Mapping[str, Any], now: int, *, aws: bool = False) -> tuple[Bucket, Any]:
    """Return the bucket after a call, and boto3's answer or a Refusal. ``now`` is in seconds since 1970.

    With ``aws``, If-Match on a missing key gives 404, as on AWS. The embedded store answers 412.
    """
    asked = {name: value for name, value in arguments.items() if name != "Bucket"}
    return _CALLS[call](bucket, asked, now, aws)


def _list(bucket: Bucket, asked: dict[str, Any], now: int, _: bool) -> tuple[Bucket, Any]:
    prefix, after, most = asked.pop("Prefix"), asked.pop("StartAfter", ""), asked.pop("MaxKeys")
    _nothing_else(asked)
    keys = sorted(key for key in bucket if key.startswith(prefix) and key > after)
    contents = [
        {"Key": key, "Size": len(bucket[key].body), "LastModified": datetime.fromtimestamp(bucket[key].modified, UTC)}
        for key in keys[:most]
    ]
    return bucket, {"Contents": contents, "IsTruncated": len(keys) > most, **_dated(now)}


def _head(bucket: Bucket, asked: dict[str, Any], now: int, _: bool) -> tuple[Bucket, Any]:
    held = bucket.get(asked.pop("Key"))
    checksum = asked.pop("ChecksumMode")
    _nothing_else(asked)
    if held is None:
        return bucket, NOT_FOUND
    assert checksum == "ENABLED"
    return bucket, {
        "ContentLength": len(held.body),
        "ETag": held.etag,
        "LastModified": datetime.fromtimestamp(held.modified, UTC),
        "Metadata": dict(held.metadata),
        **_dated(now),
    }


def _get(bucket: Bucket, asked: dict[str, Any], now: int, _: bool) -> tuple[Bucket, Any]:
    held = bucket.get(asked.pop("Key"))
    first, last = (int(number) for number in asked.pop("Range").removeprefix("bytes=").split("-"))
    etag = asked.pop("IfMatch")
    _nothing_else(asked)
    if held is None:
        return bucket, NO_SUCH_KEY
    if held.etag != etag:
        return bucket, FAILED
    return bucket, {"Body": held.body[first : last + 1], **_dated(now)}


def _put(bucket: Bucket, asked: dict[str, Any], now: int, aws: bool) -> tuple[Bucket, Any]:
    key = asked.pop("Key")
    fitting, none, there = asked.pop("IfMatch", None), asked.pop("IfNoneMatch", None), bucket.get(key)
    if fitting is not None and there is None:
        return bucket, NO_SUCH_KEY if aws else FAILED
    if (none == "*" and there is not None) or (fitting is not None and there and there.etag != fitting):
        return bucket, FAILED
    held = Held(asked.pop("Body"), tuple(sorted(asked.pop("Metadata", {}).items())), modified=now)
    _nothing_else(asked)
    return {**bucket, key: held}, {"ETag": held.etag}


def _copy(bucket: Bucket, asked: dict[str, Any], now: int, _: bool) -> tuple[Bucket, Any]:
    source, target = bucket.get(asked.pop("CopySource")["Key"]), asked.pop("Key")
    fitting, none = asked.pop("CopySourceIfMatch", None), asked.pop("IfNoneMatch", None)
    directive = asked.pop("MetadataDirective", "COPY")
    if source is None:
        return bucket, NO_SUCH_KEY
    if (fitting is not None and source.etag != fitting) or (none == "*" and target in bucket):
        return bucket, FAILED
    made = replace(source, modified=now)
    if directive == "REPLACE":
        made = Held(
            source.body,
            tuple(sorted(asked.pop("Metadata").items())),
            asked.pop("ContentType"),
            asked.pop("ContentDisposition"),
            asked.pop("CacheControl"),
            now,
        )
    _nothing_else(asked)
    return {**bucket, target: made}, {"CopyObjectResult": {"ETag": made.etag}}


def _delete(bucket: Bucket, asked: dict[str, Any], now: int, _: bool) -> tuple[Bucket, Any]:
    gone = asked.pop("Key")
    _nothing_else(asked)
    return {key: held for key, held in bucket.items() if key != gone}, {}


_CALLS = {
    "list_objects_v2": _list,
    "head_object": _head,
    "get_object": _get,
    "put_object": _put,
    "copy_object": _copy,
    "delete_object": _delete,
}


def _nothing_else(left: dict[str, Any]) -> None:
    assert not left, f"the model does not know {sorted(left)}"


def _dated(now: int) -> dict[str, Any]:
    date = datetime.fromtimestamp(now, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    return {"ResponseMetadata": {"HTTPHeaders": {"date": date}}}


class Client:
    """The model with the interface of boto3's client."""

    def __init__(self, now: int, *, aws: bool = False) -> None:
        self.bucket: Bucket = {}
        self.now = now
        self._aws = aws

    def __getattr__(self, call: str) -> Any:
        def answer(**arguments: Any) -> Any:
            self.bucket, found = step(self.bucket, call, arguments, self.now, aws=self._aws)
            return as_boto3(found)

        return answer


def as_boto3(answer: Any) -> Any:
    """Return an answer as boto3 does: refusals are raised, bodies are streams."""
    if isinstance(answer, Refusal):
        raise answer.error()
    return {**answer, "Body": io.BytesIO(answer["Body"])} if "Body" in answer else answer
