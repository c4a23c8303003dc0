"""The upload service's app factory."""

import os
import time
from collections.abc import Mapping

from flask import Flask

import common.app
from common.cache import Cache
from common.generations import Announcer
from common.signing import Credentials, Signer
from common.storage import Storage
from upload.deleting import Deleter
from upload.image_views import image_views
from upload.parts import Parts
from upload.permits import Permits
from upload.publishing import Publisher
from upload.settings import UploadSettings
from upload.views import views


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The app, set up from ``environ``. Raises SettingsError."""
    settings = UploadSettings.load(environ)
    app = common.app.create("upload", settings)
    announcer = Announcer(Cache(settings.redis_url))
    storage = Storage(settings)
    app.extensions["vitrine"] = Parts(
        settings=settings,
        keyring=settings.keyring(),
        permits=Permits(signer_for(settings)),
        publisher=Publisher(storage, announcer),
        deleter=Deleter(storage, announcer),
        announcer=announcer,
        clock=time.time,
    )
    app.register_blueprint(views)
    app.register_blueprint(image_views)
    return app


def signer_for(settings: UploadSettings) -> Signer:
    """Signs what browsers hold: with the identity that can only PUT below staging/, for the address browsers see."""
    return Signer(
        Credentials(settings.s3_sign_access_key_id, settings.s3_sign_secret_access_key),
        region=settings.s3_region,
        endpoint_url=settings.s3_public_endpoint_url,
        bucket=settings.s3_bucket,
        addressing_style=settings.s3_addressing_style,
    )
