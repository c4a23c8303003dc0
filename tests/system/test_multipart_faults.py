"""Storage fails before or after any one call: a repeated complete or cancel still ends as it should."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from msgspec.structs import replace

from common.domain import tokens
from common.domain.keys import image_prefix, staging_key
from common.s3.errors import StorageUnavailable
from common.s3.multipart import MultipartStorage
from tests.support.in_parts import InParts, composite
from tests.support.pictures import picture
from tests.support.services import Services
from tests.system.test_multipart import SIZE, assert_gone, parts_left
from upload.multipart.part_sizes import USUAL_PART


class Fault:
    """Fails the `number`-th call to storage, before or after it is carried out."""

    def __init__(self, number: int, *, after: bool) -> None:
        self.left, self.after, self.fired = number, after, False

    def call(self, make: Callable[[], Any]) -> Any:
        self.left -= 1
        if self.left or self.fired:
            return make()
        self.fired = True
        if self.after:
            make()
        raise StorageUnavailable


@contextmanager
def failing(fault: Fault) -> Iterator[None]:
    """Make storage fail like this until the block ends."""
    real = MultipartStorage._call
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            MultipartStorage,
            "_call",
            lambda self, *arguments, **options: fault.call(lambda: real(self, *arguments, **options)),
        )
        yield


def sent(services: Services) -> InParts:
    """A file in one part, which may be small; only the token is made by the test. All bytes have arrived."""

    def ask(method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        answer = services.upload.open(path, method=method, headers=headers, json=body)
        return answer.status_code, answer.json

    content, keyring = picture(), services.upload_app.extensions["vitrine"].keyring
    granted = services.grant(b"", size=SIZE)
    claims = replace(tokens.verify(keyring, granted["token"]), size=len(content))
    cut = {"part_size": USUAL_PART, "part_count": 1}
    upload = InParts(ask, {**granted, "token": tokens.issue(keyring, claims), "multipart": cut}, content)
    upload.send([1])
    return upload


def pictures(services: Services, upload: InParts) -> list[str]:
    found = services.store.client("admin").list_objects_v2(
        Bucket=services.store.bucket, Prefix=image_prefix(upload.granted["id"])
    )
    return [entry["Key"] for entry in found.get("Contents", [])]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_completing_publishes_once(services: Services, after: bool) -> None:
    for number in count(1):
        upload, fault = sent(services), Fault(number, after=after)
        with failing(fault):
            status, _ = upload.complete()
        assert status in (201, 503), number
        expected = composite([upload.content])
        assert upload.complete(sha256=expected)[0] in (200, 201), number
        assert len(pictures(services, upload)) == 1, number
        assert_gone(services, upload, "published")
        if not fault.fired:
            assert number > 8, "there are calls to fail"
            return


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_cancelling_leaves_nothing(services: Services, after: bool) -> None:
    for number in count(1):
        upload, fault = sent(services), Fault(number, after=after)
        with failing(fault):
            status, _ = upload.cancel()
        assert status in (204, 503), number
        assert upload.cancel()[0] == 204, number
        assert upload.complete()[0] == 410, number
        assert pictures(services, upload) == [], number
        assert staging_key(upload.granted["id"]) not in parts_left(services), number
        assert_gone(services, upload, "cancelled")
        if not fault.fired:
            assert number > 5, "there are calls to fail"
            return
