"""As whom URLs are signed: with keys that last, as AWS's default chain says, or in a role that is taken on for it.

botocore renews what ends, a quarter of an hour before its end; while
that fails, what is left of the old credentials is used up to ten minutes before their end.
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
"""How long a role is taken on: as long as AWS allows to who is in a role already (role chaining)."""

EARLY_SECONDS = 15 * 60
"""How long before their end botocore begins to renew credentials."""
PAUSE_SECONDS = 10

Current = Callable[[], Credentials]


def signers(settings: Settings, current: Current) -> Signers:
    """What signs as `current` says, for the address at which browsers reach the store."""
    make = partial(
        Signer,
        region=settings.s3_region,
        endpoint_url=settings.s3_public_endpoint_url,
        bucket=settings.s3_bucket,
        addressing_style=settings.s3_addressing_style,
    )
    return Signers(current, make)


def static(access_key: str, secret_key: str) -> Current:
    """Keys that do not end."""
    credentials = Credentials(access_key, secret_key)
    return lambda: credentials


def of_service(settings: Settings) -> Current:
    """The service's own identity. Raises SettingsError when there is none."""
    if settings.s3_access_key_id:
        return static(settings.s3_access_key_id, settings.s3_secret_access_key)
    return RefreshingCredentials(s3_client.chain())


def assumed_role(settings: Settings, role_arn: str, session_name: str) -> Current:
    """A role that the service's own identity takes on when it first signs, and anew before that ends.

    `session_name` is what the trail of AWS shows. Raises SettingsError when the service has no identity.
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
    """Credentials of botocore's, which renew themselves, as ours: the same object until they are renewed.

    botocore is asked only when it may have something to do: asking costs it five times a signature. And while it can't
    renew them it is left alone between its tries, of which each makes somebody wait for the token service's time-out.
    """

    def __init__(self, theirs: Any, clock: Callable[[], float] = time.time) -> None:
        self._theirs = theirs
        self._clock = clock
        self._known: tuple[float, Credentials] | None = None  # until when nothing is to be done, and what holds

    def __call__(self) -> Credentials:
        """Raises StorageUnavailable when they ended and can't be renewed now, StorageRefused when we may not."""
        known = self._known
        if known is None or self._clock() >= known[0]:
            self._known = known = self._ask(known)
        return known[1]

    def _ask(self, known: tuple[float, Credentials] | None) -> tuple[float, Credentials]:
        try:
            self._theirs.get_frozen_credentials()
        except (ClientError, BotoCoreError) as error:
            raise translate(error) from error
        except RuntimeError as error:  # what came was over already: the clock of one of us is wrong
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
        # botocore tells nobody when they end. Under its lock keys and end belong together.
        inside: Any = self._theirs
        with inside._refresh_lock:  # noqa: SLF001
            frozen, ends = inside._frozen_credentials, inside._expiry_time  # noqa: SLF001
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token, int(ends.timestamp()) if ends else None)
