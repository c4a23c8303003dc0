"""From a permission to a published picture, with the real store and cache."""

import struct
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import requests

from common.domain.keys import image_prefix, preview_key, staging_key, staging_preview_key
from common.s3.objects import ObjectInfo, Storage
from tests.support.pictures import picture
from tests.support.services import ADMIN_TOKEN, Services, bearer, describe, digest, send

# Browsers decode all of it, whatever size `ispe` says.
HIDDEN = picture("AVIF", (640, 480)).replace(
    b"ispe" + struct.pack(">III", 0, 640, 480), b"ispe" + struct.pack(">III", 0, 64, 48)
)


def names(services: Services, prefix: str) -> list[str]:
    listing = services.store.client("admin").list_objects_v2(Bucket=services.store.bucket, Prefix=prefix)
    return [entry["Key"] for entry in listing.get("Contents", [])]


def fate(services: Services, key: str) -> tuple[int, str]:
    found = services.store.client("admin").head_object(Bucket=services.store.bucket, Key=key)
    return found["ContentLength"], found["Metadata"].get("fate", "")


def with_preview(content: bytes, preview: bytes) -> dict[str, Any]:
    return {"thumbnail": {"content_type": "image/webp", "size": len(preview), "sha256": digest(preview)}}


def at_once(calls: dict[str, Callable[[], Any]]) -> dict[str, int]:
    """The status of each call, all started at the same moment."""
    start = threading.Barrier(len(calls))
    statuses: dict[str, int] = {}

    def run(name: str, call: Callable[[], Any]) -> None:
        start.wait()
        statuses[name] = call().status_code

    threads = [threading.Thread(target=run, args=call) for call in calls.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def test_a_picture_comes_back_byte_for_byte(services: Services) -> None:
    """Uploaded, listed first, downloaded: the same bytes, with its own name."""
    content = picture(size=(120, 80))
    image = services.publish(content, filename="Férias na praia.jpg")
    assert (image["width"], image["height"], image["size"]) == (120, 80, len(content))
    first = services.listed()["items"][0]
    assert first == image
    location = services.download.get(f"/api/images/{image['id']}/download").headers["Location"]
    answer = requests.get(location, timeout=10)
    assert answer.content == content
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert "filename*=UTF-8''F%C3%A9rias" in answer.headers["Content-Disposition"]


def test_completing_again_gives_the_same(services: Services) -> None:
    content = picture()
    granted = services.grant(content)
    send(granted["put"], content)
    first, second = services.complete(granted), services.complete(granted)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json


def test_completing_without_a_file_says_so(services: Services) -> None:
    answer = services.complete(services.grant(picture()))
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")


def test_nothing_of_a_published_upload_stays_in_staging(services: Services) -> None:
    content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
    granted = services.grant(content, **with_preview(content, preview))
    send(granted["put"], content)
    send(granted["thumbnail"]["put"], preview)
    image = services.complete(granted).json
    assert image["thumbnail"] is True
    assert fate(services, staging_key(image["id"])) == (0, "published")
    assert fate(services, staging_preview_key(image["id"])) == (0, "published")
    assert names(services, preview_key(image["id"])) == [preview_key(image["id"])]


def test_headers_that_a_client_added_do_not_reach_the_published_picture(services: Services) -> None:
    """The store accepts unsigned Content-Disposition and Content-Encoding; publishing replaces all headers."""
    content = picture()
    granted = services.grant(content)
    put = granted["put"]
    headers = {
        **put["headers"],
        "Content-Disposition": "inline",
        "Content-Encoding": "br",
        "Expires": "Thu, 01 Jan 1970 00:00:00 GMT",
    }
    assert requests.put(put["url"], data=content, headers=headers, timeout=10).status_code == 200
    image = services.complete(granted).json
    found = services.store.client("admin").head_object(Bucket=services.store.bucket, Key=f"images/{image['ref']}")
    assert (found["ContentDisposition"], found["Metadata"]) == ("attachment", {})
    headers = set(found["ResponseMetadata"]["HTTPHeaders"])
    assert not headers & {"expires", "content-encoding"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html><script>alert(1)</script></html>", "web page"),
        (b"\xff\xd8\xff" + b"\0" * 20, ""),
        (b"GIF8", ""),
        (HIDDEN, "says that its picture has 64 by 48 pixels, but a part of it has 640 by 480"),
    ],
)
def test_what_is_no_picture_is_refused_for_good(services: Services, content: bytes, words: str) -> None:
    granted = services.grant(content)
    send(granted["put"], content)
    answers = [services.complete(granted), services.complete(granted)]
    assert [answer.status_code for answer in answers] == [422, 422]
    assert words in answers[0].json["detail"]
    assert answers[0].json["detail"] == answers[1].json["detail"]
    assert fate(services, staging_key(granted["id"])) == (0, "refused")
    assert names(services, image_prefix(granted["id"])) == []


