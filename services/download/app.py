"""Creates the app of the download service."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import common.http.app
from common.http import openapi
from common.s3 import credentials
from common.s3.objects import Storage
from common.s3.thread_pool_bulkhead import ThreadPoolBulkhead
from download.api.links import links
from download.api.urls import urls
from download.dependencies import Dependencies
from download.lookup import Lookup
from download.pictures import Pictures
from download.settings import DownloadSettings
from download.share_links import ShareLinks
from download.signed_urls import SignedUrls


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """Create the app from the variables in ``environ``. Raises SettingsError."""
    settings = DownloadSettings.load(environ)
    app = common.http.app.create("download", settings)
    openapi.register(app, Path(__file__).with_name("openapi.json"))
    pictures = Pictures(
        signed_urls=SignedUrls(credentials.signer_provider(settings, credentials.from_settings(settings))),
        lookup=Lookup(Storage(settings, interactive=True), ThreadPoolBulkhead()),
        share_links=ShareLinks(settings.keyring()),
        clock=time.time,
    )
    app.extensions["vitrine"] = Dependencies(pictures, settings.public_origins)
    app.register_blueprint(urls)
    app.register_blueprint(links)
    return app
