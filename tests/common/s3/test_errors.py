"""The table from boto3's errors to domain errors."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from common.s3.errors import (
    AccessDenied,
    InvalidParts,
    ObjectNotFound,
    PreconditionFailed,
    StorageRefused,
    StorageUnavailable,
    translate,
)


def client_error(status: int, code: str) -> ClientError:
    response: Any = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "Operation")


@pytest.mark.parametrize(
    ("error", "ours"),
    [
        (client_error(404, "NoSuchKey"), ObjectNotFound),
        (client_error(404, "404"), ObjectNotFound),
        (client_error(404, "NoSuchBucket"), StorageRefused),
        (client_error(412, "PreconditionFailed"), PreconditionFailed),
        (client_error(409, "ConditionalRequestConflict"), StorageUnavailable),
        (client_error(429, "TooManyRequests"), StorageUnavailable),
        (client_error(500, "InternalError"), StorageUnavailable),
        (client_error(503, "SlowDown"), StorageUnavailable),
        (client_error(403, "AccessDenied"), AccessDenied),
        (client_error(403, "403"), AccessDenied),
        (client_error(403, "RequestTimeTooSkewed"), StorageUnavailable),
        (client_error(400, "InvalidRequest"), StorageRefused),
        *[
            (client_error(400, code), InvalidParts)
            for code in ("InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest")
        ],
        (EndpointConnectionError(endpoint_url="http://x"), StorageUnavailable),
        (ReadTimeoutError(endpoint_url="http://x"), StorageUnavailable),
    ],
)
def test_each_error_has_its_meaning(error: Any, ours: type[Exception]) -> None:
    assert type(translate(error)) is ours
