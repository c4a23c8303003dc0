"""The upload service's app factory."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import common.app
from common import identity, openapi
from common.brake import Brake
from common.cache import Cache
from common.generations import Announcer
from common.parts_storage import PartsStorage
from common.signing import Signers
from upload.api.companion import companion
from upload.api.images import images
from upload.api.uploads import uploads
from upload.background import Background
from upload.dependencies import Dependencies
from upload.lifecycle.executor import Executor
from upload.multipart.uploads import Multipart
from upload.presigned import PresignedRequests
from upload.settings import UploadSettings


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """The app, set up from ``environ``. Raises SettingsError."""
    settings = UploadSettings.load(environ)
    app = common.app.create("upload", settings)
    openapi.register(app, Path(__file__).with_name("openapi.json"))
    announcer = Announcer(Cache(settings.redis_url, timeout_ms=settings.redis_timeout_ms))
    storage = PartsStorage(settings, hurried=True, brake=Brake())
    lifecycle = Executor(storage, announcer)
    app.extensions["vitrine"] = Dependencies(
        settings=settings,
        keyring=settings.keyring(),
        presigned=PresignedRequests(signers_for(settings)),
        lifecycle=lifecycle,
        multipart=Multipart(storage, lifecycle),
        background=Background(),
        announcer=announcer,
        clock=time.time,
    )
    for blueprint in (uploads, images, companion):
        app.register_blueprint(blueprint)
    return app


def signers_for(settings: UploadSettings) -> Signers:
    """Signs what browsers hold: as the identity that can only PUT below staging/, for the address browsers see."""
    if settings.upload_sign_role_arn:
        current = identity.in_role(settings, settings.upload_sign_role_arn, "vitrine-upload-sign")
    else:
        current = identity.lasting(settings.s3_sign_access_key_id, settings.s3_sign_secret_access_key)
    return identity.signers(settings, current)
