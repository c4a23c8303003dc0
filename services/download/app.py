"""The download service's app factory."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import common.app
from common import identity, openapi
from common.guard import Guard
from common.storage import Storage
from download.api.links import links
from download.api.urls import urls
from download.dependencies import Dependencies
from download.links import Links
from download.lookup import Lookup
from download.pictures import Pictures
from download.settings import DownloadSettings
from download.sharing import ShareLinks


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The app, set up from ``environ``. Raises SettingsError."""
    settings = DownloadSettings.load(environ)
    app = common.app.create("download", settings)
    openapi.register(app, Path(__file__).with_name("openapi.json"))
    pictures = Pictures(
        links=Links(identity.signers(settings, identity.own(settings))),
        lookup=Lookup(Storage(settings, hurried=True), Guard()),
        share_links=ShareLinks(settings.keyring()),
        clock=time.time,
    )
    app.extensions["vitrine"] = Dependencies(pictures, settings.public_origins)
    app.register_blueprint(urls)
    app.register_blueprint(links)
    return app
