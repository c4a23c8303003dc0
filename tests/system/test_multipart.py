"""A file in parts, from the permission to the published picture, with the real store."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests

from common.domain import tokens
from common.domain.keys import STAGING, image_prefix, staging_key
from common.s3.multipart import MultipartStorage
from tests.support.in_parts import MIB, InParts, composite, large_picture, put
from tests.support.pictures import picture
from tests.support.services import ADMIN_TOKEN, Services, bearer, describe, digest, send, upload_environment
from upload.app import create_app

SIZE = 17 * MIB + 1234

Start = Callable[..., InParts]


@pytest.fixture(scope="module")
def content() -> bytes:
    return large_picture(SIZE)


@pytest.fixture
def start(services: Services, content: bytes) -> Start:
    """Get a permission to send a file in parts."""

    def ask(method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        answer = services.upload.open(path, method=method, headers=headers, json=body)
        return answer.status_code, answer.json

    def begin(**changes: Any) -> InParts:
        return InParts(ask, services.grant(content, **changes), content)

    return begin


def staged(services: Services, image_id: str) -> dict[str, int]:
    """Everything in staging that belongs to one upload, with its size."""
    listing = services.store.client("admin").list_objects_v2(Bucket=services.store.bucket, Prefix=STAGING + image_id)
    return {entry["Key"]: entry["Size"] for entry in listing.get("Contents", [])}


def parts_left(services: Services) -> list[str]:
    """The keys of uploads in parts that have not ended."""
    listing = services.store.client("admin").list_multipart_uploads(Bucket=services.store.bucket)
    return [upload["Key"] for upload in listing.get("Uploads", [])]


def published(services: Services, image_id: str) -> Any:
    """Storage's metadata of the published picture."""
    admin, bucket = services.store.client("admin"), services.store.bucket
    keys = [e["Key"] for e in admin.list_objects_v2(Bucket=bucket, Prefix=image_prefix(image_id)).get("Contents", [])]
    assert len(keys) == 1, keys
    return admin.head_object(Bucket=bucket, Key=keys[0], ChecksumMode="ENABLED")


def assert_gone(services: Services, upload: InParts, fate: str) -> None:
    """Assert that only tombstones of the upload are left: its own, its preview's, and the mark of a cancel."""
    key = staging_key(upload.granted["id"])
    left = staged(services, upload.granted["id"])
    assert left.pop(key) == 0
    assert left in ({}, {f"{key}.t": 0}, {f"{key}.c": 0}, {f"{key}.c": 0, f"{key}.t": 0})
    assert key not in parts_left(services)
    found = services.store.client("admin").head_object(Bucket=services.store.bucket, Key=key)
    assert found["Metadata"]["fate"] == fate


def test_from_16_mib_on_a_file_is_sent_in_parts_and_needs_no_checksum_of_the_whole(services: Services) -> None:
    files = [describe(b"", size=16 * MIB - 1, sha256=digest(b"x")), describe(b"", size=16 * MIB)]
    del files[1]["sha256"]
    below, at = services.upload.post("/api/uploads", json={"files": files}).json["uploads"]
    assert ("put" in below, "multipart" in below) == (True, False)
    assert ("put" in at, at["multipart"]) == (False, {"part_size": 8 * MIB, "part_count": 2})


def test_one_put_needs_its_checksum(services: Services) -> None:
    file = describe(b"x" * 100)
    del file["sha256"]
    answer = services.upload.post("/api/uploads", json={"files": [file]})
    assert (answer.status_code, answer.json["pointer"]) == (400, "/sha256")


