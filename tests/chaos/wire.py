"""HTTP for the load's clients: one kept connection to the gateway, and no request is ever sent twice."""

import http.client
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

GATEWAY_SECONDS = 75.0
"""How long a client waits for the gateway: longer than the gateway's two tries may take."""
STORE_SECONDS = 30.0


@dataclass(frozen=True)
class Answer:
    """The answer. `status` 0: there was none, and `fault` tells why."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: float
    """When the request was sent, as `time.time()`."""
    seconds: float
    fault: str = ""

    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """One header's value; empty when the header is missing."""
        return self.headers.get(name.lower(), "")

    @property
    def is_problem(self) -> bool:
        """Whether the body is a problem document with the same status and an explanation."""
        if not self.header("content-type").startswith("application/problem+json"):
            return False
        document = self.json()
        return document.get("status") == self.status and bool(document.get("detail"))


class Wire:
    """A client's connection to one gateway; requests to the store use connections of their own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._kept: http.client.HTTPConnection | None = None

    def ask(self, method: str, path: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Answer:
        """Send one request to the gateway on the kept connection; `body` is sent as JSON."""
        if self._kept is None:
            self._kept = http.client.HTTPConnection("localhost", self._port, timeout=GATEWAY_SECONDS)
        sent = dict(headers or {})
        content = None
        if body is not None:
            content = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        answer = _exchange(self._kept, method, path, sent, content)
        if answer.fault or answer.header("connection") == "close":
            self.close()
        return answer

    def close(self) -> None:
        """Close the connection."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None


def to_store(method: str, url: str, headers: Mapping[str, str] | None = None, content: bytes | None = None) -> Answer:
    """Send one request to the store with a signed URL."""
    there = urlsplit(url)
    connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=STORE_SECONDS)
    try:
        return _exchange(connection, method, f"{there.path}?{there.query}", dict(headers or {}), content)
    finally:
        connection.close()


def half_to_store(url: str, headers: Mapping[str, str], content: bytes) -> None:
    """Start a PUT and stop in the middle of the body."""
    there = urlsplit(url)
    connection = http.client.HTTPConnection(there.hostname or "", there.port, timeout=STORE_SECONDS)
    try:
        connection.putrequest("PUT", f"{there.path}?{there.query}")
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content[: len(content) // 2])
    except OSError:
        pass  # the store is away, or refuses early
    finally:
        connection.close()


def _exchange(
    connection: http.client.HTTPConnection, method: str, target: str, headers: Mapping[str, str], content: bytes | None
) -> Answer:
    asked_at, began = time.time(), time.monotonic()
    try:
        connection.request(method, target, content, dict(headers))
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        return Answer(0, {}, b"", asked_at, time.monotonic() - began, type(error).__name__)
    found = {name.lower(): value for name, value in answer.getheaders()}
    return Answer(answer.status, found, body, asked_at, time.monotonic() - began)
