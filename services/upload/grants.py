"""Grants permission to upload files: makes the ids, the tokens and the signed PUTs."""

import secrets
from collections.abc import Sequence
from typing import Any

import msgspec

from common.domain import tokens
from common.domain.keys import make_id
from common.http import schemas
from common.http.problems import Problem
from common.http.requests import convert
from common.http.responses import encode
from upload.api.schemas import CompanionBegun, CompanionUpload, Granted, NewFile, Uploads
from upload.claims import claims_for, claims_for_companion
from upload.dependencies import Dependencies


class AllRefused(Problem):
    """No file was accepted. The answer is the problem of the first file; `uploads` has the problem of each."""

    def __init__(self, problems: Sequence[Problem], entries: list[msgspec.Raw]) -> None:
        super().__init__(problems[0].detail, **problems[0].extra)
        self.status = problems[0].status
        self._entries = entries

    def document(self) -> schemas.Problem:
        document = super().document()
        document.uploads = self._entries
        return document


def grant_all(deps: Dependencies, files: Sequence[Any]) -> Uploads:
    """Return a permission or a problem for each file (decoded JSON). Raises AllRefused if every file is refused."""
    now = deps.clock()
    entries: list[msgspec.Raw] = []
    problems: list[Problem] = []
    for place, file in enumerate(files):
        try:
            entries.append(msgspec.Raw(encode(_grant(deps, file, place, now))))
        except Problem as problem:
            problems.append(problem)
            entries.append(msgspec.Raw(encode(problem.refused())))
    if len(problems) == len(files):
        raise AllRefused(problems, entries)
    return Uploads(entries)


def begin_for_companion(deps: Dependencies, wanted: CompanionUpload) -> CompanionBegun:
    """Start a multipart upload for Uppy. Raises BadRequest, TooLarge, UnsupportedMediaType, StorageUnavailable."""
    now = deps.clock()
    image_id = make_id(int(now * 1000), 0, secrets.randbits(64))
    claims = claims_for_companion(wanted, image_id, int(now), deps.settings.max_upload_bytes)
    upload_id = deps.multipart.begin(claims, with_sha256=False)
    return CompanionBegun(tokens.issue(deps.keyring, claims), upload_id)


def _grant(deps: Dependencies, file: Any, place: int, now: float) -> Granted:
    image_id = make_id(int(now * 1000), place, secrets.randbits(64))
    claims = claims_for(convert(file, NewFile), image_id, int(now), deps.settings.max_upload_bytes)
    permit = deps.presigned.for_upload(claims, int(now))
    return Granted(
        id=image_id,
        token=tokens.issue(deps.keyring, claims),
        expires_at=permit.expires_at,
        put=permit.put,
        multipart=permit.multipart,
        thumbnail=permit.thumbnail,
    )
