"""The bucket as the services expect it: its CORS, and proof that it stores and returns."""

import secrets
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import boto3
import botocore.exceptions
from botocore.config import Config

from local.credentials import Key
from local.errors import CannotRunError

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import CORSRuleTypeDef


def cors_rules(origins: Sequence[str]) -> "list[CORSRuleTypeDef]":
    """Return what pages of these origins may do: read, and put what was signed for them."""
    return [
        {
            "AllowedOrigins": list(origins),
            "AllowedMethods": ["GET", "HEAD", "PUT"],
            # Every signed header but content-length has to be named; the metadata's names are ours to add to.
            "AllowedHeaders": ["*"],
            # A page cannot read the ETag of what it sent unless it is exposed.
            "ExposeHeaders": ["ETag", "x-amz-checksum-sha256"],
            "MaxAgeSeconds": 3600,
        }
    ]


def client(endpoint: str, key: Key) -> "S3Client":
    """Return an S3 client for one of the local identities."""
    s3: S3Client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key.access,
        aws_secret_access_key=key.secret,
        config=Config(
            connect_timeout=2,
            read_timeout=10,
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            proxies={},
        ),
    )
    return s3


def wait_until_it_stores(
    s3: "S3Client", bucket: str, deadline: float, check: Callable[[], None] = lambda: None
) -> None:
    """Wait until the bucket takes an object and gives it back. A port that answers proves nothing yet.

    `deadline` is a `time.monotonic()`. `check` is called between tries and may raise what ends the waiting.
    Raises CannotRunError when the deadline passes.
    """
    key, body = "canary", secrets.token_bytes(16)
    while True:
        check()
        try:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
            if s3.get_object(Bucket=bucket, Key=key)["Body"].read() == body:
                s3.delete_object(Bucket=bucket, Key=key)
                return
            fault = "it returned other bytes than it was given"
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            fault = str(error)
        if time.monotonic() > deadline:
            raise CannotRunError(f"The store does not get ready: {fault}.")
        time.sleep(0.05)


def set_up(s3: "S3Client", bucket: str, origins: Sequence[str]) -> None:
    """Make the bucket's settings what they should be; done again at each start, it changes nothing.

    Lifecycle rules, which an earlier version gave the bucket, do nothing here: the reconciler expires objects.
    """
    s3.delete_bucket_lifecycle(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": cors_rules(origins)})
