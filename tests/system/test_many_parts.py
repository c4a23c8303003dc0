"""As many parts as S3 allows, and a file that takes a while, through a gallery with its gateway."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from msgspec.structs import replace

from common.domain import tokens
from common.domain.keys import image_prefix
from common.domain.tokens import Keyring
from local import bucket
from tests.support.gallery import ROOT, Gallery, running_gallery
from tests.support.in_parts import MIB, InParts, composite
from tests.support.part_sender import Asking
from tests.support.pictures import picture

GIB = 1024 * MIB
USUAL_PART = 8 * MIB
MANY, TINY = 10_000, 20

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def large_gallery(short_folder: Path) -> Iterator[Gallery]:
    """A gallery that accepts files of a gibibyte."""
    with running_gallery(short_folder / "large", {"MAX_UPLOAD_BYTES": str(GIB)}) as running:
        yield running


def test_ten_thousand_parts(large_gallery: Gallery) -> None:
    """Sign a hundred at a time, send, and list ten thousand parts with their checksums; none is lost.

    The parts have a few bytes each, so that they fit a test. Storage accepts such parts but cannot join them, which
    ends with a problem that says so. Only the token is made by the test: the service would have used fewer, larger
    parts.
    """
    content = os.urandom(MANY * TINY)
    ask = Asking(large_gallery.url)
    file = {"filename": "many.jpg", "content_type": "image/jpeg", "size": 16 * MIB}
    granted = ask("POST", "/api/uploads", {}, {"files": [file]})[1]["uploads"][0]
    keyring = Keyring.parse(large_gallery.credentials.token_keys)
    claims = replace(tokens.verify(keyring, granted["token"]), size=len(content), part_size=TINY)
    cut = {"part_size": TINY, "part_count": MANY}
    upload = InParts(ask, {**granted, "token": tokens.issue(keyring, claims), "multipart": cut}, content)

    def send(first: int) -> None:
        with requests.Session() as session:
            for signed in upload.sign(range(first, first + 100)):
                part = upload.part(signed["part_number"])
                put = session.put(signed["url"], data=part, headers=signed["headers"], timeout=60)
                assert put.status_code == 200, put.text

    send(1)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, range(101, MANY + 1, 100)))
    found = upload.found()
    assert list(found) == list(range(1, MANY + 1))
    assert {part["size"] for part in found.values()} == {TINY}
    assert None not in {part["sha256"] for part in found.values()}
    status, problem = upload.complete()
    assert (status, "missing" in problem) == (409, False)
    assert upload.cancel()[0] == 204
    assert upload.call("GET", f"/parts?upload_id={upload.upload_id}")[0] == 404


def test_a_gibibyte_whose_sender_was_killed_half_way_goes_on_and_is_published(
    large_gallery: Gallery, tmp_path: Path
) -> None:
    """It continues from storage's list of parts; size, composite checksum and downloaded bytes are right."""
    file, state = tmp_path / "a very large one.jpg", tmp_path / "state.json"
    write_large(file)
    command = (sys.executable, "-m", "tests.support.part_sender", large_gallery.url, str(file), str(state))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'services'}:{ROOT}"}

    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        sent = [int(line) for _, line in zip(range(64), first.stdout, strict=False)]
        first.kill()
    assert sent == list(range(1, 65))

    second = subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    *lines, answer = second.stdout.splitlines()
    numbers = [int(line) for line in lines]
    assert numbers[0] > 64, "what had arrived is not sent again"
    assert numbers == list(range(numbers[0], 129))

    image: dict[str, Any] = json.loads(answer)
    assert (image["size"], image["filename"]) == (GIB, file.name)
    assert stored(large_gallery, image["id"]) == (GIB, composite(parts(file)))
    whole = hashlib.sha256()
    with requests.get(f"{large_gallery.url}/api/images/{image['id']}/original", stream=True, timeout=60) as fetched:
        for chunk in fetched.iter_content(MIB):
            whole.update(chunk)
    with file.open("rb") as opened:
        assert whole.digest() == hashlib.file_digest(opened, "sha256").digest()


def write_large(file: Path) -> None:
    """Write a JPEG of a gibibyte, most of it random data after its end."""
    with file.open("wb") as opened:
        opened.write(picture())
        while (left := GIB - opened.tell()) > 0:
            opened.write(os.urandom(min(left, 16 * MIB)))


def parts(file: Path) -> Iterator[bytes]:
    """The file in 128 parts."""
    with file.open("rb") as opened:
        while part := opened.read(USUAL_PART):
            yield part


def stored(gallery: Gallery, image_id: str) -> tuple[int, str]:
    """Size and checksum of the published picture in storage."""
    s3 = bucket.client(gallery.s3_url, gallery.credentials.s3["admin"])
    (entry,) = s3.list_objects_v2(Bucket="vitrine", Prefix=image_prefix(image_id))["Contents"]
    found = s3.head_object(Bucket="vitrine", Key=entry["Key"], ChecksumMode="ENABLED")
    return found["ContentLength"], found["ChecksumSHA256"]
