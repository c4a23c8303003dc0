"""What the views of the upload service work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from common.cache.generations import ListInvalidator
from common.domain.tokens import Keyring
from upload.background import Background
from upload.lifecycle.executor import Executor, Published
from upload.multipart.uploads import Multipart
from upload.presigned import PresignedRequests
from upload.settings import UploadSettings


@dataclass(frozen=True)
class Dependencies:
    """The objects that the views call. The app's factory makes them."""

    settings: UploadSettings
    keyring: Keyring
    presigned: PresignedRequests
    lifecycle: Executor
    multipart: Multipart
    background: Background[Published]
    invalidator: ListInvalidator
    clock: Callable[[], float]


def dependencies() -> Dependencies:
    """The dependencies of the app that answers the current request."""
    return cast("Dependencies", current_app.extensions["vitrine"])
