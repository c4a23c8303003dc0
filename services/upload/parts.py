"""What the views of the upload service work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app, request

from common.generations import Announcer
from common.keys import is_id
from common.problems import NotFound
from common.tokens import Claims, Keyring
from upload.access import claims_of
from upload.background import Background
from upload.lifecycle.executor import Executor, Published
from upload.multipart.uploads import Multipart
from upload.permits import Permits
from upload.settings import UploadSettings


@dataclass(frozen=True)
class Parts:
    """What the views work with."""

    settings: UploadSettings
    keyring: Keyring
    permits: Permits
    lifecycle: Executor
    multipart: Multipart
    background: Background[Published]
    announcer: Announcer
    clock: Callable[[], float]


def parts() -> Parts:
    """The parts of the app that answers the current request."""
    return cast("Parts", current_app.extensions["vitrine"])


def claims_here(image_id: str) -> Claims | None:
    """The claims of the request's token for this upload; None for the operator's.

    Raises NotFound for what is no id at all, and what access.claims_of raises.
    """
    if not is_id(image_id):
        raise NotFound("There is no such upload.")
    ours = parts()
    return claims_of(
        request.headers.get("Authorization"), image_id, ours.keyring, ours.settings.admin_token, ours.clock()
    )


def own_claims(image_id: str) -> Claims:
    """The same where only the upload's own token will do: what is permitted is written there."""
    claims = claims_here(image_id)
    if claims is None:
        raise NotFound("This needs the upload's own token: what it permits is written there.")
    return claims
