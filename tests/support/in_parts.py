"""A client that sends a file in parts, as the API documents it, over HTTP or through a test client."""

import base64
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import requests

from tests.support.pictures import picture
from tests.support.services import TIMEOUT, bearer, digest

MIB = 1024 * 1024

Ask = Callable[[str, str, dict[str, str], Any], tuple[int, Any]]
"""Method, path, headers and JSON body to status and JSON answer."""


def large_picture(size: int) -> bytes:
    """A JPEG of exactly so many bytes, most of them behind its end, where no viewer looks; no two are the same."""
    start = picture()
    return start + os.urandom(size - len(start))


def composite(parts: Iterable[bytes]) -> str:
    """The checksum that storage gives an object made of these parts."""
    digests = [hashlib.sha256(part).digest() for part in parts]
    return f"{base64.b64encode(hashlib.sha256(b''.join(digests)).digest()).decode()}-{len(digests)}"


class InParts:
    """One file, permitted to be sent in parts."""

    def __init__(self, ask: Ask, granted: Mapping[str, Any], content: bytes) -> None:
        self.ask, self.granted, self.content = ask, granted, content
        self.path = f"/api/uploads/{granted['id']}"
        self.upload_id: str | None = None

    @property
    def count(self) -> int:
        return int(self.granted["multipart"]["part_count"])

    def part(self, number: int) -> bytes:
        size = self.granted["multipart"]["part_size"]
        return self.content[(number - 1) * size : number * size]

    def call(self, method: str, path: str = "", body: Any = None) -> tuple[int, Any]:
        """A request under this upload's token."""
        return self.ask(method, self.path + path, bearer(self.granted["token"]), body)

    def sign(self, numbers: Iterable[int], contents: Mapping[int, bytes] | None = None) -> list[dict[str, Any]]:
        """URLs for these parts, for their own bytes or for others; begins the upload when there is none."""
        wanted = [
            {"part_number": number, "sha256": digest((contents or {}).get(number, self.part(number)))}
            for number in numbers
        ]
        body = {"parts": wanted, **({"upload_id": self.upload_id} if self.upload_id else {})}
        status, answer = self.call("POST", "/parts", body)
        assert status == 200, answer
        self.upload_id = answer["upload_id"]
        signed: list[dict[str, Any]] = answer["parts"]
        return signed

    def send(self, numbers: Iterable[int]) -> None:
        """Sign and send these parts."""
        for signed in self.sign(numbers):
            assert put(signed, self.part(signed["part_number"])).status_code == 200

    def found(self) -> dict[int, dict[str, Any]]:
        """The parts that storage has, by number."""
        status, answer = self.call("GET", f"/parts?upload_id={self.upload_id}")
        assert status == 200, answer
        return {part["part_number"]: part for part in answer["parts"]}

    def complete(self, **more: Any) -> tuple[int, Any]:
        return self.call("POST", "/complete", {"upload_id": self.upload_id, **more})

    def cancel(self) -> tuple[int, Any]:
        return self.call("DELETE", f"?upload_id={self.upload_id}")


def put(signed: Mapping[str, Any], content: bytes) -> requests.Response:
    """The PUT that a signed part describes, straight to the store."""
    return requests.put(signed["url"], data=content, headers=signed["headers"], timeout=TIMEOUT)
