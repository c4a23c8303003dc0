"""Errors of storage calls, and the table from S3's answers to them: by code and status, never by message text."""

from botocore.exceptions import BotoCoreError, ClientError

from common.http.problems import Problem, Unavailable
from common.s3.overdue_bulkhead import CallNotPermittedError


class StorageUnavailable(Unavailable):
    """S3 did not answer, or answered that it is temporarily unavailable. The caller may retry the same step."""

    def __init__(self) -> None:
        super().__init__("The picture store does not answer at the moment. Nothing is lost; try again shortly.")


class StorageRefused(Problem):
    """S3 refused a call that the service should be allowed to make: an installation fault, not the client's."""

    status = 500


class AccessDenied(StorageRefused):
    """S3 answered 403. AWS also does so for a missing key if the caller may not list the whole bucket."""


class ObjectNotFound(Exception):
    """There is no such object or upload."""


class PreconditionFailed(Exception):
    """If-Match or If-None-Match failed: the object, or the source of a copy, is not in the expected state."""


class InvalidParts(Exception):
    """The parts of an upload differ from those named, have other checksums, or are smaller than S3 allows."""


_INVALID_PARTS = frozenset({"InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest"})
"""S3 API reference, CompleteMultipartUpload, errors. No other call of the services can cause these codes."""


def translate(error: ClientError | BotoCoreError | CallNotPermittedError) -> Exception:
    """Return the domain error for an error from boto3 or the bulkhead, by type, HTTP status and error code.

    Statuses: S3 API reference, "Error responses". 408, 409, 429 and 5xx are temporary. 403 and the other 4xx are faults
    of the installation or of the service.
    """
    if not isinstance(error, ClientError):
        return StorageUnavailable()
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = error.response.get("Error", {}).get("Code", "")
    if status == 404 and code != "NoSuchBucket":
        return ObjectNotFound()
    if status == 412:
        return PreconditionFailed()
    if code in _INVALID_PARTS:
        return InvalidParts()
    if status in (408, 409, 429) or status >= 500 or code in ("SlowDown", "RequestTimeout", "RequestTimeTooSkewed"):
        return StorageUnavailable()
    refused = AccessDenied if status == 403 else StorageRefused
    return refused(
        "The picture store refused a request of this service. The service's operator can find the reason in the logs."
    )
