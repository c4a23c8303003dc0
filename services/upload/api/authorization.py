"""Whose request it is: reads the token or key that came with it."""

from flask import request

from common.domain.tokens import Claims
from common.http.problems import Conflict, NotFound
from upload.access import claims_of, claims_of_key, holder_of
from upload.dependencies import dependencies


def claims_or_operator(image_id: str) -> Claims | None:
    """The claims of the request's token for this upload; None for the operator's. Raises what access.claims_of does."""
    ours = dependencies()
    return claims_of(_header(), image_id, ours.keyring, ours.settings.admin_token, ours.clock())


def own_claims(image_id: str) -> Claims:
    """The same where only the upload's own token will do: what is permitted is written there."""
    claims = claims_or_operator(image_id)
    if claims is None:
        raise NotFound("This needs the upload's own token: what it permits is written there.")
    return claims


def claims_in_parts(image_id: str) -> Claims:
    """The same for an upload whose parts are signed here. Raises Conflict for any other."""
    claims = own_claims(image_id)
    if claims.part_size < 1:
        raise Conflict("No parts of this file are signed here: it goes in one PUT, or was begun at /s3/multipart.")
    return claims


def holder(image_id: str) -> Claims | None:
    """The claims of the picture's own token, however old; None for the operator's.

    Raises what access.holder_of does.
    """
    ours = dependencies()
    return holder_of(_header(), image_id, ours.keyring, ours.settings.admin_token)


def companion_claims() -> Claims:
    """The claims of the key that a companion's client holds. Raises what access.claims_of_key does."""
    ours = dependencies()
    return claims_of_key(request.args.get("key"), ours.keyring, ours.clock())


def _header() -> str | None:
    return request.headers.get("Authorization")
