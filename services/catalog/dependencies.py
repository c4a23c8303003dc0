"""What the views of the catalog service work with."""

from dataclasses import dataclass
from typing import cast

from flask import current_app

from catalog.cache.list_cache import ListCache
from common.s3.objects import Storage
from common.s3.thread_pool_bulkhead import ThreadPoolBulkhead


@dataclass(frozen=True)
class Dependencies:
    """What the views work with."""

    storage: Storage
    bulkhead: ThreadPoolBulkhead
    list_cache: ListCache


def dependencies() -> Dependencies:
    """The objects of the app that answers the current request."""
    return cast("Dependencies", current_app.extensions["vitrine"])
