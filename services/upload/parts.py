"""What the views of the upload service work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from common.generations import Announcer
from common.tokens import Keyring
from upload.deleting import Deleter
from upload.permits import Permits
from upload.publishing import Publisher
from upload.settings import UploadSettings


@dataclass(frozen=True)
class Parts:
    """What the views work with."""

    settings: UploadSettings
    keyring: Keyring
    permits: Permits
    publisher: Publisher
    deleter: Deleter
    announcer: Announcer
    clock: Callable[[], float]


def parts() -> Parts:
    """The parts of the app that answers the current request."""
    return cast("Parts", current_app.extensions["vitrine"])
