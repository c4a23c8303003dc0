"""Deleting, restoring and purging, with the real store and cache, and once through the real gateway."""

import time
from functools import partial
from typing import Any

import pytest
import requests

from common.domain import tokens
from common.domain.keys import TRASH, image_prefix, make_id, preview_key, staging_key, trash_prefix, trash_preview_key
from tests.support.client import FRESH, Client
from tests.support.gallery import Gallery
from tests.support.pictures import picture
from tests.support.services import ADMIN_TOKEN, Services, bearer, describe, digest, send
from tests.system.planting import plant
from tests.system.test_publishing import at_once, fate, names
from upload.lifecycle.places import Places

NOWHERE = make_id(5, 0, 0)


def add(services: Services, content: bytes, preview: bytes | None = None) -> dict[str, Any]:
    """Publish a picture; return its permission with the image under "image"."""
    thumbnail = {"content_type": "image/webp", "size": len(preview), "sha256": digest(preview)} if preview else None
    granted = services.grant(content, filename="Sommer.jpg", **({"thumbnail": thumbnail} if thumbnail else {}))
    assert send(granted["put"], content).status_code == 200
    if preview:
        assert send(granted["thumbnail"]["put"], preview).status_code == 200
    return {**granted, "image": services.complete(granted).json}


def delete(services: Services, granted: dict[str, Any], token: str | None = None, query: str = "") -> Any:
    headers = bearer(token or granted["token"])
    return services.upload.delete(f"/api/images/{granted['id']}{query}", headers=headers)


def purge(services: Services, granted: dict[str, Any]) -> Any:
    return delete(services, granted, ADMIN_TOKEN, "?purge=true")


def restore(services: Services, granted: dict[str, Any], token: str | None = None) -> Any:
    headers = bearer(token or granted["token"])
    return services.upload.post(f"/api/images/{granted['id']}/restore", headers=headers)


def places(services: Services, image_id: str) -> dict[str, bool]:
    """The places that hold anything of this picture."""
    return {
        "images": bool(names(services, image_prefix(image_id))),
        "thumbs": bool(names(services, preview_key(image_id))),
        "trash": bool(names(services, trash_prefix(image_id))),
        "trash/thumbs": bool(names(services, trash_preview_key(image_id))),
    }


GONE = {"images": False, "thumbs": False, "trash": True, "trash/thumbs": True}
BACK = dict.fromkeys(GONE, True)
NOTHING = dict.fromkeys(GONE, False)


@pytest.fixture
def content() -> bytes:
    return picture(size=(100, 80))


@pytest.fixture
def granted(services: Services, content: bytes) -> dict[str, Any]:
    return add(services, content, picture("WEBP", (50, 40)))


def test_a_deleted_picture_is_in_the_trash_and_nowhere_else(services: Services, granted: dict[str, Any]) -> None:
    answer = delete(services, granted)
    assert (answer.status_code, answer.data) == (204, b"")
    assert places(services, granted["id"]) == GONE
    assert fate(services, staging_key(granted["id"])) == (0, "deleted")
    assert names(services, trash_prefix(granted["id"])) == [TRASH + granted["image"]["ref"]]


def test_it_comes_back_as_it_was(services: Services, granted: dict[str, Any], content: bytes) -> None:
    """It has the same answer, bytes, headers and preview as before."""
    delete(services, granted)
    answer = restore(services, granted)
    assert (answer.status_code, answer.json) == (200, granted["image"])
    assert places(services, granted["id"]) == BACK
    location = services.download.get(f"/api/images/{granted['id']}/download").headers["Location"]
    fetched = requests.get(location, timeout=10)
    assert (fetched.content, fetched.headers["Content-Type"]) == (content, "image/jpeg")
    admin, bucket = services.store.client("admin"), services.store.bucket
    for key, cache_control in ((f"images/{granted['image']['ref']}", "900"), (preview_key(granted["id"]), "86400")):
        found = admin.head_object(Bucket=bucket, Key=key)
        assert (found["ContentDisposition"], found["CacheControl"]) == (
            "attachment",
            f"private, max-age={cache_control}",
        )
    preview = admin.head_object(Bucket=bucket, Key=preview_key(granted["id"]))
    assert preview["ContentType"] == "image/webp"


