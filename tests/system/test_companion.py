"""The routes of Uppy's plug-in, called as Uppy calls them, with the real store: the same limits and ownership."""

import os
from collections import Counter
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
import requests

from common.domain import tokens
from common.domain.keys import staging_key
from tests.support.cache import Cache
from tests.support.in_parts import MIB, large_picture
from tests.support.pictures import picture
from tests.support.services import Services, bearer, running_services
from tests.support.store import Store
from tests.system.test_multipart import parts_left, staged
from tests.system.test_publishing import at_once

LIMIT = 12 * MIB
KEY = "only-friends-know-this-key"


class Uppy:
    """The plug-in's steps for one file; its parts have 5 MiB."""

    def __init__(self, services: Services, content: bytes, **said: Any) -> None:
        self.services, self.content = services, content
        metadata = {"name": "from uppy.jpg", "size": len(content), **said.pop("metadata", {})}
        said = {"filename": "from uppy.jpg", "type": "image/jpeg", "metadata": metadata, **said}
        self.begun = services.upload.post("/s3/multipart", json=said)
        answer = self.begun.json
        self.upload_id, self.key = answer.get("uploadId", ""), answer.get("key", "")
        self.etags: dict[int, str] = {}

    def call(self, method: str, path: str = "", key: str | None = None, **options: Any) -> Any:
        opened_by = quote(self.key if key is None else key)
        return self.services.upload.open(
            f"/s3/multipart/{self.upload_id}{path}?key={opened_by}", method=method, **options
        )

    def part(self, number: int) -> bytes:
        return self.content[(number - 1) * 5 * MIB : number * 5 * MIB]

    def send(self, *numbers: int) -> None:
        for number in numbers:
            signed = self.call("GET", f"/{number}")
            assert signed.status_code == 200, signed.json
            put = requests.put(signed.json["url"], data=self.part(number), timeout=20)
            assert put.status_code == 200, put.text
            self.etags[number] = put.headers["ETag"].strip('"')

    def complete(self) -> Any:
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(self.etags.items())]
        return self.call("POST", "/complete", json={"parts": parts})

    @property
    def image_id(self) -> str:
        return tokens.verify(self.services.upload_app.extensions["vitrine"].keyring, self.key).id


@pytest.fixture
def services(store: Store, cache: Cache) -> Services:
    """Services with a limit that a test can exceed."""
    return running_services(store, cache, MAX_UPLOAD_BYTES=str(LIMIT))


def test_a_file_arrives_in_the_gallery(services: Services) -> None:
    content = large_picture(11 * MIB)
    uppy = Uppy(services, content)
    uppy.send(1, 2, 3)
    listed = uppy.call("GET").json
    assert [(part["PartNumber"], part["Size"], part["ETag"]) for part in listed] == [
        (number, len(uppy.part(number)), uppy.etags[number]) for number in (1, 2, 3)
    ]
    done = uppy.complete()
    assert (done.status_code, done.json["key"]) == (200, uppy.key)
    image = services.listed()["items"][0]
    assert (image["filename"], image["size"]) == ("from uppy.jpg", len(content))
    assert done.json["location"] == f"http://localhost:8080/api/images/{image['id']}/original"
    location = services.download.get(f"/api/images/{image['id']}/original").headers["Location"]
    assert requests.get(location, timeout=20).content == content
    assert staged(services, image["id"]).pop(staging_key(image["id"])) == 0
    assert staging_key(image["id"]) not in parts_left(services)


def test_a_small_file_is_one_part(services: Services) -> None:
    uppy = Uppy(services, picture())
    uppy.send(1)
    assert uppy.complete().status_code == 200


def test_who_lost_the_answer_to_completing_has_only_to_complete_again(services: Services) -> None:
    """Uppy's retry lists the parts first, then sends only the missing ones."""
    uppy = Uppy(services, large_picture(11 * MIB))
    uppy.send(1, 2, 3)
    first = uppy.complete()
    listed = uppy.call("GET").json
    assert {part["PartNumber"] for part in listed} >= {1, 2, 3}
    uppy.etags = {part["PartNumber"]: part["ETag"] for part in listed}
    again = uppy.complete()
    assert (again.status_code, again.json) == (200, first.json)


