"""Which previews are accepted for a picture."""

import pytest

from upload.inspect import ImageInfo
from upload.lifecycle.preview import fits

PICTURE = ImageInfo("image/jpeg", 4000, 3000)


@pytest.mark.parametrize(
    ("kind", "width", "height", "size", "expected"),
    [
        ("image/webp", 1024, 768, 1000, True),
        ("image/jpeg", 400, 300, 1000, True),
        ("image/jpeg", 1, 1, 10, True),
        ("image/png", 400, 300, 1000, False),
        ("image/webp", 1025, 769, 1000, False),
        ("image/webp", 400, 300, 128 * 1024 + 1, False),
        ("image/webp", 300, 400, 1000, False),
        ("image/webp", 400, 310, 1000, False),
        ("image/webp", 400, 305, 1000, True),
    ],
)
def test_kind_size_and_shape_decide(kind: str, width: int, height: int, size: int, expected: bool) -> None:
    assert fits(ImageInfo(kind, width, height), size, PICTURE) is expected


def test_a_very_wide_picture_may_have_a_preview_of_one_row() -> None:
    assert fits(ImageInfo("image/webp", 1024, 1), 100, ImageInfo("image/png", 100_000, 20))
