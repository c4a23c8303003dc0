"""What the views of the download service work with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from download.links import Links
from download.lookup import Lookup
from download.sharing import ShareLinks


@dataclass(frozen=True)
class Parts:
    """What the views work with."""

    links: Links
    lookup: Lookup
    share_links: ShareLinks
    origins: tuple[str, ...]
    """Where the page is served: share links begin with one of them."""
    clock: Callable[[], float]


def parts() -> Parts:
    """The parts of the app that answers the current request."""
    return cast("Parts", current_app.extensions["vitrine"])