def test_each_can_be_repeated(services: Services, granted: dict[str, Any]) -> None:
    assert restore(services, granted).json == granted["image"], "one that is there stays there"
    assert [delete(services, granted).status_code for _ in range(3)] == [204] * 3
    answers = [restore(services, granted) for _ in range(3)]
    assert [(answer.status_code, answer.json) for answer in answers] == [(200, granted["image"])] * 3
    assert delete(services, granted).status_code == 204
    assert places(services, granted["id"]) == GONE


def test_a_second_deletion_starts_its_time_in_the_trash_anew(services: Services, granted: dict[str, Any]) -> None:
    def since() -> Any:
        listing = services.store.client("admin").list_objects_v2(
            Bucket=services.store.bucket, Prefix=trash_prefix(granted["id"])
        )
        return listing["Contents"][0]["LastModified"]

    delete(services, granted)
    first = since()
    restore(services, granted)
    time.sleep(1.1)  # the store reports whole seconds
    delete(services, granted)
    assert since() > first


def test_the_list_forgets_and_remembers_at_once(services: Services, granted: dict[str, Any]) -> None:
    """On a page cached a moment before, and on a deep page."""
    old = plant(services.store, 3 * 3600)
    assert services.listed()["items"][0]["id"] == granted["id"]
    delete(services, granted)
    assert granted["id"] not in [item["id"] for item in services.listed()["items"]]
    restore(services, granted)
    assert services.listed()["items"][0] == granted["image"]

    def deep() -> list[str]:
        return [item["id"] for item in services.listed("?limit=200&before=" + _hours_ago(2))["items"]]

    assert old in deep()
    assert delete(services, {"id": old}, ADMIN_TOKEN).status_code == 204
    assert old not in deep()
    assert restore(services, {"id": old}, ADMIN_TOKEN).status_code == 200
    assert old in deep()


def _hours_ago(hours: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - hours * 3600))


def test_what_was_deleted_is_not_published_again(services: Services, granted: dict[str, Any], content: bytes) -> None:
    delete(services, granted)
    answer = services.complete(granted)
    assert (answer.status_code, answer.content_type) == (410, "application/problem+json")
    assert send(granted["put"], content).status_code == 412
    assert services.cancel(granted).status_code == 409
    assert places(services, granted["id"]) == GONE
    restore(services, granted)
    assert services.complete(granted).status_code == 200


def test_share_links_and_addresses_end_with_it_and_return_with_it(services: Services, granted: dict[str, Any]) -> None:
    path = services.download.post(f"/api/images/{granted['id']}/links", json={"expires_in": 3600}).json["path"]
    addresses = (path, f"/api/images/{granted['id']}/original", f"/api/images/{granted['id']}/download")
    assert [services.download.get(address).status_code for address in addresses] == [302] * 3
    delete(services, granted)
    assert [services.download.get(address).status_code for address in addresses] == [404] * 3
    assert services.catalog.get(f"/api/images/{granted['id']}").status_code == 404
    restore(services, granted)
    assert [services.download.get(address).status_code for address in addresses] == [302] * 3


def test_a_purged_picture_is_nowhere_and_stays_there(services: Services, granted: dict[str, Any]) -> None:
    assert purge(services, granted).status_code == 204
    assert places(services, granted["id"]) == NOTHING
    answer = restore(services, granted)
    assert (answer.status_code, answer.content_type) == (404, "application/problem+json")
    assert services.complete(granted).status_code == 410
    assert [purge(services, granted).status_code, delete(services, granted).status_code] == [204, 204]
    assert places(services, granted["id"]) == NOTHING