def test_a_file_in_parts_is_published_with_its_composite_checksum(
    services: Services, start: Start, content: bytes
) -> None:
    upload = start(filename="panorama.jpg")
    upload.send([1])
    upload.send([3, 2])
    assert {number: (part["size"], part["sha256"]) for number, part in upload.found().items()} == {
        number: (len(upload.part(number)), digest(upload.part(number))) for number in (1, 2, 3)
    }
    status, image = upload.complete()
    assert (status, image["size"], image["filename"]) == (201, SIZE, "panorama.jpg")
    assert published(services, image["id"])["ChecksumSHA256"] == composite(upload.part(n) for n in (1, 2, 3))
    location = services.download.get(f"/api/images/{image['id']}/original").headers["Location"]
    assert requests.get(location, timeout=20).content == content
    assert_gone(services, upload, "published")
    assert upload.complete() == (200, image)
    assert upload.complete(upload_id=None) == (200, image)


def test_another_replica_lists_and_completes_what_one_has_begun(services: Services, start: Start) -> None:
    """No process keeps any state."""
    upload = start()
    upload.send([1, 2])
    other = create_app(upload_environment(services.store, None)).test_client()

    def ask(method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        answer = other.open(path, method=method, headers=headers, json=body)
        return answer.status_code, answer.json

    upload.ask = ask
    assert sorted(upload.found()) == [1, 2]
    upload.send([3])
    assert upload.complete()[0] == 201


def test_completing_too_early_names_what_is_missing(start: Start) -> None:
    upload = start()
    upload.send([2])
    status, problem = upload.complete()
    assert (status, problem["missing"]) == (409, [1, 3])
    upload.send([1, 3])
    assert upload.complete()[0] == 201


def test_a_part_that_is_sent_twice_counts_once(start: Start) -> None:
    """As after a lost answer: the embedded store lists both."""
    upload = start()
    upload.send([1, 2, 3])
    upload.send([2])
    upload.send([2])
    assert sorted(upload.found()) == [1, 2, 3]
    assert upload.complete()[0] == 201


def test_of_a_part_sent_with_other_bytes_the_later_ones_count(services: Services, start: Start, content: bytes) -> None:
    """Until then its checksum is uncertain, so the list omits it."""
    upload = start()
    upload.send([1, 3])
    wrong = bytes(8 * MIB)
    (signed,) = upload.sign([2], {2: wrong})
    assert put(signed, wrong).status_code == 200
    assert upload.found()[2]["sha256"] == digest(wrong)
    upload.send([2])
    assert upload.found()[2]["sha256"] is None
    status, image = upload.complete()
    assert status == 201
    assert published(services, image["id"])["ChecksumSHA256"] == composite(upload.part(n) for n in (1, 2, 3))


def test_signed_for_other_bytes_that_never_came(start: Start) -> None:
    """The parts that arrived count, not the last ones requested."""
    upload = start()
    upload.send([1, 2, 3])
    upload.sign([2], {2: bytes(8 * MIB)})
    assert upload.complete()[0] == 201


def test_parts_that_do_not_make_what_the_sender_expects_are_not_published(services: Services, start: Start) -> None:
    upload = start()
    upload.send([1, 2, 3])
    status, problem = upload.complete(sha256=composite([b"a", b"b", b"c"]))
    assert (status, "missing" in problem) == (409, False)
    assert staging_key(upload.granted["id"]) in parts_left(services)
    assert upload.complete(sha256=composite(upload.part(n) for n in (1, 2, 3)))[0] == 201


def test_what_is_no_picture_is_refused_and_leaves_nothing(services: Services, start: Start) -> None:
    upload = start()
    upload.content = b"<html>" + bytes(SIZE - 6)
    upload.send([1, 2, 3])
    assert [upload.complete()[0] for _ in range(2)] == [422, 422]
    assert_gone(services, upload, "refused")


class TestCancel:
    def test_no_part_is_left(self, services: Services, start: Start) -> None:
        upload = start()
        upload.send([1, 2])
        signed = upload.sign([3])[0]
        assert upload.cancel() == (204, None)
        assert_gone(services, upload, "cancelled")
        assert put(signed, upload.part(3)).status_code == 404
        assert upload.complete()[0] == 410
        assert upload.call("POST", "/parts", {"parts": []})[0] == 410
        assert_gone(services, upload, "cancelled")

    def test_without_the_upload_id_it_can_still_never_be_published(self, services: Services, start: Start) -> None:
        upload = start()
        upload.send([1, 2, 3])
        assert upload.call("DELETE")[0] == 204
        assert upload.complete()[0] == 410
        assert_gone(services, upload, "cancelled")

    def test_completing_what_was_cancelled_says_so_also_with_parts_missing(self, start: Start) -> None:
        upload = start()
        upload.send([3])
        assert upload.call("DELETE")[0] == 204
        assert upload.complete()[0] == 410

    def test_a_cancel_that_the_joining_of_parts_overtook_holds(self, services: Services, start: Start) -> None:
        """The embedded store joins parts over a tombstone that was written meanwhile."""
        upload = start()
        upload.send([1, 2, 3])
        dependencies = services.upload_app.extensions["vitrine"]
        claims = tokens.verify(dependencies.keyring, upload.granted["token"])
        assert upload.call("DELETE")[0] == 204
        admin, bucket, key = services.store.client("admin"), services.store.bucket, staging_key(claims.id)
        admin.delete_object(Bucket=bucket, Key=key)
        dependencies.multipart._join(claims, upload.upload_id, None)
        assert admin.head_object(Bucket=bucket, Key=key)["ContentLength"] == SIZE, "as if it had been overwritten"
        assert [upload.complete()[0], upload.complete(upload_id=None)[0]] == [410, 410]
        assert_gone(services, upload, "cancelled")

    def test_what_is_published_is_not_cancelled(self, services: Services, start: Start) -> None:
        """A second upload of the same picture leaves no parts either."""
        upload = start()
        upload.send([1, 2, 3])
        first, upload.upload_id = upload.upload_id, None
        upload.send([1])
        second, upload.upload_id = upload.upload_id, first
        assert upload.complete()[0] == 201
        upload.upload_id = second
        assert upload.cancel()[0] == 409
        assert_gone(services, upload, "published")


def test_an_upload_that_is_not_known_and_nothing_there(start: Start) -> None:
    """Aborted by the lifecycle, for example: the sender starts again."""
    upload = start()
    upload.upload_id = "never-was"
    assert upload.call("GET", "/parts?upload_id=never-was")[0] == 404
    assert upload.complete()[0] == 404
    assert upload.complete(upload_id=None)[0] == 409


def test_a_completed_upload_whose_publishing_was_cut_off_is_found(services: Services, start: Start) -> None:
    """NoSuchUpload at complete: the parts are joined already, so the service looks for the file and publishes it."""
    upload = start()
    upload.send([1, 2, 3])
    dependencies = services.upload_app.extensions["vitrine"]
    dependencies.multipart._join(tokens.verify(dependencies.keyring, upload.granted["token"]), upload.upload_id, None)
    assert upload.complete()[0] == 201
    assert_gone(services, upload, "published")


class TestSigning:
    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"parts": [{"part_number": 4, "sha256": digest(b"")}]}, "/parts/0/part_number"),
            ({"parts": [{"part_number": 1, "sha256": digest(b"")}] * 2}, "/parts/1/part_number"),
            ({"parts": [{"part_number": 1, "sha256": "short"}]}, "/parts/0/sha256"),
            ({"parts": [], "upload_id": "x"}, "/parts"),
            ({"parts": [{"part_number": 1, "sha256": digest(b"")}], "upload_id": "../x"}, "/upload_id"),
        ],
    )
    def test_what_cannot_be_signed_is_named(self, start: Start, body: Any, pointer: str) -> None:
        status, problem = start().call("POST", "/parts", body)
        assert (status, problem["pointer"]) == (400, pointer)

    @pytest.mark.parametrize("parts", [None, [{"part_number": 0, "sha256": digest(b"")}], [{}] * 101])
    def test_a_body_of_another_shape_is_refused(self, start: Start, parts: Any) -> None:
        assert start().call("POST", "/parts", {"parts": parts})[0] == 400

    def test_only_the_token_of_the_upload_signs(self, services: Services, start: Start) -> None:
        upload, other = start(), start()
        body = {"parts": []}
        statuses = [
            services.upload.post(upload.path + "/parts", json=body, headers=headers).status_code
            for headers in ({}, bearer("nonsense"), bearer(other.granted["token"]), bearer(ADMIN_TOKEN))
        ]
        assert statuses == [401, 403, 403, 404]

    def test_a_file_for_one_put_has_no_parts(self, services: Services) -> None:
        granted = services.grant(picture())
        headers = bearer(granted["token"])
        answers = [
            services.upload.post(f"/api/uploads/{granted['id']}/parts", json={"parts": []}, headers=headers),
            services.upload.get(f"/api/uploads/{granted['id']}/parts?upload_id=x", headers=headers),
            services.upload.post(f"/api/uploads/{granted['id']}/complete", json={"upload_id": "x"}, headers=headers),
        ]
        assert [answer.status_code for answer in answers] == [409, 409, 409]

    def test_signing_again_says_where_parts_are_signed(self, start: Start) -> None:
        status, problem = start().call("POST", "/sign")
        assert (status, "/parts" in problem["detail"]) == (409, True)

    def test_signing_again_renews_the_preview(self, start: Start) -> None:
        preview = picture("WEBP", (50, 40))
        thumbnail = {"content_type": "image/webp", "size": len(preview), "sha256": digest(preview)}
        status, answer = start(thumbnail=thumbnail).call("POST", "/sign")
        assert (status, answer["multipart"]["part_count"]) == (200, 3)
        assert send(answer["thumbnail"]["put"], preview).status_code == 200


