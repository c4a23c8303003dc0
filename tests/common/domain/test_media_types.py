"""One table defines the accepted formats and their file extensions."""

import pytest

from common.domain import media_types


def test_exactly_the_six_formats_are_allowed() -> None:
    assert set(media_types.ALLOWED_TYPES) == {
        f"image/{kind}" for kind in ("jpeg", "png", "webp", "gif", "avif", "heic")
    }
    assert set(media_types.PREVIEW_TYPES) < set(media_types.ALLOWED_TYPES)


def test_each_extension_stands_for_one_type() -> None:
    for media_type, extensions in media_types.EXTENSIONS.items():
        for extension in extensions:
            assert media_types.media_type_of(f"a.{extension}") == media_type
            assert media_types.media_type_of(f"a.{extension.upper()}") == media_type
            assert media_types.is_image_extension(extension)
            assert extension not in media_types.OTHER_IMAGE_EXTENSIONS


@pytest.mark.parametrize("name", ["", "jpg", ".jpg", "a.", "a.svg", "a.jpg.exe", "a.JPG "])
def test_other_names_have_no_type(name: str) -> None:
    assert media_types.media_type_of(name) is None


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        media_types.EXTENSIONS["image/svg+xml"] = ("svg",)  # type: ignore[index]
