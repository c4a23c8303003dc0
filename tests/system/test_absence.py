"""A missing object is a 404 at the embedded store and a 403 on AWS: every flow treats both as missing."""

import datetime
from typing import Any

import pytest

import common.s3.client
from common.domain.keys import make_id, preview_key, staging_key
from common.s3.errors import AccessDenied, ObjectNotFound
from common.s3.objects import Storage
from tests.support import like_aws
from tests.support.cache import Cache
from tests.support.pictures import picture
from tests.support.services import ADMIN_TOKEN, Services, bearer, digest, environment, running_services, send
from tests.support.store import Store
from upload.settings import UploadSettings


@pytest.fixture(params=["404", "403"])
def services(request: pytest.FixtureRequest, store: Store, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Services:
    """The three services with a store of either kind."""
    if request.param == "403":
        monkeypatch.setattr(common.s3.client, "connect", like_aws.connect)
    return running_services(store, cache)


def preview_of(content: bytes) -> dict[str, Any]:
    return {"thumbnail": {"content_type": "image/webp", "size": len(content), "sha256": digest(content)}}


def test_completing_what_never_arrived_says_so(services: Services) -> None:
    answer = services.complete(services.grant(picture()))
    assert (answer.status_code, answer.content_type) == (409, "application/problem+json")


def test_what_never_arrived_can_be_cancelled_and_does_not_arrive_later(services: Services) -> None:
    content = picture()
    granted = services.grant(content)
    assert services.cancel(granted).status_code == 204
    assert send(granted["put"], content).status_code == 412
    assert services.complete(granted).status_code in (409, 410)


def test_a_picture_is_published_without_the_preview_that_never_arrived(services: Services) -> None:
    content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
    granted = services.grant(content, **preview_of(preview))
    send(granted["put"], content)
    answer = services.complete(granted)
    assert (answer.status_code, answer.json["thumbnail"]) == (201, False)
    assert services.complete(granted).status_code == 200
    assert send(granted["thumbnail"]["put"], preview).status_code == 412


def test_a_picture_is_published_with_its_preview(services: Services) -> None:
    content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
    granted = services.grant(content, **preview_of(preview))
    send(granted["thumbnail"]["put"], preview)
    send(granted["put"], content)
    answer = services.complete(granted)
    assert (answer.status_code, answer.json["thumbnail"]) == (201, True)


def test_a_picture_whose_register_the_lifecycle_removed_is_still_complete(services: Services) -> None:
    content = picture()
    granted = services.grant(content)
    send(granted["put"], content)
    assert services.complete(granted).status_code == 201
    services.store.client("admin").delete_object(Bucket=services.store.bucket, Key=staging_key(granted["id"]))
    assert services.complete(granted).status_code == 200


def test_deleting_and_restoring_can_be_repeated_and_end_with_the_trash(services: Services) -> None:
    """With and without a preview, and after the trash has expired."""
    content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
    for sends_preview in (True, False):
        granted = services.grant(content, **preview_of(preview))
        if sends_preview:
            send(granted["thumbnail"]["put"], preview)
        send(granted["put"], content)
        image = services.complete(granted).json
        assert image["thumbnail"] is sends_preview
        if sends_preview:  # removed by some fault: a picture without its preview can still be deleted
            key = preview_key(image["id"])
            services.store.client("admin").delete_object(Bucket=services.store.bucket, Key=key)
        path, token = f"/api/images/{image['id']}", bearer(granted["token"])
        assert [services.upload.delete(path, headers=token).status_code for _ in range(2)] == [204, 204]
        assert [services.upload.post(f"{path}/restore", headers=token).status_code for _ in range(2)] == [200, 200]
        assert services.upload.delete(f"{path}?purge=true", headers=bearer(ADMIN_TOKEN)).status_code == 204
        assert services.upload.post(f"{path}/restore", headers=token).status_code in (404, 409, 410)
        assert services.complete(granted).status_code == 410


def test_a_picture_that_is_not_there_is_not_found(services: Services) -> None:
    absent = make_id(int(datetime.datetime.now(datetime.UTC).timestamp() * 1000), 0, 7)
    answers = [
        services.catalog.get(f"/api/images/{absent}"),
        services.download.get(f"/api/images/{absent}/original"),
        services.download.get(f"/api/images/{absent}/download"),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    batch = services.download.post("/api/downloads", json={"variant": "original", "ids": [absent]})
    assert (batch.status_code, batch.json["missing"]) == (200, [absent])
    stranger = services.upload.post(f"/api/uploads/{absent}/complete", headers=bearer("v1.k1.x.x"))
    assert stranger.status_code in (401, 403)


def test_what_is_there_and_forbidden_is_not_taken_for_missing(store: Store) -> None:
    """A fault in the rights must not look like an empty store, or services would act on it."""
    settings = UploadSettings.load(
        {
            **environment(store, None, "catalog"),
            "TOKEN_KEYS": "k1:" + "A" * 43,
            "S3_SIGN_ACCESS_KEY_ID": "none",
            "S3_SIGN_SECRET_ACCESS_KEY": "none",
        }
    )
    key = f"images/{make_id(1, 1, 1)}"
    store.client("admin").put_object(Bucket=store.bucket, Key=key, Body=b"x")
    may_list_only = Storage(settings)
    with pytest.raises(AccessDenied):
        may_list_only.head(key)
    with pytest.raises(ObjectNotFound):
        may_list_only.head(key + "b")
    with pytest.raises(AccessDenied):  # it may not list there either, so the answer is unknown
        may_list_only.head("staging/x")
