"""Grants permission to upload files: makes the ids, the tokens and the signed PUTs."""

import secrets
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from common.domain import tokens
from common.domain.keys import make_id
from common.domain.tokens import Claims
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
        first = problems[0]
        super().__init__(first.detail, headers=first.headers, **first.extra)
        self.status = first.status
        self._entries = entries

    def document(self) -> schemas.Problem:
        document = super().document()
        document.uploads = self._entries
        return document


def grant_all(deps: Dependencies, files: Sequence[Any], client: str) -> Uploads:
    """Return a permission or a problem for each file (decoded JSON). Raises AllRefused if every file is refused.

    All files that are valid are admitted at once, with one look at the budget of ``client`` (budget/client_address.py).
    """
    now = deps.clock()
    checked = [_check(deps, file, place, now) for place, file in enumerate(files)]
    refusals = iter(deps.admission.admit(client, [_bytes_of(one) for one in checked if isinstance(one, Claims)]))
    entries: list[msgspec.Raw] = []
    problems: list[Problem] = []
    for one in checked:
        try:
            entries.append(msgspec.Raw(encode(_grant(deps, one, refusals, now))))
        except Problem as problem:
            problems.append(problem)
            entries.append(msgspec.Raw(encode(problem.refused())))
    if len(problems) == len(files):
        raise AllRefused(problems, entries)
    return Uploads(entries)


def begin_for_companion(deps: Dependencies, wanted: CompanionUpload, client: str) -> CompanionBegun:
    """Start a multipart upload for Uppy.

    Raises BadRequest, TooLarge, UnsupportedMediaType, OverBudget, DiskNearlyFull, StorageUnavailable.
    """
    now = deps.clock()
    image_id = make_id(int(now * 1000), 0, secrets.randbits(64))
    claims = claims_for_companion(wanted, image_id, int(now), deps.settings.largest_file)
    (refusal,) = deps.admission.admit(client, [claims.size])
    if refusal is not None:
        raise refusal
    upload_id = deps.multipart.begin(claims, with_sha256=False)
    return CompanionBegun(tokens.issue(deps.keyring, claims), upload_id)


def _bytes_of(claims: Claims) -> int:
    """Return how many bytes the store may receive for a file: its own and those of its preview."""
    return claims.size + (claims.preview.size if claims.preview else 0)


def _check(deps: Dependencies, file: Any, place: int, now: float) -> Claims | Problem:
    image_id = make_id(int(now * 1000), place, secrets.randbits(64))
    try:
        return claims_for(convert(file, NewFile), image_id, int(now), deps.settings.largest_file)
    except Problem as problem:
        return problem


def _grant(deps: Dependencies, checked: Claims | Problem, refusals: Iterator[Problem | None], now: float) -> Granted:
    """Return the permission for a valid file. Raises the problem of any other one; ``refusals`` are of valid files."""
    if isinstance(checked, Problem):
        raise checked
    refusal = next(refusals)
    if refusal is not None:
        raise refusal
    permit = deps.presigned.for_upload(checked, int(now))
    return Granted(
        id=checked.id,
        token=tokens.issue(deps.keyring, checked),
        expires_at=permit.expires_at,
        put=permit.put,
        multipart=permit.multipart,
        thumbnail=permit.thumbnail,
    )
