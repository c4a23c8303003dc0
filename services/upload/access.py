"""Who may do what: the upload key opens the door, the capability token of an upload goes with that upload alone."""

import hmac

from common.domain import tokens
from common.domain.tokens import COMPANION_PARTS, BadToken, Claims, Keyring
from common.http.problems import Forbidden, Unauthorized
from upload.errors import BegunWithoutSize, Expired
from upload.grants import UPLOAD_SECONDS


def check_upload_key(wanted: str | None, sent: str | None) -> None:
    """Let pass who knows the upload key, where one is set. Raises Unauthorized or Forbidden."""
    if wanted is None:
        return
    if not sent:
        raise Unauthorized("Uploading needs the upload key, in the X-Upload-Key header.")
    if not same(wanted, sent):
        raise Forbidden("That is not the upload key.")


def holder_of(authorization: str | None, image_id: str, keyring: Keyring, admin_token: str | None) -> Claims | None:
    """The claims of the token in an Authorization header, for this very upload; None for the operator's token.

    Holds without end: enough to delete the picture and bring it back. Raises Unauthorized without a token, Forbidden
    for a wrong one.
    """
    scheme, _, token = (authorization or "").partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token:
        raise Unauthorized("This needs the token that came with the upload: Authorization: Bearer <token>.")
    if admin_token is not None and same(admin_token, token):
        return None
    try:
        claims = tokens.verify(keyring, token)
    except BadToken:
        raise Forbidden("That token is not valid here.") from None
    if claims.id != image_id:
        raise Forbidden("That token belongs to another upload.")
    return claims


def claims_of(
    authorization: str | None, image_id: str, keyring: Keyring, admin_token: str | None, now: float
) -> Claims | None:
    """The same for who wants to go on with the upload: Expired when the token's time for that is over."""
    claims = holder_of(authorization, image_id, keyring, admin_token)
    if claims is not None and now - claims.issued_at > UPLOAD_SECONDS:
        raise Expired
    return claims


def claims_of_key(key: str | None, keyring: Keyring, now: float) -> Claims:
    """The claims of the token that a companion's client holds as its ``key``.

    Raises Unauthorized without one, Forbidden for a wrong one, Expired when its time for uploading is over,
    BegunWithoutSize for one of the version that did not ask for the size.
    """
    if not key:
        raise Unauthorized("This needs the key that came with the upload.")
    try:
        claims = tokens.verify(keyring, key)
    except BadToken:
        raise Forbidden("That key is not valid here.") from None
    if claims.part_size != COMPANION_PARTS:
        raise Forbidden("That key belongs to an upload that was not begun here.")
    if now - claims.issued_at > UPLOAD_SECONDS:
        raise Expired
    if not claims.size:
        raise BegunWithoutSize
    return claims


def same(wanted: str, sent: str) -> bool:
    """Compare secrets in a time that tells nothing (bytes, because a str with other characters raises)."""
    return hmac.compare_digest(wanted.encode(), sent.encode("utf-8", "surrogatepass"))
