"""Checks access: the upload key allows new uploads; a capability token allows work on its own upload only."""

import hmac

from common.domain import tokens
from common.domain.tokens import COMPANION_PARTS, BadToken, Claims, Keyring
from common.http.problems import Forbidden, Unauthorized
from upload.errors import BegunWithoutSize, Expired
from upload.limits import UPLOAD_SECONDS


def check_upload_key(wanted: str | None, sent: str | None) -> None:
    """Check the upload key that a request sent, if one is set. Raises Unauthorized or Forbidden."""
    if wanted is None:
        return
    if not sent:
        raise Unauthorized("Uploading needs the upload key, in the X-Upload-Key header.")
    if not constant_time_equal(wanted, sent):
        raise Forbidden("The upload key is wrong.")


def token_claims(authorization: str | None, image_id: str, keyring: Keyring, admin_token: str | None) -> Claims | None:
    """Return the claims of the token in an Authorization header; None for the operator's token.

    The token must belong to this upload. Its age does not matter: the rights to delete and restore do not expire.
    Raises Unauthorized without a token, Forbidden for a wrong one.
    """
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("This needs the token that came with the upload: Authorization: Bearer <token>.")
    if admin_token is not None and constant_time_equal(admin_token, token):
        return None
    try:
        claims = tokens.verify(keyring, token)
    except BadToken:
        raise Forbidden("That token is not valid here.") from None
    if claims.id != image_id:
        raise Forbidden("That token belongs to another upload.")
    return claims


def upload_claims(
    authorization: str | None, image_id: str, keyring: Keyring, admin_token: str | None, now: float
) -> Claims | None:
    """Like :func:`token_claims`, to continue an upload. Also raises Expired. ``now`` in seconds since 1970."""
    claims = token_claims(authorization, image_id, keyring, admin_token)
    if claims is not None and now - claims.issued_at > UPLOAD_SECONDS:
        raise Expired
    return claims


def companion_key_claims(key: str | None, keyring: Keyring, now: float) -> Claims:
    """Return the claims of the token that a companion client sends as its ``key``.

    Raises Unauthorized without one, Forbidden for a wrong one, Expired when the right to upload has expired, and
    BegunWithoutSize for a token of an older version, which has no size.
    """
    if not key:
        raise Unauthorized("This needs the key that came with the upload.")
    try:
        claims = tokens.verify(keyring, key)
    except BadToken:
        raise Forbidden("That key is not valid here.") from None
    if claims.part_size != COMPANION_PARTS:
        raise Forbidden("That key belongs to an upload that was not started at /s3/multipart.")
    if now - claims.issued_at > UPLOAD_SECONDS:
        raise Expired
    if not claims.size:
        raise BegunWithoutSize
    return claims


def constant_time_equal(wanted: str, sent: str) -> bool:
    """Compare two secrets in constant time (as bytes: ``compare_digest`` raises for non-ASCII text)."""
    return hmac.compare_digest(wanted.encode(), sent.encode("utf-8", "surrogatepass"))
