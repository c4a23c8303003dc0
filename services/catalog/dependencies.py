"""Holds the objects that the views of the catalog service use."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from catalog.cache.list_cache import ListCache
from common.s3.objects import Storage
from common.s3.thread_pool_bulkhead import ThreadPoolBulkhead


@dataclass(frozen=True)
class Dependencies:
    """``create_app`` makes one for each app."""

    storage: Storage
    bulkhead: ThreadPoolBulkhead
    list_cache: ListCache


def dependencies() -> Dependencies:
    """Return the dependencies of the current app."""
    return cast("Dependencies", current_app.extensions["vitrine"])