@pytest.mark.parametrize(("size", "status"), [(LIMIT + 1, 413), (0, 400), (-1, 400)])
def test_a_file_that_is_too_long_or_empty_is_refused_before_anything_is_sent(
    services: Services, size: int, status: int
) -> None:
    before = parts_left(services)
    assert Uppy(services, b"", metadata={"size": size}).begun.status_code == status
    assert parts_left(services) == before


@pytest.mark.parametrize("size", [None, "", "many", "1e3", "٣", "9" * 16, 7.5, True, [5], {"bytes": 5}])
def test_without_its_size_no_file_is_begun(services: Services, size: object) -> None:
    begun = Uppy(services, picture(), metadata={"size": size}).begun
    assert (begun.status_code, begun.json["pointer"]) == (400, "/metadata/size")
    assert "setFileMeta" in begun.json["detail"]


def test_the_size_may_be_a_text_as_in_a_form(services: Services) -> None:
    content = picture()
    uppy = Uppy(services, content, metadata={"size": str(len(content))})
    uppy.send(1)
    assert uppy.complete().status_code == 200


def test_no_part_is_signed_beyond_the_end(services: Services) -> None:
    uppy = Uppy(services, large_picture(11 * MIB))
    assert [uppy.call("GET", f"/{number}").status_code for number in (3, 4, 10_000)] == [200, 400, 400]


@pytest.mark.parametrize(("number", "length"), [(1, 5 * MIB), (2, 5 * MIB), (3, MIB)])
@pytest.mark.parametrize("more", [1, -1, 40 * MIB])
def test_storage_takes_a_part_of_its_own_length_only(services: Services, number: int, length: int, more: int) -> None:
    """So no more bytes arrive than were announced."""
    uppy = Uppy(services, large_picture(11 * MIB))
    url = uppy.call("GET", f"/{number}").json["url"]
    assert requests.put(url, data=os.urandom(length + more), timeout=20).status_code == 403
    assert uppy.call("GET").json == []


def test_a_key_of_the_version_that_asked_for_no_size_says_to_begin_anew(services: Services) -> None:
    uppy = Uppy(services, picture())
    keyring = services.upload_app.extensions["vitrine"].keyring
    old = tokens.issue(keyring, msgspec.structs.replace(tokens.verify(keyring, uppy.key), size=0))
    assert uppy.call("GET", "/1", key=old).status_code == 410
    uppy.send(1)
    assert uppy.complete().status_code == 200
    deleted = services.upload.delete(f"/api/images/{uppy.image_id}", headers=bearer(old))
    assert deleted.status_code == 204


def test_without_companion_none_of_its_routes_exists(store: Store, cache: Cache) -> None:
    services = running_services(store, cache, COMPANION="false")
    calls = [
        ("POST", "/s3/multipart"),
        ("GET", "/s3/multipart/x?key=y"),
        ("GET", "/s3/multipart/x/1?key=y"),
        ("POST", "/s3/multipart/x/complete?key=y"),
        ("DELETE", "/s3/multipart/x?key=y"),
        ("GET", "/s3/params"),
        ("GET", "/s3/sts"),
    ]
    answers = [services.upload.open(path, method=way, json={} if way == "POST" else None) for way, path in calls]
    assert [(answer.status_code, answer.content_type) for answer in answers] == [(404, "application/problem+json")] * 7


def test_what_is_no_picture_is_refused(services: Services) -> None:
    uppy = Uppy(services, b"<html>" + os.urandom(6 * MIB))
    uppy.send(1, 2)
    assert uppy.complete().status_code == 422
    assert Uppy(services, b"x", type="text/html").begun.status_code == 415


