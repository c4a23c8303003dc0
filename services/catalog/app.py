"""The catalog service's app factory."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import common.app
from catalog.api.images import images
from catalog.api.timeline import timeline
from catalog.dependencies import Dependencies
from catalog.list_cache import ListCache
from catalog.shelf import Shelf
from common import openapi
from common.cache import Cache
from common.guard import Guard
from common.settings import Settings
from common.storage import Storage


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The app, set up from ``environ``. Raises SettingsError."""
    settings = Settings.load(environ)
    app = common.app.create("catalog", settings)
    openapi.register(app, Path(__file__).with_name("openapi.json"))
    guard = Guard()
    list_cache = ListCache(Shelf(Cache(settings.redis_url, timeout_ms=settings.redis_timeout_ms), time.time), guard)
    app.extensions["vitrine"] = Dependencies(Storage(settings, hurried=True), guard, list_cache)
    app.register_blueprint(images)
    app.register_blueprint(timeline)
    return app
