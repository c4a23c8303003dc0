"""Creates boto3 clients with timeouts and a limited number of retries (boto3's standard mode, with jitter)."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from common.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

LONG_TIMEOUT_SECONDS = 300
"""Read timeout for calls whose time grows with the object."""


def default_credentials() -> Any:
    """Return botocore's credentials from AWS's default chain (environment, web identity, container, machine).

    Raises SettingsError if the chain finds none.
    """
    found = boto3.Session().get_credentials()
    if found is None:
        raise SettingsError(
            "S3_ACCESS_KEY_ID is not set, and AWS's default chain (a role of the container or the machine, AWS_… "
            "variables) provides no credentials either: see .env.example for what it means"
        )
    return found


def client(settings: Settings, service: Any, **options: Any) -> Any:
    """Return a boto3 client for ``service`` with the keys from the settings, else those of AWS's default chain.

    All clients use boto3's default session, which loads the service models only once. Raises SettingsError if there
    are no credentials.
    """
    if not settings.s3_access_key_id:
        default_credentials()
    return boto3.client(
        service,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key_id or None,
        aws_secret_access_key=settings.s3_secret_access_key or None,
        **options,
    )


def connect(settings: Settings, *, interactive: bool = False, read_timeout: int = 10) -> "S3Client":
    """Return a thread-safe S3 client: Signature Version 4, regional endpoints, short timeouts, three attempts.

    ``interactive`` is for calls that a request waits for: two attempts, at most 8 seconds in all instead of 36.
    ``read_timeout`` is in seconds. Raises SettingsError if there are no credentials.
    """
    s3: S3Client = client(
        settings,
        "s3",
        endpoint_url=settings.s3_endpoint_url,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": settings.s3_addressing_style},
            connect_timeout=1 if interactive else 2,
            read_timeout=3 if interactive else read_timeout,
            retries={"mode": "standard", "total_max_attempts": 2 if interactive else 3},
            max_pool_connections=32,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    )
    return s3
