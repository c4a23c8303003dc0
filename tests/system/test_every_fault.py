"""Publishing, cancelling, deleting and restoring on the real store, with each storage call failing or interrupted.

The exhaustive version of this runs on a model (tests/upload/test_every_order.py); this one tests the store itself.
"""

import secrets
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from common.domain.keys import staging_key
from tests.support import one_picture
from tests.support.one_picture import ACTS, ID, explained, state_of, worlds
from tests.support.orders import FAULTS
from tests.support.pictures import picture
from tests.support.s3_model import Bucket, Held
from tests.support.services import Services, send, upload_environment
from tests.support.store import Store
from tests.system.test_publishing import fate
from upload.settings import UploadSettings

WORLDS = worlds()


class Tampered:
    """boto3's client, which runs a given action at its n-th call. Does not notify the lists."""

    def __init__(self, client: Any, nth: int, happen: Callable[[Callable[[], Any]], Any]) -> None:
        self._client = client
        self._left = nth
        self._happen = happen

    @property
    def untouched(self) -> bool:
        """Whether there were fewer calls than n."""
        return self._left > 0

    def invalidate(self, *, deletes: bool) -> None:
        """Do nothing: no list is read here."""

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def ask(**arguments: Any) -> Any:
            self._left -= 1
            return self._happen(lambda: call(**arguments)) if self._left == 0 else call(**arguments)

        return ask


class OnePicture:
    """One picture in the real store."""

    def __init__(self, store: Store) -> None:
        self.s3 = store.client("upload-publish")
        self.admin = store.client("admin")
        self.name = store.bucket

    def put(self, where: str) -> None:
        """Put the picture into this place and no other."""
        for key in self.bucket():
            self.admin.delete_object(Bucket=self.name, Key=key)
        for key, held in WORLDS[where][1].bucket.items():
            headers = {"ContentDisposition": held.disposition, "CacheControl": held.cache_control}
            self.admin.put_object(
                Bucket=self.name,
                Key=key,
                Body=held.body,
                Metadata=dict(held.metadata),
                ContentType=held.content_type,
                **{name: value for name, value in headers.items() if value},
            )

    def bucket(self) -> Bucket:
        """All objects of the picture in the store, in the model's terms."""
        held: dict[str, Held] = {}
        for prefix in (f"staging/{ID}", f"images/{ID}", f"thumbs/{ID}", f"trash/{ID}", f"trash/thumbs/{ID}"):
            for entry in self.admin.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", []):
                found = self.admin.get_object(Bucket=self.name, Key=entry["Key"])
                held[entry["Key"]] = Held(
                    found["Body"].read(),
                    tuple(sorted(found["Metadata"].items())),
                    found["ContentType"],
                    found.get("ContentDisposition", ""),
                    found.get("CacheControl", ""),
                )
        return held

    def act(self, name: str, nth: int, happen: Callable[[Callable[[], Any]], Any]) -> tuple[str, bool]:
        """Run an action with a fault at the n-th call; return the result and whether there was such a call."""
        client = Tampered(self.s3, nth, happen)
        said = ACTS[name](client)  # type: ignore[arg-type]
        return "Picture" if said == "Created" else said, not client.untouched

    def simply(self, name: str) -> str:
        return self.act(name, 0, lambda call: call())[0]