def test_the_trash_is_purged_too(services: Services, granted: dict[str, Any]) -> None:
    delete(services, granted)
    assert purge(services, granted).status_code == 204
    assert places(services, granted["id"]) == NOTHING


def test_a_picture_whose_register_has_expired_is_deleted_and_comes_back(services: Services) -> None:
    """Tombstones last for a week, pictures for ever."""
    old = {"id": plant(services.store, 3600)}
    assert delete(services, old, ADMIN_TOKEN).status_code == 204
    services.store.client("admin").delete_object(Bucket=services.store.bucket, Key=staging_key(old["id"]))
    assert delete(services, old, ADMIN_TOKEN).status_code == 204
    services.store.client("admin").delete_object(Bucket=services.store.bucket, Key=staging_key(old["id"]))
    assert restore(services, old, ADMIN_TOKEN).status_code == 200
    assert services.catalog.get(f"/api/images/{old['id']}").status_code == 200


def test_what_is_not_published_is_not_deleted(services: Services, content: bytes) -> None:
    """It is not harmed either: the upload continues."""
    granted = services.grant(content)
    assert [call(services, granted).status_code for call in (delete, restore, purge)] == [404] * 3
    send(granted["put"], content)
    assert [call(services, granted).status_code for call in (delete, restore, purge)] == [404] * 3
    assert services.complete(granted).status_code == 201


def test_what_was_cancelled_or_refused_is_no_picture(services: Services, content: bytes) -> None:
    cancelled, refused = services.grant(content), services.grant(b"<html></html>")
    services.cancel(cancelled)
    send(refused["put"], b"<html></html>")
    services.complete(refused)
    for granted in (cancelled, refused):
        assert [call(services, granted).status_code for call in (delete, restore, purge)] == [404] * 3


class TestWhoMay:
    """The upload's token, without a time limit, or the operator's; only the operator may purge."""

    def test_without_a_token_it_is_401_and_with_a_wrong_one_403(
        self, services: Services, granted: dict[str, Any]
    ) -> None:
        other = services.grant(picture())["token"]
        path = f"/api/images/{granted['id']}"
        for method, address in (("DELETE", path), ("POST", f"{path}/restore"), ("DELETE", f"{path}?purge=true")):
            bare = services.upload.open(address, method=method)
            assert (bare.status_code, bare.headers["WWW-Authenticate"][:6]) == (401, "Bearer")
            for wrong in (other, "v1.k1.e30.AAAA", ADMIN_TOKEN[:-1], "é"):
                answer = services.upload.open(address, method=method, headers=bearer(wrong))
                assert (answer.status_code, answer.content_type) == (403, "application/problem+json")
        assert places(services, granted["id"])["images"]

    def test_purging_with_the_upload_s_own_token_is_403(self, services: Services, granted: dict[str, Any]) -> None:
        assert delete(services, granted, query="?purge=true").status_code == 403
        assert places(services, granted["id"])["images"]

    def test_a_token_too_old_for_uploading_still_deletes_and_restores(
        self, services: Services, granted: dict[str, Any]
    ) -> None:
        dependencies = services.upload_app.extensions["vitrine"]
        claims = tokens.verify(dependencies.keyring, granted["token"])
        old = tokens.issue(
            dependencies.keyring, tokens.Claims(**{**_members(claims), "issued_at": claims.issued_at - 10**8})
        )
        assert services.complete(granted, old).status_code == 410
        assert delete(services, granted, old).status_code == 204
        assert restore(services, granted, old).status_code == 200

    @pytest.mark.parametrize("query", ["?purge=1", "?purge=", "?purge=True", "?purge=true&purge=false"])
    def test_an_unclear_purge_is_400_and_changes_nothing(
        self, services: Services, granted: dict[str, Any], query: str
    ) -> None:
        answer = delete(services, granted, ADMIN_TOKEN, query)
        assert (answer.status_code, answer.json["pointer"]) == (400, "/purge")
        assert places(services, granted["id"])["images"]

    def test_what_is_no_id_is_404(self, services: Services) -> None:
        assert delete(services, {"id": "nonsense"}, ADMIN_TOKEN).status_code == 404
        assert restore(services, {"id": "%2e%2e"}, ADMIN_TOKEN).status_code == 404
        assert delete(services, {"id": NOWHERE}, ADMIN_TOKEN).status_code == 404
        assert purge(services, {"id": NOWHERE}).status_code == 404
        assert restore(services, {"id": NOWHERE}, ADMIN_TOKEN).status_code == 404


