"""Reads the token or key of the current request and returns its claims."""

from flask import request

from common.domain.tokens import COMPANION_PARTS, Claims
from common.http.problems import Conflict, NotFound
from upload.access import companion_key_claims, token_claims, upload_claims
from upload.dependencies import dependencies
from upload.multipart.part_sizes import SINGLE_PUT


def claims_or_operator(image_id: str) -> Claims | None:
    """Return the claims of the request's token; None for the operator's. Raises the same as access.upload_claims."""
    deps = dependencies()
    return upload_claims(_header(), image_id, deps.keyring, deps.settings.admin_token, deps.clock())


def own_claims(image_id: str) -> Claims:
    """Like :func:`claims_or_operator`, but raises NotFound for the operator's token, which has no claims."""
    claims = claims_or_operator(image_id)
    if claims is None:
        raise NotFound("This needs the upload's own token, which says what may be sent.")
    return claims


def claims_in_parts(image_id: str) -> Claims:
    """Like :func:`own_claims`. Raises Conflict unless this API signs the parts of the upload."""
    claims = own_claims(image_id)
    if claims.part_size in (SINGLE_PUT, COMPANION_PARTS):
        raise Conflict("This route cannot sign parts of this file: use its signed PUT, or the routes at /s3/multipart.")
    return claims


def picture_claims(image_id: str) -> Claims | None:
    """Return the claims of the picture's token, however old it is; None for the operator's token.

    Raises the same as access.token_claims.
    """
    deps = dependencies()
    return token_claims(_header(), image_id, deps.keyring, deps.settings.admin_token)


def companion_claims() -> Claims:
    """Return the claims of a companion client's key. Raises the same as access.companion_key_claims."""
    deps = dependencies()
    return companion_key_claims(request.args.get("key"), deps.keyring, deps.clock())


def _header() -> str | None:
    return request.headers.get("Authorization")
