"""The download service's app factory."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import common.app
from common import openapi
from common.guard import Guard
from common.signing import Credentials, Signer
from common.storage import Storage
from download.links import Links
from download.lookup import Lookup
from download.parts import Parts
from download.settings import DownloadSettings
from download.sharing import ShareLinks
from download.views import views


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The app, set up from ``environ``. Raises SettingsError."""
    settings = DownloadSettings.load(environ)
    app = common.app.create("download", settings)
    openapi.register(app, Path(__file__).with_name("openapi.json"))
    signer = Signer(
        Credentials(settings.s3_access_key_id, settings.s3_secret_access_key),
        region=settings.s3_region,
        endpoint_url=settings.s3_public_endpoint_url,
        bucket=settings.s3_bucket,
        addressing_style=settings.s3_addressing_style,
    )
    app.extensions["vitrine"] = Parts(
        links=Links(signer),
        lookup=Lookup(Storage(settings, hurried=True), Guard()),
        share_links=ShareLinks(settings.keyring()),
        origins=settings.public_origins,
        clock=time.time,
    )
    app.register_blueprint(views)
    return app
