"""A client of a whole gallery over HTTP: sends a picture as a browser does."""

from typing import Any

import requests

from tests.support.services import TIMEOUT, bearer, describe, send

FRESH = {"Cache-Control": "no-cache"}


class Client:
    """Talks to one gateway over one connection, without retries."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def ask(self, method: str, path: str, expected: tuple[int, ...], **options: Any) -> requests.Response:
        """Send one request; fail unless the answer has one of these statuses."""
        options.setdefault("timeout", TIMEOUT)
        answer = self.session.request(method, self.url + path, allow_redirects=False, **options)
        assert answer.status_code in expected, (method, path, answer.status_code, answer.text[:300])
        return answer

    def grant(self, content: bytes) -> dict[str, Any]:
        """Get permission to upload this file."""
        granted: dict[str, Any] = self.ask("POST", "/api/uploads", (201,), json={"files": [describe(content)]}).json()
        return dict(granted["uploads"][0])

    def publish(self, content: bytes) -> dict[str, Any]:
        """Upload and publish a picture."""
        granted = self.grant(content)
        sent = send(granted["put"], content)
        assert sent.status_code == 200, sent.text
        token = bearer(granted["token"])
        # 200 if a replica died after it had published, and the gateway asked another one
        image: dict[str, Any] = self.ask(
            "POST", f"/api/uploads/{granted['id']}/complete", (200, 201), headers=token, timeout=40
        ).json()
        return image

    def listed(self, query: str = "?limit=200") -> list[dict[str, Any]]:
        """Get the newest pictures, past the caches."""
        items: list[dict[str, Any]] = self.ask("GET", f"/api/images{query}", (200,), headers=FRESH).json()["items"]
        return items

    def original(self, image_id: str) -> bytes:
        """Get the bytes of a picture from storage."""
        there = self.ask("GET", f"/api/images/{image_id}/download", (302,)).headers["Location"]
        return requests.get(there, timeout=TIMEOUT).content