class TestLongPublishing:
    @pytest.fixture
    def slow(self, services: Services, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
        """A service with a short time limit, and a store whose copies wait until the event is set."""
        release = threading.Event()
        copy = MultipartStorage.copy_if_unchanged

        def held(*arguments: Any, **options: Any) -> None:
            assert release.wait(60)
            copy(*arguments, **options)

        monkeypatch.setattr(MultipartStorage, "copy_if_unchanged", held)
        dependencies = services.upload_app.extensions["vitrine"]
        dependencies.background.wait_seconds = 0.2
        return release

    def test_is_answered_with_202_and_goes_on(self, services: Services, slow: threading.Event) -> None:
        content = picture()
        granted = services.grant(content)
        send(granted["put"], content)
        answer = services.complete(granted)
        assert (answer.status_code, answer.json) == (202, {"id": granted["id"], "status": "publishing"})
        assert int(answer.headers["Retry-After"]) > 0
        slow.set()
        assert_listed_soon(services, granted["id"])

    def test_can_be_asked_for_at_another_replica(self, services: Services, slow: threading.Event) -> None:
        """The other one publishes by itself; the first one then finds it done."""
        content = picture()
        granted = services.grant(content)
        send(granted["put"], content)
        assert services.complete(granted).status_code == 202
        other = create_app(upload_environment(services.store, None))
        other.extensions["vitrine"].background.wait_seconds = 60
        slow.set()
        answer = other.test_client().post(f"/api/uploads/{granted['id']}/complete", headers=bearer(granted["token"]))
        assert answer.status_code in (200, 201)
        assert_listed_soon(services, granted["id"])
        services.upload_app.extensions["vitrine"].background.wait_seconds = 60
        assert services.complete(granted).json == answer.json


def assert_listed_soon(services: Services, image_id: str) -> None:
    deadline = time.monotonic() + 60
    while image_id not in [image["id"] for image in services.listed(**{"Cache-Control": "no-cache"})["items"]]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
