"""Holds the objects that the views of the upload service use."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from flask import current_app

from common.cache.generations import ListInvalidator
from common.domain.tokens import Keyring
from upload.admission import Admission
from upload.background import Background
from upload.lifecycle.executor import Executor, Published
from upload.multipart.uploads import MultipartUploads
from upload.presigned import PresignedRequests
from upload.settings import UploadSettings


@dataclass(frozen=True)
class Dependencies:
    """``create_app`` makes one for each app."""

    settings: UploadSettings
    keyring: Keyring
    presigned: PresignedRequests
    lifecycle: Executor
    multipart: MultipartUploads
    admission: Admission
    background: Background[Published]
    invalidator: ListInvalidator
    clock: Callable[[], float]


def dependencies() -> Dependencies:
    """Return the dependencies of the current app."""
    return cast("Dependencies", current_app.extensions["vitrine"])
