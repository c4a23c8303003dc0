"""Signing credentials: static keys, AWS's default chain, or an assumed role.

botocore refreshes temporary credentials from 15 minutes before they expire. While that fails, the old ones stay in use
until 10 minutes before they expire.
"""

import math
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials, RefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from common.s3 import client as s3_client
from common.s3.errors import StorageUnavailable, translate
from common.s3.signing import Credentials, Signer, SignerProvider
from common.settings import Settings

ROLE_SECONDS = 3600
"""Lifetime of an assumed role: the most that AWS allows for role chaining."""

REFRESH_SECONDS = 15 * 60
"""botocore starts to refresh credentials this long before they expire."""
RETRY_SECONDS = 10
"""Pause between two attempts to refresh."""

CredentialsProvider = Callable[[], Credentials]
"""Returns the current credentials: the same object until they are refreshed."""


def signer_provider(settings: Settings, provider: CredentialsProvider) -> SignerProvider:
    """Return a provider of signers with the credentials of `provider`, for the URL at which browsers reach S3."""
    make = partial(
        Signer,
        region=settings.s3_region,
        endpoint_url=settings.s3_public_endpoint_url,
        bucket=settings.s3_bucket,
        addressing_style=settings.s3_addressing_style,
    )
    return SignerProvider(provider, make)


def static(access_key: str, secret_key: str) -> CredentialsProvider:
    """Return fixed credentials that do not expire."""
    credentials = Credentials(access_key, secret_key)
    return lambda: credentials


def from_settings(settings: Settings) -> CredentialsProvider:
    """Return the service's own credentials. Raises SettingsError if nothing provides any."""
    if settings.s3_access_key_id:
        return static(settings.s3_access_key_id, settings.s3_secret_access_key)
    return RefreshingCredentials(s3_client.default_credentials())


def assumed_role(settings: Settings, role_arn: str, session_name: str, session_policy: str) -> CredentialsProvider:
    """Return credentials of a role, which the service assumes at its first signature and again before they expire.

    `session_name` appears in CloudTrail. The credentials can do what both the role and `session_policy` (JSON) allow.
    Raises SettingsError if the service has no credentials of its own.
    """
    sts = s3_client.client(
        settings,
        "sts",
        config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}),
    )

    def assume() -> dict[str, str]:
        response = sts.assume_role(
            RoleArn=role_arn, RoleSessionName=session_name, Policy=session_policy, DurationSeconds=ROLE_SECONDS
        )
        assumed = response["Credentials"]
        return {
            "access_key": assumed["AccessKeyId"],
            "secret_key": assumed["SecretAccessKey"],
            "token": assumed["SessionToken"],
            "expiry_time": assumed["Expiration"].isoformat(),
        }

    return RefreshingCredentials(DeferredRefreshableCredentials(assume, "assume-role"))


class RefreshingCredentials:
    """Adapts botocore's self-refreshing credentials. Returns the same object until they are refreshed.

    It asks botocore only when a refresh may be due, because asking costs as much as five signatures. While refreshing
    fails, it waits RETRY_SECONDS between attempts, because each one blocks a request until the token service times out.
    `clock` returns seconds since 1970.
    """

    def __init__(self, botocore_credentials: Any, clock: Callable[[], float] = time.time) -> None:
        self._botocore_credentials = botocore_credentials
        self._clock = clock
        self._cached: tuple[float, Credentials] | None = None  # when to ask botocore again, and the credentials

    def __call__(self) -> Credentials:
        """Raises StorageUnavailable if they expired and cannot be refreshed now, StorageRefused if access is denied."""
        cached = self._cached
        if cached is None or self._clock() >= cached[0]:
            self._cached = cached = self._refresh(cached)
        return cached[1]

    def _refresh(self, cached: tuple[float, Credentials] | None) -> tuple[float, Credentials]:
        try:
            self._botocore_credentials.get_frozen_credentials()
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        except RuntimeError as error:  # the new credentials had already expired: one of the clocks is wrong
            raise StorageUnavailable from error
        current = self._read()
        if cached and cached[1] == current:
            current = cached[1]
        expires_at = current.expires_at
        if expires_at is None:
            return math.inf, current
        return min(max(expires_at - REFRESH_SECONDS, self._clock() + RETRY_SECONDS), expires_at), current

    def _read(self) -> Credentials:
        if not isinstance(self._botocore_credentials, RefreshableCredentials):
            fixed = self._botocore_credentials.get_frozen_credentials()
            return Credentials(fixed.access_key, fixed.secret_key, fixed.token)
        # botocore has no public expiry. Under its lock, the keys and their expiry match.
        refreshable: Any = self._botocore_credentials
        with refreshable._refresh_lock:  # noqa: SLF001
            frozen, ends = refreshable._frozen_credentials, refreshable._expiry_time  # noqa: SLF001
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token, int(ends.timestamp()) if ends else None)
