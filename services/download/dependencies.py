"""Holds the objects that the views of the download service use."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from download.pictures import Pictures


@dataclass(frozen=True)
class Dependencies:
    """``create_app`` makes one for each app."""

    pictures: Pictures
    origins: tuple[str, ...]
    """The origins that serve the page. A share link begins with one of them."""


def dependencies() -> Dependencies:
    """Return the dependencies of the current app."""
    return cast("Dependencies", current_app.extensions["vitrine"])