def _members(claims: tokens.Claims) -> dict[str, Any]:
    return {name: getattr(claims, name) for name in claims.__struct_fields__}


def test_all_at_once_end_in_one_state(services: Services) -> None:
    """Eight clients delete, restore and complete one picture: in the end it is whole, either here or in the trash."""
    for _ in range(3):
        granted = add(services, picture(size=(100, 80)), picture("WEBP", (50, 40)))
        calls = {
            f"{name}{number}": partial(call, services, granted)
            for name, call in {"delete": delete, "restore": restore}.items()
            for number in range(3)
        }
        calls |= {"complete": partial(services.complete, granted), "cancel": partial(services.cancel, granted)}
        statuses = at_once(calls)
        allowed = {"delete": {204}, "restore": {200, 410}, "complete": {200, 410}, "cancel": {409}}
        assert all(status in allowed[name.rstrip("012")] for name, status in statuses.items()), statuses
        here = places(services, granted["id"])
        assert here in (GONE, BACK), here
        word = "published" if here == BACK else "deleted"
        assert fate(services, staging_key(granted["id"])) == (0, word)


def test_a_tombstone_that_expires_while_its_picture_is_deleted_leaves_no_picture(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The expiry job has listed the old tombstone that the deletion overwrites, and removes it a moment later."""
    granted = add(services, picture())
    write, admin, written = Places.write, services.store.client("admin"), []

    def write_and_lose_the_first(there: Places, *what: Any) -> None:
        write(there, *what)
        written.append(there.image_id)
        if len(written) == 1:
            admin.delete_object(Bucket=services.store.bucket, Key=staging_key(there.image_id))

    monkeypatch.setattr(Places, "write", write_and_lose_the_first)
    assert delete(services, granted).status_code == 204
    assert len(written) == 2
    assert not places(services, granted["id"])["images"]
    assert fate(services, staging_key(granted["id"])) == (0, "deleted")


def test_through_the_gateway(gallery: Gallery) -> None:
    """Like the page: delete with the upload's token, undo, purge as the operator; the list follows at once."""
    client, content = Client(gallery.url), picture()
    granted = client.ask("POST", "/api/uploads", (201,), json={"files": [describe(content)]}).json()["uploads"][0]
    send(granted["put"], content)
    token, path = bearer(granted["token"]), f"/api/images/{granted['id']}"
    image = client.ask("POST", f"/api/uploads/{granted['id']}/complete", (201,), headers=token).json()

    def listed() -> bool:
        items = client.ask("GET", "/api/images", (200,), headers=FRESH).json()["items"]
        return granted["id"] in [item["id"] for item in items]

    assert listed()
    client.ask("DELETE", path, (401,))
    client.ask("DELETE", path, (403,), headers={**token, "Origin": "https://evil.example"})
    client.ask("DELETE", path, (204,), headers={**token, "Origin": gallery.url})
    assert not listed()
    client.ask("GET", path, (404,), headers=FRESH)
    assert client.ask("POST", f"{path}/restore", (200,), headers=token).json() == image
    assert listed()
    client.ask("DELETE", f"{path}?purge=true", (403,), headers=token)
    client.ask("DELETE", f"{path}?purge=true", (204,), headers=bearer(gallery.credentials.admin_token))
    assert not listed()
    client.ask("POST", f"{path}/restore", (404,), headers=token)
