"""Prepares the bucket: sets its CORS rules, and checks that it stores and returns objects."""

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
    """Return CORS rules that let pages of these origins read, and PUT what was signed for them."""
    return [
        {
            "AllowedOrigins": list(origins),
            "AllowedMethods": ["GET", "HEAD", "PUT"],
            # CORS must name every signed header but content-length. The wildcard covers metadata names added later.
            "AllowedHeaders": ["*"],
            # A page can read the ETag of its upload only if it is exposed.
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
    """Wait until the bucket stores an object and returns it. An open port alone proves too little.

    `deadline` is a value of `time.monotonic()`. `check` is called between tries and may raise to end the wait.
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
            fault = "it returned other bytes than were stored"
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError) as error:
            fault = str(error)
        if time.monotonic() > deadline:
            raise CannotRunError(f"The store is not ready in time: {fault}.")
        time.sleep(0.05)


def set_up(s3: "S3Client", bucket: str, origins: Sequence[str]) -> None:
    """Set the bucket's CORS rules and remove its lifecycle rules; idempotent.

    An earlier version set lifecycle rules. Here they have no effect, because the reconciler expires objects.
    """
    s3.delete_bucket_lifecycle(Bucket=bucket)
    s3.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": cors_rules(origins)})
