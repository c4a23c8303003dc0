"""Fill a store quickly with a gallery of any size: empty objects whose keys look like those of published pictures."""

import selectors
import time
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from bench import load
from common.domain.keys import ImageKey, make_id
from common.s3.signing import Credentials, Signer
from tests.support.store import Store

NEWEST_MS = 1_700_000_000_000
STEP_MS = 300_000
"""Five minutes between two pictures, so a hundred thousand pictures make a year."""
CONNECTIONS = 12
EXPIRES = 24 * 3600
"""Seconds. A million pictures take seven minutes at 2,500 a second, and an hour or more on a slow machine."""


def picture(number: int) -> ImageKey:
    """Return the picture with this number; 0 is the newest."""
    image_id = make_id(NEWEST_MS - number * STEP_MS, 0, number)
    return ImageKey(image_id, 4000, 3000, "1QcSHQRnh493V4dIh4eXh1h4kJUI", True, f"IMG_{number:06}.jpg")


def signer_of(store: Store) -> Signer:
    """Return a signer with the store administrator's rights."""
    return Signer(Credentials(*store.credentials["admin"]), store.region, store.endpoint_url, store.bucket)


def fill(signer: Signer, keys: Sequence[str]) -> Iterator[int]:
    """Put empty objects in parallel; yield the number done now and then. Raises RuntimeError if one is refused."""
    now, pictures = time.time(), len(keys)
    host = urlsplit(signer.presign("PUT", keys[0], now=now, expires=EXPIRES)).netloc

    def put(number: int) -> bytes:
        url = signer.presign("PUT", keys[number], now=now, expires=EXPIRES)
        path = url.removeprefix(f"http://{host}")
        return f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n".encode()

    selector = selectors.DefaultSelector()
    begun = done = 0
    for _ in range(min(CONNECTIONS, pictures)):
        opened = load.connect(host)
        selector.register(opened, selectors.EVENT_READ, load.Connection(opened, bytearray()))
        opened.sendall(put(begun))
        begun += 1
    while done < pictures:
        for key, _ in selector.select(10):
            connection: load.Connection = key.data
            connection.received += connection.socket.recv(65536)
            if not load.complete(connection):
                continue
            connection.clear()
            done += 1
            if begun < pictures:
                connection.socket.sendall(put(begun))
                begun += 1
            if done % 10_000 == 0 or done == pictures:
                yield done
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
