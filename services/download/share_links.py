"""Makes and verifies share links, <id>.<expiry>.<MAC> on the gallery's own host. Pure: the clock is an argument.

A link names one picture and an expiry time. No server stores it: the MAC proves that this service made it. Each visit
redirects to a new signed URL, so a link can live longer than S3 and its credentials allow a signed URL to live. Each
visit looks the picture up, so the link stops working when the picture is deleted.
"""

import re

from common.domain.keys import is_id
from common.domain.tokens import Keyring, Macs
from common.http.problems import Gone, NotFound

_is_expiry = re.compile(r"[1-9][0-9]{0,11}").fullmatch


class ShareLinks:
    """Makes share links with the first key of the ring, and verifies them with all keys."""

    def __init__(self, keyring: Keyring) -> None:
        self._macs: Macs = keyring.macs("share link v1")

    def make(self, image_id: str, expires_at: int) -> str:
        """Return the last path segment of a link. ``expires_at`` in seconds since 1970."""
        message = f"{image_id}.{expires_at}"
        return f"{message}.{self._macs.make(message.encode())}"

    def read(self, link: str, now: float) -> tuple[str, int]:
        """Return the picture's id and the expiry time. Raises NotFound for an invalid link, Gone for an expired one."""
        image_id, _, rest = link.partition(".")
        expiry, _, mac = rest.partition(".")
        genuine = (
            is_id(image_id)
            and _is_expiry(expiry) is not None
            and self._macs.verify(f"{image_id}.{expiry}".encode(), mac)
        )
        if not genuine:
            raise NotFound("This is not a valid share link. Perhaps a part of it is missing.")
        if now >= int(expiry):
            raise Gone("This link has expired. Ask the person who sent it for a new one.")
        return image_id, int(expiry)
