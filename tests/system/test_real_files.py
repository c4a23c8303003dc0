"""Files from many cameras, telephones and programs, through the real services and store."""

from pathlib import Path

import pytest
import requests

from tests.support.corpus import as_decoded, files, photos, spread
from tests.support.services import Services, send

# Pillow warns about unusual EXIF.
pytestmark = [pytest.mark.corpus, pytest.mark.filterwarnings("ignore::UserWarning")]

# Why the service refuses it, in the text for the person.
REFUSED = {
    "goexif_head-nikon-d80.jpg": "cut off",
    "pillow-heif_corrupted.heic": "cut off",
    "pillow-heif_200mp.heic": "150 megapixels",
}


def check_there_and_back(services: Services, content: bytes, name: str) -> None:
    """Published with the size that a decoder finds, and returned unchanged."""
    media_type, width, height = as_decoded(content)
    image = services.publish(content, filename=name, content_type=media_type)
    assert (image["content_type"], image["width"], image["height"]) == (media_type, width, height), name
    location = services.download.get(f"/api/images/{image['id']}/download").headers["Location"]
    answer = requests.get(location, timeout=10)
    assert answer.headers["Content-Type"] == media_type, name
    assert answer.content == content, name


def test_real_files_come_back_byte_for_byte(services: Services) -> None:
    chosen = spread(16, without=REFUSED)
    assert len({file.kind for file in chosen}) >= 8
    assert len({file.make for file in chosen}) >= 8
    for file in chosen:
        check_there_and_back(services, file.read(), file.name)


def test_photographs_of_twelve_megapixels_come_back_byte_for_byte(services: Services, tmp_path: Path) -> None:
    made = photos(2, tmp_path)
    assert len({path.read_bytes() for path in made}) == 2
    for path in made:
        check_there_and_back(services, path.read_bytes(), path.name)


@pytest.mark.parametrize(("name", "words"), REFUSED.items())
def test_what_can_not_be_shown_is_refused_with_its_reason(services: Services, name: str, words: str) -> None:
    content = next(file for file in files() if file.name == name).read()
    granted = services.grant(content, filename=name)
    assert send(granted["put"], content).status_code == 200
    answer = services.complete(granted)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert words in answer.json["detail"]
    assert granted["id"] not in {image["id"] for image in services.listed()["items"]}
