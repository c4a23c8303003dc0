"""Share links with the real store: they lead to the picture, expire, and end when the picture is deleted."""

from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from common.domain.keys import make_id
from tests.support.pictures import picture
from tests.support.services import Services
from tests.support.store import ORIGINS, Store


@pytest.fixture
def content() -> bytes:
    return picture()


@pytest.fixture
def image(services: Services, content: bytes) -> dict[str, Any]:
    return services.publish(content, filename="été 日本.jpg")


def share(services: Services, image: dict[str, Any], expires_in: int = 3600, **headers: str) -> Any:
    return services.download.post(f"/api/images/{image['id']}/links", json={"expires_in": expires_in}, headers=headers)


def test_a_link_leads_to_the_picture(services: Services, image: dict[str, Any], content: bytes) -> None:
    made = share(services, image)
    assert (made.status_code, set(made.json)) == (201, {"url", "path", "expires_at"})
    assert made.json["url"] == ORIGINS[0] + made.json["path"]
    followed = services.download.get(made.json["path"])
    assert (followed.status_code, followed.headers["Cache-Control"]) == (302, "no-store")
    fetched = requests.get(followed.headers["Location"], timeout=10)
    assert fetched.content == content
    assert "filename*=UTF-8''%C3%A9t%C3%A9%20%E6%97%A5%E6%9C%AC.jpg" in fetched.headers["Content-Disposition"]
    assert services.download.head(made.json["path"]).status_code == 302


def test_it_begins_with_the_page_s_address_and_never_with_a_host_header(
    services: Services, image: dict[str, Any]
) -> None:
    assert share(services, image, Origin=ORIGINS[1]).json["url"].startswith(ORIGINS[1] + "/api/s/")
    assert urlsplit(share(services, image, Host="evil.example").json["url"]).netloc == "localhost:8080"


def test_it_dies_with_the_picture(services: Services, image: dict[str, Any], store: Store) -> None:
    path = share(services, image).json["path"]
    admin = store.client("admin")
    (entry,) = admin.list_objects_v2(Bucket=store.bucket, Prefix=f"images/{image['id']}~")["Contents"]
    admin.delete_object(Bucket=store.bucket, Key=entry["Key"])
    answer = services.download.get(path)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    for variant in ("original", "download"):
        assert services.download.get(f"/api/images/{image['id']}/{variant}").status_code == 404
    batch = {"variant": "original", "ids": [image["id"]]}
    assert services.download.post("/api/downloads", json=batch).json == {"urls": {}, "missing": [image["id"]]}


@pytest.mark.parametrize("expires_in", [59, 604801, 0, -1, "3600", None, 1.5, True])
def test_its_time_has_bounds(services: Services, image: dict[str, Any], expires_in: Any) -> None:
    answer = share(services, image, expires_in)
    assert (answer.status_code, answer.json["errors"][0]["pointer"]) == (400, "/expires_in")


def test_there_is_none_for_a_picture_that_is_not_there(services: Services) -> None:
    assert share(services, {"id": make_id(5, 0, 0)}).status_code == 404
    assert share(services, {"id": "rubbish"}).status_code == 404


@pytest.mark.parametrize("link", ["rubbish", "a.b.c", f"{make_id(5, 0, 0)}.9999999999.{'A' * 43}", "%00", "x" * 3000])
def test_what_is_no_link_of_ours_is_not_found(services: Services, link: str) -> None:
    answer = services.download.get(f"/api/s/{link}")
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
