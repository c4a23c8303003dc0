"""One table says which formats enter and what their files are called."""

import pytest

from common import media


def test_exactly_the_six_formats_are_allowed() -> None:
    assert set(media.ALLOWED_TYPES) == {f"image/{kind}" for kind in ("jpeg", "png", "webp", "gif", "avif", "heic")}
    assert set(media.PREVIEW_TYPES) < set(media.ALLOWED_TYPES)


def test_each_extension_stands_for_one_type() -> None:
    for media_type, extensions in media.EXTENSIONS.items():
        for extension in extensions:
            assert media.media_type_of(f"a.{extension}") == media_type
            assert media.media_type_of(f"a.{extension.upper()}") == media_type
            assert media.is_image_extension(extension)
            assert extension not in media.OTHER_IMAGE_EXTENSIONS


@pytest.mark.parametrize("name", ["", "jpg", ".jpg", "a.", "a.svg", "a.jpg.exe", "a.JPG "])
def test_other_names_have_no_type(name: str) -> None:
    assert media.media_type_of(name) is None


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        media.EXTENSIONS["image/svg+xml"] = ("svg",)  # type: ignore[index]
