"""A client of a whole gallery over HTTP: sends a picture as a browser does."""

from typing import Any

import requests

from tests.support.services import TIMEOUT, bearer, describe, send

FRESH = {"Cache-Control": "no-cache"}


class Client:
    """Speaks to one gateway over one connection, and tries nothing twice."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()

    def ask(self, method: str, path: str, expected: tuple[int, ...], **options: Any) -> requests.Response:
        """One request, whose answer must have one of these statuses."""
        options.setdefault("timeout", TIMEOUT)
        answer = self.session.request(method, self.url + path, allow_redirects=False, **options)
        assert answer.status_code in expected, (method, path, answer.status_code, answer.text[:300])
        return answer

    def grant(self, content: bytes) -> dict[str, Any]:
        """Permission to upload this file."""
        granted: dict[str, Any] = self.ask("POST", "/api/uploads", (201,), json={"files": [describe(content)]}).json()
        return dict(granted["uploads"][0])

    def publish(self, content: bytes) -> dict[str, Any]:
        """A picture, all the way into the gallery."""
        granted = self.grant(content)
        sent = send(granted["put"], content)
        assert sent.status_code == 200, sent.text
        token = bearer(granted["token"])
        # 200 where a replica died after it had published, and another was asked again
        image: dict[str, Any] = self.ask(
            "POST", f"/api/uploads/{granted['id']}/complete", (200, 201), headers=token, timeout=40
        ).json()
        return image

    def listed(self, query: str = "?limit=200") -> list[dict[str, Any]]:
        """The newest pictures, at once."""
        items: list[dict[str, Any]] = self.ask("GET", f"/api/images{query}", (200,), headers=FRESH).json()["items"]
        return items

    def original(self, image_id: str) -> bytes:
        """The bytes of a picture, fetched from storage."""
        there = self.ask("GET", f"/api/images/{image_id}/download", (302,)).headers["Location"]
        return requests.get(there, timeout=TIMEOUT).content
