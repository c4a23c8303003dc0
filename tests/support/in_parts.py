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
"""A function from method, path, headers and JSON body to status and JSON answer."""


def large_picture(size: int) -> bytes:
    """Return a unique JPEG of exactly so many bytes. Most are behind the JPEG's end, where viewers ignore them."""
    start = picture()
    return start + os.urandom(size - len(start))


def composite(parts: Iterable[bytes]) -> str:
    """Return the checksum that storage computes for an object of these parts."""
    digests = [hashlib.sha256(part).digest() for part in parts]
    return f"{base64.b64encode(hashlib.sha256(b''.join(digests)).digest()).decode()}-{len(digests)}"


class InParts:
    """One file with permission to be sent in parts."""

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
        """Send a request with this upload's token."""
        return self.ask(method, self.path + path, bearer(self.granted["token"]), body)

    def sign(self, numbers: Iterable[int], contents: Mapping[int, bytes] | None = None) -> list[dict[str, Any]]:
        """Get URLs for these parts, for their own bytes or for others. Begins the multipart upload if there is none."""
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
        """Return the parts that storage has, by number."""
        status, answer = self.call("GET", f"/parts?upload_id={self.upload_id}")
        assert status == 200, answer
        return {part["part_number"]: part for part in answer["parts"]}

    def complete(self, **more: Any) -> tuple[int, Any]:
        return self.call("POST", "/complete", {"upload_id": self.upload_id, **more})

    def cancel(self) -> tuple[int, Any]:
        return self.call("DELETE", f"?upload_id={self.upload_id}")


def put(signed: Mapping[str, Any], content: bytes) -> requests.Response:
    """Send the PUT of a signed part straight to the store."""
    return requests.put(signed["url"], data=content, headers=signed["headers"], timeout=TIMEOUT)
