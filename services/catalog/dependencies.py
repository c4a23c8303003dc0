"""What the views of the catalog service work with."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from catalog.list_cache import ListCache
from common.guard import Guard
from common.storage import Storage


@dataclass(frozen=True)
class Dependencies:
    """What the views work with."""

    storage: Storage
    guard: Guard
    list_cache: ListCache


def dependencies() -> Dependencies:
    """The objects of the app that answers the current request."""
    return cast("Dependencies", current_app.extensions["vitrine"])