@pytest.mark.parametrize(
    ("body", "checksum", "metadata"),
    [
        (lambda content: content[:-1] + b"x", "SHA256", {}),
        (lambda content: content + b"x", "CRC32", {}),  # no SHA-256 in storage, so only the size can be compared
        (lambda content: content, "SHA256", {"filename": "another.jpg"}),
    ],
    ids=["checksum", "size", "metadata"],
)
def test_what_is_not_what_was_permitted_is_refused(
    services: Services, body: Callable[[bytes], bytes], checksum: str, metadata: dict[str, str]
) -> None:
    """Storage refuses such a PUT. If such an object exists anyway, publishing compares it with its permission again."""
    content = picture()
    granted = services.grant(content)
    prefix = "x-amz-meta-"
    signed = {n.removeprefix(prefix): value for n, value in granted["put"]["headers"].items() if n.startswith(prefix)}
    services.store.client("admin").put_object(
        Bucket=services.store.bucket,
        Key=staging_key(granted["id"]),
        Body=body(content),
        Metadata=signed | metadata,
        ChecksumAlgorithm=checksum,
    )
    answer = services.complete(granted)
    assert (answer.status_code, answer.content_type) == (422, "application/problem+json")
    assert names(services, image_prefix(granted["id"])) == []


def test_a_jpeg_called_png_is_published_as_what_it_is(services: Services) -> None:
    image = services.publish(picture(), filename="shot.png", content_type="image/png")
    assert (image["filename"], image["content_type"]) == ("shot.jpg", "image/jpeg")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_each_format_is_published(services: Services, kind: str) -> None:
    image = services.publish(picture(kind, (33, 21)), content_type=f"image/{kind.lower()}", filename="x")
    assert (image["width"], image["height"], image["content_type"]) == (33, 21, f"image/{kind.lower()}")


@pytest.mark.parametrize(
    "bad",
    [b"not a picture", picture("PNG", (50, 40)), picture("WEBP", (40, 50)), picture("WEBP", (1100, 880))],
    ids=["rubbish", "another format", "another shape", "too large"],
)
def test_a_bad_preview_is_dropped_and_the_picture_published(services: Services, bad: bytes) -> None:
    content = picture(size=(100, 80))
    granted = services.grant(content, **with_preview(content, bad))
    send(granted["put"], content)
    assert send(granted["thumbnail"]["put"], bad).status_code == 200
    image = services.complete(granted).json
    assert image["thumbnail"] is False
    assert fate(services, staging_preview_key(image["id"])) == (0, "refused")
    assert names(services, preview_key(image["id"])) == []


def test_a_preview_that_arrives_too_late_is_shut_out(services: Services) -> None:
    content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
    granted = services.grant(content, **with_preview(content, preview))
    send(granted["put"], content)
    assert services.complete(granted).json["thumbnail"] is False
    assert send(granted["thumbnail"]["put"], preview).status_code == 412