@pytest.mark.parametrize("etags", [{1: "0" * 32}, {2: "as sent"}, {1: "as sent", 3: "as sent"}])
def test_parts_that_were_not_sent_so_make_no_file(services: Services, etags: dict[int, str]) -> None:
    uppy = Uppy(services, large_picture(11 * MIB))
    uppy.send(1, 2, 3)
    uppy.etags = {number: uppy.etags[number] if etag == "as sent" else etag for number, etag in etags.items()}
    assert uppy.complete().status_code == 409


def test_abort_is_for_good(services: Services) -> None:
    uppy = Uppy(services, large_picture(11 * MIB))
    uppy.send(1)
    url = uppy.call("GET", "/2").json["url"]
    assert uppy.call("DELETE").status_code == 204
    assert staging_key(uppy.image_id) not in parts_left(services)
    assert requests.put(url, data=uppy.part(2), timeout=20).status_code == 404
    assert [uppy.call("GET").status_code, uppy.complete().status_code] == [410, 410]


def test_abort_and_complete_at_once_agree(services: Services) -> None:
    """Whichever wins, both answers and the gallery agree, and no part is left."""
    seen: Counter[tuple[int, int, int]] = Counter()
    for _ in range(20):
        uppy = Uppy(services, picture(size=(16, 16)))
        uppy.send(1)
        answers = at_once({"complete": uppy.complete, "abort": lambda: uppy.call("DELETE")})  # noqa: B023
        there = services.catalog.get(f"/api/images/{uppy.image_id}").status_code
        seen[answers["complete"], answers["abort"], there] += 1
        assert staging_key(uppy.image_id) not in parts_left(services)
    assert set(seen) <= {(200, 409, 200), (410, 204, 404)}, seen


def test_only_the_key_opens_an_upload(services: Services) -> None:
    """Another upload's key, or a token for a single PUT, is refused; a key opens only its own upload."""
    uppy, other = Uppy(services, picture()), Uppy(services, picture())
    uppy.send(1)
    token = services.grant(picture())["token"]
    calls = [("GET", ""), ("GET", "/1"), ("DELETE", "")]
    assert [uppy.call(*call, key="").status_code for call in calls] == [401] * 3
    assert [uppy.call(*call, key="x").status_code for call in calls] == [403] * 3
    assert [uppy.call(*call, key=token).status_code for call in calls] == [403] * 3
    assert [uppy.call(*call, key=other.key).status_code for call in calls[:2]] == [404] * 2
    assert uppy.complete().status_code == 200


def test_the_key_is_the_uploads_token(services: Services) -> None:
    """The sender can delete the picture with the key."""
    uppy = Uppy(services, picture())
    uppy.send(1)
    uppy.complete()
    assert services.upload.delete(f"/api/images/{uppy.image_id}", headers=bearer(uppy.key)).status_code == 204


def test_the_upload_key_is_wanted_where_one_is_set(store: Store, cache: Cache) -> None:
    """Uppy sends it in a meta field, because it has no header for it."""
    services = running_services(store, cache, UPLOAD_KEY=KEY)
    tries = [
        {},
        {"metadata": {"upload_key": "wrong"}},
        {"metadata": {"upload_key": 7}},
        {"metadata": {"upload_key": KEY}},
    ]
    assert [Uppy(services, b"x", **said).begun.status_code for said in tries] == [401, 403, 401, 200]
    said = {"filename": "x.jpg", "type": "image/jpeg", "metadata": {"size": 5}}
    assert services.upload.post("/s3/multipart", json=said, headers={"X-Upload-Key": KEY}).status_code == 200


@pytest.mark.parametrize("way", ["params?filename=x.jpg&type=image%2Fjpeg", "sts"])
def test_the_other_ways_say_which_one_there_is(services: Services, way: str) -> None:
    answer = services.upload.get(f"/s3/{way}")
    assert (answer.status_code, "shouldUseMultipart" in answer.json["detail"]) == (400, True)
