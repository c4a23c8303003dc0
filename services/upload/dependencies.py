"""What the views of the upload service work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from common.generations import Announcer
from common.tokens import Keyring
from upload.background import Background
from upload.deleting import Deleter
from upload.multipart import Multipart
from upload.presigned import PresignedRequests
from upload.publishing import Published, Publisher
from upload.settings import UploadSettings


@dataclass(frozen=True)
class Dependencies:
    """The objects that the views call. The app's factory makes them."""

    settings: UploadSettings
    keyring: Keyring
    presigned: PresignedRequests
    publisher: Publisher
    multipart: Multipart
    background: Background[Published]
    deleter: Deleter
    announcer: Announcer
    clock: Callable[[], float]


def dependencies() -> Dependencies:
    """The dependencies of the app that answers the current request."""
    return cast("Dependencies", current_app.extensions["vitrine"])