class TestCancel:
    def test_what_was_cancelled_does_not_come_back(self, services: Services) -> None:
        """When cancelled before the PUT, the tombstone makes the store refuse it."""
        content = picture()
        granted = services.grant(content)
        assert services.cancel(granted).status_code == 204
        assert send(granted["put"], content).status_code == 412
        assert services.complete(granted).status_code == 410

    def test_bytes_that_had_arrived_are_gone(self, services: Services) -> None:
        content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
        granted = services.grant(content, **with_preview(content, preview))
        send(granted["put"], content)
        send(granted["thumbnail"]["put"], preview)
        assert [services.cancel(granted).status_code for _ in range(2)] == [204, 204]
        assert fate(services, staging_key(granted["id"])) == (0, "cancelled")
        assert fate(services, staging_preview_key(granted["id"])) == (0, "cancelled")
        assert services.complete(granted).status_code == 410

    def test_a_published_picture_is_not_cancelled(self, services: Services) -> None:
        content = picture()
        granted = services.grant(content)
        send(granted["put"], content)
        services.complete(granted)
        assert services.cancel(granted).status_code == 409
        assert services.catalog.get(f"/api/images/{granted['id']}").status_code == 200

    def test_cancel_and_complete_at_once_agree(self, services: Services) -> None:
        """Whichever wins, both answers and the gallery agree."""
        seen: Counter[tuple[int, int, int]] = Counter()
        for _ in range(20):
            content = picture(size=(16, 16))
            granted = services.grant(content)
            send(granted["put"], content)
            calls = {"complete": services.complete, "cancel": services.cancel}
            answers = at_once({name: partial(call, granted) for name, call in calls.items()})
            there = services.catalog.get(f"/api/images/{granted['id']}").status_code
            seen[answers["complete"], answers["cancel"], there] += 1
        assert set(seen) <= {(201, 409, 200), (200, 409, 200), (410, 204, 404)}, seen


def test_two_who_complete_at_once_make_one_picture(services: Services) -> None:
    content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
    for _ in range(10):
        granted = services.grant(content, **with_preview(content, preview))
        send(granted["put"], content)
        send(granted["thumbnail"]["put"], preview)
        statuses = at_once({str(number): partial(services.complete, granted) for number in range(4)}).values()
        assert set(statuses) <= {200, 201}
        assert len(names(services, image_prefix(granted["id"]))) == 1
        assert fate(services, staging_key(granted["id"])) == (0, "published")


def test_nothing_is_put_over_a_published_picture(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another replica publishes between the check and the copy: its picture stays, and it is the answer."""
    content, store, commit = picture(), services.store, Storage.copy_if_unchanged

    def overtaken(storage: Storage, seen: ObjectInfo, target: str, **headers: str) -> None:
        store.client("admin").put_object(Bucket=store.bucket, Key=target, Body=b"the first")
        commit(storage, seen, target, **headers)

    granted = services.grant(content)
    send(granted["put"], content)
    monkeypatch.setattr(Storage, "copy_if_unchanged", overtaken)
    answer = services.complete(granted)
    assert (answer.status_code, answer.json["size"]) == (200, len(b"the first"))
    published = store.client("admin").get_object(Bucket=store.bucket, Key=f"images/{answer.json['ref']}")
    assert published["Body"].read() == b"the first"


class TestTokens:
    def test_a_foreign_token_is_refused(self, services: Services) -> None:
        content = picture()
        mine, other = services.grant(content), services.grant(content)
        send(mine["put"], content)
        assert services.complete(mine, other["token"]).status_code == 403
        assert services.complete(mine, "v1.k1.e30.AAAA").status_code == 403
        assert services.upload.post(f"/api/uploads/{mine['id']}/complete").status_code == 401

    def test_the_operator_may_complete_and_cancel(self, services: Services) -> None:
        content = picture()
        granted = services.grant(content)
        send(granted["put"], content)
        assert services.complete(granted, ADMIN_TOKEN).status_code == 201

    def test_an_unknown_id_is_not_found(self, services: Services) -> None:
        answer = services.upload.post("/api/uploads/nonsense/complete", headers=bearer(ADMIN_TOKEN))
        assert answer.status_code == 404


def test_signing_again_gives_a_put_that_works(services: Services) -> None:
    content = picture()
    granted = services.grant(content)
    answer = services.upload.post(f"/api/uploads/{granted['id']}/sign", headers=bearer(granted["token"]))
    assert answer.status_code == 200
    assert send(answer.json["put"], content).status_code == 200


def test_a_file_that_is_refused_does_not_stop_the_others(services: Services) -> None:
    good = describe(picture())
    files = [good, {**good, "size": 0}, {**good, "content_type": "text/html"}, {"filename": 7}, "x", good]
    answer = services.upload.post("/api/uploads", json={"files": files})
    assert answer.status_code == 201
    assert [entry.get("status", "granted") for entry in answer.json["uploads"]] == [
        "granted", 400, 415, 400, 400, "granted",
    ]  # fmt: skip


def test_when_all_are_refused_the_answer_is_a_problem(services: Services) -> None:
    answer = services.upload.post("/api/uploads", json={"files": [describe(b"", size=0)]})
    assert (answer.status_code, answer.content_type) == (400, "application/problem+json")
    assert answer.json["uploads"][0]["status"] == 400
