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


def animation(kind: str, size: tuple[int, int] = (64, 48), frames: int = 8) -> bytes:
    """Return a unique animation without end: frames of one colour each, 40 ms long. `kind`: GIF, WEBP, PNG or AVIF."""
    first, *others = (Image.new("RGB", size, tuple(secrets.token_bytes(3))) for _ in range(frames))
    target = io.BytesIO()
    first.save(target, kind, save_all=True, append_images=others, duration=40, loop=0)
    return target.getvalue()
