"""The reconciler publishes uploads that were sent but never completed, once, and nothing else."""

import secrets
import time
from datetime import UTC, datetime, timedelta

import pytest

import upload.lifecycle.verify
import upload.reconciler
from common.domain.keys import make_id
from common.s3.multipart import MultipartStorage
from tests.support.cache import Cache
from tests.support.pictures import picture
from tests.support.services import Services, send, upload_environment
from tests.support.store import Store
from tests.system.planting import ids, stage
from upload.reconciler import Reconciler
from upload.settings import UploadSettings


@pytest.fixture
def reconciler(services: Services, store: Store, cache: Cache, monkeypatch: pytest.MonkeyPatch) -> Reconciler:
    """A reconciler for which an upload is due at once, so that no test waits a minute."""
    monkeypatch.setattr(upload.reconciler, "MIN_AGE", timedelta(seconds=-5))
    settings = UploadSettings.load(upload_environment(store, cache))
    return Reconciler(MultipartStorage(settings), services.upload_app.extensions["vitrine"].lifecycle)


def test_an_upload_whose_sender_went_away_is_published(services: Services, reconciler: Reconciler) -> None:
    """With its name, since everything that publishing needs is stored with the object."""
    content = picture()
    granted = services.grant(content, filename="Ação.jpg")
    send(granted["put"], content)
    reconciler.run_once()
    assert services.listed()["items"][0]["filename"] == "Ação.jpg"
    assert services.complete(granted).status_code == 200
    assert reconciler.run_once() == 0


def test_what_is_refused_is_settled_and_stops_nothing(services: Services, reconciler: Reconciler) -> None:
    bad, good = b"<html></html>", picture()
    first, second = services.grant(bad), services.grant(good)
    send(first["put"], bad)
    send(second["put"], good)
    assert reconciler.run_once() == 1
    assert services.complete(first).status_code == 422


def test_cancelled_uploads_stay_cancelled(services: Services, reconciler: Reconciler) -> None:
    content = picture()
    granted = services.grant(content)
    send(granted["put"], content)
    services.cancel(granted)
    reconciler.run_once()
    assert services.catalog.get(f"/api/images/{granted['id']}").status_code == 404


def test_a_picture_that_is_published_late_shows_on_a_page_that_was_cached_as_settled(
    services: Services, store: Store, reconciler: Reconciler
) -> None:
    """Deep pages check only for deletions, so a publish far behind the time of its id counts as one."""
    begun = time.time() - 2 * 3600
    page = "?limit=1&before=" + datetime.fromtimestamp(begun + 1, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    services.listed(page)
    image_id = make_id(int(begun * 1000), 0, secrets.randbits(64))
    stage(store, image_id, picture())
    assert reconciler.run_once() == 1
    assert ids(services.listed(page)) == [image_id]


def test_a_young_upload_is_left_to_its_sender(
    services: Services, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload.reconciler, "MIN_AGE", timedelta(minutes=1))
    content = picture()
    granted = services.grant(content)
    send(granted["put"], content)
    assert reconciler.run_once() == 0


def test_an_expired_upload_is_never_published(
    services: Services, reconciler: Reconciler, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lifecycle may remove it at any moment, so the client is told to start again."""
    monkeypatch.setattr(upload.lifecycle.verify, "MAX_AGE", timedelta(seconds=-5))
    content = picture()
    granted = services.grant(content)
    send(granted["put"], content)
    assert services.complete(granted).status_code == 410
