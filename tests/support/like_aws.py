"""The embedded store, answering like AWS where the two differ and the difference could break us."""

from typing import TYPE_CHECKING, Any

from common.s3 import client as s3_client
from common.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_connect = s3_client.connect


def connect(settings: Settings, *, interactive: bool = False) -> "S3Client":
    """What s3_client.connect gives, but a missing object is 403 to everybody who may not list the whole bucket.

    None of our identities may: their leave to list names prefixes ("HeadObject" in the S3 API reference, permissions).
    """
    client = _connect(settings, interactive=interactive)
    for operation in ("HeadObject", "GetObject", "CopyObject"):
        client.meta.events.register(f"after-call.s3.{operation}", _hide)
    return client


def _hide(parsed: dict[str, Any], **_: object) -> None:
    if parsed["ResponseMetadata"]["HTTPStatusCode"] == 404:
        parsed["ResponseMetadata"]["HTTPStatusCode"] = 403
        # A HEAD has no body, so boto3 puts the status in the code's place.
        parsed["Error"] = {
            "Code": "403" if parsed["Error"]["Code"] == "404" else "AccessDenied",
            "Message": "Forbidden",
        }
