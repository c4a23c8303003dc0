"""What the views of the download service work with."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from download.pictures import Pictures


@dataclass(frozen=True)
class Dependencies:
    """What the views work with."""

    pictures: Pictures
    origins: tuple[str, ...]
    """Where the page is served: share links begin with one of them."""


def dependencies() -> Dependencies:
    """The objects of the app that answers the current request."""
    return cast("Dependencies", current_app.extensions["vitrine"])
