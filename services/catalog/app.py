"""Creates the app of the catalog service."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import common.http.app
from catalog.api.images import images
from catalog.api.timeline import timeline
from catalog.cache.list_cache import ListCache
from catalog.cache.page_cache import PageCache
from catalog.dependencies import Dependencies
from common.cache.client import Cache
from common.http import openapi
from common.s3.objects import Storage
from common.s3.thread_pool_bulkhead import ThreadPoolBulkhead
from common.settings import Settings


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """Create the app from the variables in ``environ``. Raises SettingsError."""
    settings = Settings.load(environ)
    app = common.http.app.create("catalog", settings)
    openapi.register(app, Path(__file__).with_name("openapi.json"))
    bulkhead = ThreadPoolBulkhead()
    list_cache = ListCache(
        PageCache(Cache(settings.redis_url, timeout_ms=settings.redis_timeout_ms), time.time), bulkhead
    )
    app.extensions["vitrine"] = Dependencies(Storage(settings, interactive=True), bulkhead, list_cache)
    app.register_blueprint(images)
    app.register_blueprint(timeline)
    return app
