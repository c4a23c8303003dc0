"""Share links: <id>.<expiry>.<MAC> on our own host. Pure: the clock is an argument.

A link is made for one picture and one time and no record is kept of it: the MAC says that it is ours. It leads to a
fresh signed URL each time, so it can outlive any signed URL (which S3 limits, and credentials end), and it dies with
the picture, because the picture is looked up.
"""

import re

from common.domain.keys import is_id
from common.domain.tokens import Keyring, Macs
from common.http.problems import Gone, NotFound

_is_expiry = re.compile(r"[1-9][0-9]{0,11}").fullmatch


class ShareLinks:
    """Makes and reads share links with the keys of the ring: the first makes, all verify."""

    def __init__(self, keyring: Keyring) -> None:
        self._macs: Macs = keyring.macs("share link v1")

    def make(self, image_id: str, expires_at: int) -> str:
        """The link's last path segment; ``expires_at`` in seconds since 1970."""
        message = f"{image_id}.{expires_at}"
        return f"{message}.{self._macs.make(message.encode())}"

    def read(self, link: str, now: float) -> tuple[str, int]:
        """The picture's id and the link's end. Raises NotFound for what is no link of ours, Gone after its end."""
        image_id, _, rest = link.partition(".")
        expiry, _, mac = rest.partition(".")
        genuine = (
            is_id(image_id) and _is_expiry(expiry) is not None and self._macs.fits(f"{image_id}.{expiry}".encode(), mac)
        )
        if not genuine:
            raise NotFound("This is no link of ours. Perhaps a part of it was lost on the way.")
        if now >= int(expiry):
            raise Gone("This link has expired. Ask whoever sent it for a new one.")
        return image_id, int(expiry)
