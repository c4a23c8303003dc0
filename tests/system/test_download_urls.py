"""Signed URLs with the real store."""

from typing import Any

import pytest
import requests

from common.domain.keys import make_id
from tests.support.pictures import picture
from tests.support.services import Services, digest, send


@pytest.fixture
def content() -> bytes:
    return picture(size=(100, 80))


@pytest.fixture
def preview() -> bytes:
    return picture("WEBP", (50, 40))


@pytest.fixture
def image(services: Services, content: bytes, preview: bytes) -> dict[str, Any]:
    granted = services.grant(
        content,
        thumbnail={"content_type": "image/webp", "size": len(preview), "sha256": digest(preview)},
        filename='a "quoted"\\ ☃ name.jpg',
    )
    send(granted["put"], content)
    send(granted["thumbnail"]["put"], preview)
    published: dict[str, Any] = services.complete(granted).json
    return published


@pytest.mark.parametrize("variant", ["original", "download", "thumbnail"])
def test_each_variant_redirects_to_its_bytes(
    services: Services, image: dict[str, Any], content: bytes, preview: bytes, variant: str
) -> None:
    answer = services.download.get(f"/api/images/{image['id']}/{variant}")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (302, "no-store")
    fetched = requests.get(answer.headers["Location"], timeout=10)
    assert fetched.content == (preview if variant == "thumbnail" else content)
    assert fetched.headers["Cache-Control"].startswith("private, max-age=")
    disposition = {"original": "inline", "download": "attachment", "thumbnail": "attachment"}[variant]
    assert fetched.headers["Content-Disposition"].partition(";")[0] == disposition


def test_a_program_may_ask_for_json(services: Services, image: dict[str, Any], content: bytes) -> None:
    answer = services.download.get(f"/api/images/{image['id']}/download", headers={"Accept": "application/json"})
    assert (answer.status_code, set(answer.json)) == (200, {"url", "expires_at"})
    assert requests.get(answer.json["url"], timeout=10).content == content


@pytest.mark.parametrize("by", ["refs", "ids"])
@pytest.mark.parametrize("variant", ["original", "download", "thumbnail"])
def test_a_batch_gives_each_its_url_and_names_what_is_missing(
    services: Services, image: dict[str, Any], by: str, variant: str
) -> None:
    known, unknown = (image["ref"], "no ref") if by == "refs" else (image["id"], make_id(0, 0, 0))
    answer = services.download.post("/api/downloads", json={"variant": variant, by: [known, unknown, known]})
    assert answer.status_code == 200
    assert (list(answer.json["urls"]), answer.json["missing"]) == ([known], [unknown])
    assert requests.get(answer.json["urls"][known]["url"], timeout=10).status_code == 200


def test_a_url_stays_the_same_for_its_window(services: Services, image: dict[str, Any]) -> None:
    body = {"variant": "thumbnail", "refs": [image["ref"]]}
    first, second = (services.download.post("/api/downloads", json=body).json for _ in range(2))
    assert first == second


@pytest.mark.parametrize("variant", ["original", "download"])
def test_unknown_pictures_are_not_found(services: Services, variant: str) -> None:
    for image_id in (make_id(5, 0, 0), "rubbish", "%00", "..%2f..%2fetc"):
        answer = services.download.get(f"/api/images/{image_id}/{variant}")
        assert answer.status_code == 404
        assert answer.content_type == "application/problem+json"


@pytest.mark.parametrize(
    "body",
    [{}, {"variant": "x", "refs": []}, {"variant": "original"}, {"variant": "original", "refs": [], "ids": []},
     {"variant": "original", "ids": ["x"] * 101}, {"variant": "original", "refs": ["x"] * 501},
     {"variant": "original", "refs": [1]}, []],
)  # fmt: skip
def test_a_bad_batch_is_refused(services: Services, body: Any) -> None:
    answer = services.download.post("/api/downloads", json=body)
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