@pytest.fixture
def one(store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[OnePicture]:
    settings = UploadSettings.load(upload_environment(store, None))
    monkeypatch.setattr(one_picture, "SETTINGS", settings)
    one = OnePicture(store)
    yield one
    one.put("nothing")


def failing(fault: str) -> Callable[[Callable[[], Any]], Any]:
    times, error = FAULTS[fault]

    def happen(call: Callable[[], Any]) -> Any:
        answer = None
        for _ in range(times):
            try:
                answer = call()
            except ClientError:  # refused, or not there: nobody learns of that either when the answer is lost
                if error is None:
                    raise
        if error is not None:
            raise error()
        return answer

    return happen


long = pytest.mark.long
ALONE = [
    ("complete", "sent"),
    ("delete", "published"),
    ("restore", "deleted"),
    pytest.param("complete", "published, not settled", marks=long),
    pytest.param("complete", "sent, its preview late", marks=long),
    pytest.param("cancel", "sent", marks=long),
    pytest.param("cancel", "nothing", marks=long),
    pytest.param("delete", "published, not settled", marks=long),
    pytest.param("delete", "half deleted", marks=long),
    pytest.param("purge", "published", marks=long),
    pytest.param("purge", "deleted and back", marks=long),
    pytest.param("restore", "half deleted", marks=long),
]


@pytest.mark.parametrize(("name", "where"), ALONE)
@pytest.mark.parametrize("fault", ["503", "timed out", pytest.param("repeated by boto3", marks=long)])
def test_each_call_fails_once(one: OnePicture, name: str, where: str, fault: str) -> None:
    """Before or after it was carried out. The request is then repeated, with the result of a run without faults."""
    start, _, unfinished = WORLDS[where]
    reached, nth = True, 0
    while reached:
        nth += 1
        one.put(where)
        said, reached = one.act(name, nth, failing(fault))
        lost = said == "StorageUnavailable"
        assert lost or not reached or fault == "repeated by boto3"
        afterwards = [(again, one.simply(again)) for again in ([name] if lost else []) + unfinished]
        state = state_of(one.bucket())
        assert explained(start, unfinished, [(name, None if lost else said)], afterwards, state), (nth, said, state)
    assert nth > 4


TOGETHER = [
    ("complete", "cancel", "sent"),
    ("delete", "restore", "published"),
    ("complete", "complete", "sent"),
    pytest.param("cancel", "complete", "sent", marks=long),
    pytest.param("complete", "delete", "published, not settled", marks=long),
    pytest.param("delete", "complete", "published, not settled", marks=long),
    pytest.param("restore", "delete", "deleted", marks=long),
    pytest.param("restore", "delete", "half deleted", marks=long),
    pytest.param("delete", "delete", "published", marks=long),
    pytest.param("restore", "restore", "deleted", marks=long),
    pytest.param("purge", "restore", "deleted", marks=long),
    pytest.param("restore", "purge", "deleted", marks=long),
    pytest.param("delete", "purge", "published", marks=long),
]


@pytest.mark.parametrize(("name", "other", "where"), TOGETHER)
def test_another_comes_between_any_two_calls(one: OnePicture, name: str, other: str, where: str) -> None:
    """The second action runs completely before the first one continues."""
    start, _, unfinished = WORLDS[where]
    reached, nth = True, 0
    while reached:
        nth += 1
        one.put(where)
        between: list[str] = []

        def come(call: Callable[[], Any], between: list[str] = between) -> Any:
            between.append(one.simply(other))
            return call()

        said, reached = one.act(name, nth, come)
        afterwards = [(again, one.simply(again)) for again in unfinished]
        state = state_of(one.bucket())
        together = [(name, said), *((other, word) for word in between)]
        assert explained(start, unfinished, together, afterwards, state), (nth, together, state)
    assert nth > 4


def test_bytes_exchanged_after_they_were_looked_at_are_not_published(one: OnePicture) -> None:
    """Between any two calls, by a client with all rights: only the inspected bytes are published, or nothing."""
    ends = []
    reached, nth = True, 0
    while reached:
        nth += 1
        one.put("sent")
        staged = one.bucket()[one_picture.SENT]

        def swap(call: Callable[[], Any], metadata: dict[str, str] = dict(staged.metadata)) -> Any:  # noqa: B006
            if one.bucket()[one_picture.SENT].body:
                one.admin.put_object(Bucket=one.name, Key=one_picture.SENT, Body=b"<html>", Metadata=metadata)
            return call()

        said, reached = one.act("complete", nth, swap)
        ends.append((said, state_of(one.bucket())))
    assert set(ends) == {("Refused", "refused"), ("Picture", "published")}
    assert ends[-1] == ("Picture", "published")


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0], ids=["headers only", "half", "all but a byte"])
def test_a_put_under_way_when_its_upload_is_cancelled_changes_nothing(services: Services, share: float) -> None:
    """It arrives after the cancel, and the store itself refuses it."""
    content = picture("PNG", (400, 300), compress_level=0)
    granted = services.grant(content, content_type="image/png")
    put, url = granted["put"], urlsplit(granted["put"]["url"])
    headers = {"Host": url.netloc, "Content-Length": str(len(content)), "Connection": "close", **put["headers"]}
    lines = [f"PUT {url.path}?{url.query} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    cut = min(int(len(content) * share), len(content) - 1)
    with socket.create_connection((url.hostname or "", url.port or 80), timeout=20) as connection:
        connection.sendall("\r\n".join(lines).encode() + content[:cut])
        time.sleep(0.3)  # whether the store has begun to read it or not: both are refused
        assert services.cancel(granted).status_code == 204
        connection.sendall(content[cut:])
        answer = b""
        while part := connection.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 412 ")
    assert fate(services, staging_key(granted["id"])) == (0, "cancelled")
    assert services.complete(granted).status_code == 410


def test_puts_racing_a_cancel_are_settled_with_it(services: Services) -> None:
    """Whichever the store handles first, no byte is left and nothing can be published."""
    with ThreadPoolExecutor(1) as browser:
        for _ in range(10):
            content = picture(size=(16, 16))
            granted = services.grant(content)
            sending = browser.submit(send, granted["put"], content)
            time.sleep(secrets.randbelow(8) / 1000)
            assert services.cancel(granted).status_code == 204
            assert sending.result().status_code in (200, 412)
            assert fate(services, staging_key(granted["id"])) == (0, "cancelled")
            assert services.complete(granted).status_code == 410
