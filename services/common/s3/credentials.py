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
from common.s3.signing import Credentials, Signer, Signers
from common.settings import Settings

ROLE_SECONDS = 3600
"""Lifetime of an assumed role: the most that AWS allows for role chaining."""

EARLY_SECONDS = 15 * 60
"""botocore starts to refresh credentials this long before they expire."""
PAUSE_SECONDS = 10
"""Pause between two attempts to refresh."""

Current = Callable[[], Credentials]
"""Returns the current credentials: the same object until they are refreshed."""


def signers(settings: Settings, current: Current) -> Signers:
    """Return signers with the `current` credentials, for the URL at which browsers reach S3."""
    make = partial(
        Signer,
        region=settings.s3_region,
        endpoint_url=settings.s3_public_endpoint_url,
        bucket=settings.s3_bucket,
        addressing_style=settings.s3_addressing_style,
    )
    return Signers(current, make)


def static(access_key: str, secret_key: str) -> Current:
    """Return fixed credentials that do not expire."""
    credentials = Credentials(access_key, secret_key)
    return lambda: credentials


def of_service(settings: Settings) -> Current:
    """Return the service's own credentials. Raises SettingsError if there are none."""
    if settings.s3_access_key_id:
        return static(settings.s3_access_key_id, settings.s3_secret_access_key)
    return RefreshingCredentials(s3_client.default_credentials())


def assumed_role(settings: Settings, role_arn: str, session_name: str) -> Current:
    """Return credentials of a role, which the service assumes at its first signature and again before they expire.

    `session_name` appears in CloudTrail. Raises SettingsError if the service has no credentials of its own.
    """
    sts = s3_client.client(
        settings,
        "sts",
        config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}),
    )

    def take_on() -> dict[str, str]:
        answer = sts.assume_role(RoleArn=role_arn, RoleSessionName=session_name, DurationSeconds=ROLE_SECONDS)
        given = answer["Credentials"]
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    return RefreshingCredentials(DeferredRefreshableCredentials(take_on, "assume-role"))


class RefreshingCredentials:
    """Adapts botocore's self-refreshing credentials. Returns the same object until they are refreshed.

    It asks botocore only when a refresh may be due, because asking costs as much as five signatures. While refreshing
    fails, it waits PAUSE_SECONDS between attempts, because each one blocks a request until the token service times out.
    `clock` returns seconds since 1970.
    """

    def __init__(self, theirs: Any, clock: Callable[[], float] = time.time) -> None:
        self._theirs = theirs
        self._clock = clock
        self._known: tuple[float, Credentials] | None = None  # when to ask botocore again, and the current credentials

    def __call__(self) -> Credentials:
        """Raises StorageUnavailable if they expired and cannot be refreshed now, StorageRefused if access is denied."""
        known = self._known
        if known is None or self._clock() >= known[0]:
            self._known = known = self._ask(known)
        return known[1]

    def _ask(self, known: tuple[float, Credentials] | None) -> tuple[float, Credentials]:
        try:
            self._theirs.get_frozen_credentials()
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        except RuntimeError as error:  # the new credentials had already expired: one of the clocks is wrong
            raise StorageUnavailable from error
        found = self._look()
        if known and known[1] == found:
            found = known[1]
        if found.ends_at is None:
            return math.inf, found
        return min(max(found.ends_at - EARLY_SECONDS, self._clock() + PAUSE_SECONDS), found.ends_at), found

    def _look(self) -> Credentials:
        if not isinstance(self._theirs, RefreshableCredentials):
            lasting = self._theirs.get_frozen_credentials()
            return Credentials(lasting.access_key, lasting.secret_key, lasting.token)
        # botocore has no public expiry. Under its lock, the keys and their expiry match.
        inside: Any = self._theirs
        with inside._refresh_lock:  # noqa: SLF001
            frozen, ends = inside._frozen_credentials, inside._expiry_time  # noqa: SLF001
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token, int(ends.timestamp()) if ends else None)
