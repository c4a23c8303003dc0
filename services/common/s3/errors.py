"""What storage's calls may raise, and which answer of S3 becomes which: by code and status, never by message."""

from botocore.exceptions import BotoCoreError, ClientError

from common.http.problems import Problem, Unavailable
from common.s3.semaphore_bulkhead import CallNotPermittedError


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


_WRONG_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest"})
"""S3 API reference, CompleteMultipartUpload, errors. No other call of ours sends a body that they could speak of."""


def translate(error: ClientError | BotoCoreError | CallNotPermittedError) -> Exception:
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
