"""A client that sends one large file in parts and can be killed at any moment: `part_sender URL FILE STATE`.

STATE is the file in which it keeps the permission and the upload's id, and nothing else. It prints the number of each
sent part on a line, and finally the published picture as JSON.
"""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from tests.support.in_parts import InParts, put
from tests.support.services import digest


class Asking:
    """Requests to a gateway. Repeats a request when an answer has Retry-After."""

    def __init__(self, url: str) -> None:
        self.url, self.session = url, requests.Session()

    def __call__(self, method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        while True:
            answer = self.session.request(method, self.url + path, headers=headers, json=body, timeout=60)
            if answer.status_code not in (202, 429, 503):
                return answer.status_code, answer.json() if answer.content else None
            time.sleep(float(answer.headers["Retry-After"]))


class FileInParts(InParts):
    """A file that is read part by part, not held in memory."""

    def __init__(self, ask: Asking, granted: Mapping[str, Any], file: Path) -> None:
        super().__init__(ask, granted, b"")
        self.file = file

    def part(self, number: int) -> bytes:
        size = self.granted["multipart"]["part_size"]
        with self.file.open("rb") as opened:
            opened.seek((number - 1) * size)
            return opened.read(size)


def main(url: str, file: Path, state: Path) -> None:
    """Send the parts that storage lacks, and publish."""
    ask = Asking(url)
    if state.is_file():
        kept = json.loads(state.read_text())
        upload = FileInParts(ask, kept["granted"], file)
        upload.upload_id = kept["upload_id"]
    else:
        about = {"filename": file.name, "content_type": "image/jpeg", "size": file.stat().st_size}
        status, answer = ask("POST", "/api/uploads", {}, {"files": [about]})
        assert status == 201, answer
        upload = FileInParts(ask, answer["uploads"][0], file)
        status, begun = upload.call("POST", "/parts", {"parts": []})
        assert status == 200, begun
        upload.upload_id = begun["upload_id"]
        state.write_text(json.dumps({"granted": upload.granted, "upload_id": upload.upload_id}))
    found = upload.found()
    for number in range(1, upload.count + 1):
        part = upload.part(number)
        if number not in found or found[number]["sha256"] != digest(part):
            (signed,) = upload.sign([number])
            assert put(signed, part).status_code == 200
            print(number, flush=True)
    status, image = upload.complete()
    assert status in (200, 201), image
    print(json.dumps(image), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
