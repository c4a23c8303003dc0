"""boto3's clients: for whom the settings name, with time-outs and bounded retries with jitter (standard mode)."""

from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from common.settings import Settings, SettingsError

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

PATIENT_SECONDS = 300


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
