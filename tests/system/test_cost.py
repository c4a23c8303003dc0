"""The cost of a request at S3: the number of calls that docs/scaling.md assumes."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from prometheus_client import REGISTRY

from tests.support.pictures import picture
from tests.support.services import ADMIN_TOKEN, Services, bearer, digest, running_services, send
from tests.support.store import Store


@pytest.fixture(scope="module")
def services(store: Store) -> Services:
    """Services without a cache: every list is read from S3."""
    return running_services(store, None)


def so_far() -> Counter[str]:
    """Calls to S3 by operation, in this process."""
    calls: Counter[str] = Counter()
    for family in REGISTRY.collect():
        for sample in family.samples:
            if sample.name == "vitrine_storage_call_seconds_count":
                calls[sample.labels["operation"]] += int(sample.value)
    return calls


@contextmanager
def costing(**expected: int) -> Iterator[None]:
    """Assert that the block makes at most these calls and no others."""
    before = so_far()
    yield
    spent = so_far() - before
    assert spent <= Counter(expected), f"{dict(spent)} instead of {expected}"


def granted(services: Services, *, preview: bool) -> dict[str, object]:
    """An upload whose bytes have arrived."""
    content, small = picture(size=(100, 80)), picture("WEBP", (50, 40))
    thumbnail = {"content_type": "image/webp", "size": len(small), "sha256": digest(small)}
    with costing():
        given = services.grant(content, **({"thumbnail": thumbnail} if preview else {}))
    assert send(given["put"], content).status_code == 200
    if preview:
        assert send(given["thumbnail"]["put"], small).status_code == 200
    return given


@pytest.mark.parametrize(
    ("preview", "calls"),
    [(False, {"list": 2, "copy": 1, "put": 1, "head": 1, "read": 1}),
     (True, {"list": 2, "copy": 2, "put": 2, "head": 3, "read": 2})],
)  # fmt: skip
def test_publishing(services: Services, preview: bool, calls: dict[str, int]) -> None:
    given = granted(services, preview=preview)
    with costing(**calls):
        assert services.complete(given).status_code == 201


def test_deleting_and_restoring(services: Services) -> None:
    """Into the trash, back, and purged, with a preview."""
    given = granted(services, preview=True)
    path, token = f"/api/images/{given['id']}", bearer(given["token"])
    assert services.complete(given).status_code == 201
    with costing(list=2, copy=2, put=1, head=3, delete=2):
        assert services.upload.delete(path, headers=token).status_code == 204
    with costing(list=5, copy=2, put=1, head=3):
        assert services.upload.post(f"{path}/restore", headers=token).status_code == 200
    with costing(list=6, put=1, head=3, delete=4):
        assert services.upload.delete(f"{path}?purge=true", headers=bearer(ADMIN_TOKEN)).status_code == 204


def test_reading(services: Services) -> None:
    """A page, a picture and a link by id cost one LIST; links by ref and links of previews cost nothing."""
    image = services.complete(granted(services, preview=True)).json
    for path in ("/api/images", "/api/images?before=2020-01-01T00:00:00Z", f"/api/images/{image['id']}"):
        with costing(list=1):
            assert services.catalog.get(path).status_code == 200
    for variant in ("original", "download"):
        with costing(list=1):
            assert services.download.get(f"/api/images/{image['id']}/{variant}").status_code == 302
    with costing():
        assert services.download.get(f"/api/images/{image['id']}/thumbnail").status_code == 302
    for variant in ("thumbnail", "original"):
        with costing():
            batch = {"variant": variant, "refs": [image["ref"]]}
            assert services.download.post("/api/downloads", json=batch).json["urls"]
