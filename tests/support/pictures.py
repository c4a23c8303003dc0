"""Small real pictures for tests, made by Pillow."""

import io
import secrets

from PIL import Image


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    """Return a unique picture with random pixels."""
    width, height = size
    image = Image.frombytes("RGB", (8, 8), secrets.token_bytes(192)).resize((width, height))
    target = io.BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()
