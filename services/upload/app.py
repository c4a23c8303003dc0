"""Creates the app of the upload service."""

import os
import time
from collections.abc import Mapping
from pathlib import Path

from flask import Flask

import common.http.app
from common.cache.client import Cache
from common.cache.generations import ListInvalidator
from common.http import openapi
from common.s3 import credentials
from common.s3.multipart import MultipartStorage
from common.s3.overdue_bulkhead import OverdueBulkhead
from common.s3.signing import SignerProvider
from upload.admission import Admission
from upload.api.companion import companion
from upload.api.images import images
from upload.api.uploads import uploads
from upload.background import Background
from upload.budget.ledger import ByteBudget
from upload.dependencies import Dependencies
from upload.lifecycle.executor import Executor
from upload.multipart.uploads import MultipartUploads
from upload.presigned import PresignedRequests
from upload.session_policy import session_policy
from upload.settings import UploadSettings
from upload.store_space import StoreSpace

SIGN_SESSION_NAME = "vitrine-upload-sign"
"""The role's trust policy demands this session name (docs/aws/trust/upload-sign.json)."""


def create_app(environ: Mapping[str, str] = os.environ) -> Flask:
    """Create the app from the variables in ``environ``. Raises SettingsError."""
    settings = UploadSettings.load(environ)
    app = common.http.app.create("upload", settings)
    openapi.register(app, Path(__file__).with_name("openapi.json"))
    # Each has its own circuit: a Redis that refuses the budget's script must not delay the lists.
    lists, counts = (Cache(settings.redis_url, timeout_ms=settings.redis_timeout_ms) for _ in range(2))
    invalidator = ListInvalidator(lists)
    storage = MultipartStorage(settings, interactive=True, bulkhead=OverdueBulkhead())
    lifecycle = Executor(storage, invalidator)
    app.extensions["vitrine"] = Dependencies(
        settings=settings,
        keyring=settings.keyring(),
        presigned=PresignedRequests(signer_provider_for(settings)),
        lifecycle=lifecycle,
        multipart=MultipartUploads(storage, lifecycle),
        admission=Admission(ByteBudget(counts, settings.upload_budget), StoreSpace(settings.store_space_file)),
        background=Background(),
        invalidator=invalidator,
        clock=time.time,
    )
    for blueprint in (uploads, images, *([companion] if settings.companion else [])):
        app.register_blueprint(blueprint)
    return app


def signer_provider_for(settings: UploadSettings) -> SignerProvider:
    """Return the provider of signers for browsers: their identity may only PUT below staging/."""
    if role := settings.upload_sign_role_arn:
        policy = session_policy(role, settings.s3_bucket)
        provider = credentials.assumed_role(settings, role, SIGN_SESSION_NAME, policy)
    else:
        provider = credentials.static(settings.s3_sign_access_key_id, settings.s3_sign_secret_access_key)
    return credentials.signer_provider(settings, provider)
