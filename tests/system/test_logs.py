"""No log contains a secret: uses and misuses the whole gallery at its most verbose log level, then reads its logs."""

import base64
import json
import os
import re
import secrets
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
import requests
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.support.client import Client
from tests.support.gallery import Gallery, running_gallery
from tests.support.in_parts import MIB, InParts, large_picture
from tests.support.nginx import LOG_SECONDS
from tests.support.pictures import picture
from tests.support.services import bearer, describe, digest, send

UPLOAD_KEY = "upload-key-" + secrets.token_urlsafe(24)
MARK = "hush" + secrets.token_hex(8)
"""Part of every secret that a client makes up."""

# What no log line may contain: names of secrets in URLs and headers, followed by a value.
PATTERNS = [
    r"X-Amz-(Signature|Credential|Security-Token)",
    r"AWS4-HMAC-SHA256",
    r"Bearer [\w.~+/-]{16}",
    r"\bv1\.k1\.",
    r"Signature=",
]


class Run:
    """A client that remembers every secret that it received or made up."""

    def __init__(self, gallery: Gallery) -> None:
        self.gallery = gallery
        self.client = Client(gallery.url)
        self.known: set[str] = {UPLOAD_KEY, MARK}
        self.seen: list[int] = []

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        """Send one request; the answer may contain no secret that we do not remember."""
        answer = self.client.session.request(
            method, self.gallery.url + path, allow_redirects=False, timeout=40, **options
        )
        self.seen.append(answer.status_code)
        self.remember(answer.headers.get("Location", ""))
        if "json" in answer.headers.get("Content-Type", ""):
            self.remember_all(answer.json())
        return answer

    def remember_all(self, value: Any) -> None:
        match value:
            case dict():
                for name, member in value.items():
                    if name in ("token", "key"):
                        self.known |= {member, member.rpartition(".")[2]}
                    self.remember_all(member)
            case list():
                for member in value:
                    self.remember_all(member)
            case str():
                self.remember(value)

    def remember(self, text: str) -> None:
        """Remember the signature of a signed URL and the token of a share link."""
        if not text.startswith(("http://", "/api/s/")):
            return
        self.known |= set(parse_qs(urlsplit(text).query).get("X-Amz-Signature", []))
        if link := re.search(r"/api/s/([^?]+)", text):
            self.known |= {link[1], link[1].rpartition(".")[2]}


@pytest.fixture(scope="module")
def run(short_folder: Path) -> Iterator[Run]:
    settings = {"LOG_LEVEL": "DEBUG", "UPLOAD_KEY": UPLOAD_KEY, "COMPANION": "true", "REPLICAS": "1"}
    with running_gallery(short_folder / "talkative", settings) as gallery:
        run = Run(gallery)
        use(run)
        use_parts(run)
        misuse(run)
        speak_nonsense(run)
        be_refused_by_the_store(run)
        lose_the_store(run)
        # The gateway writes its lines in batches: an earlier look would find nothing and prove nothing.
        time.sleep(LOG_SECONDS)
        yield run


def use(run: Run) -> None:
    """Upload, publish, look, share, fetch, cancel, delete."""
    content, preview = picture(size=(100, 80)), picture("WEBP", (50, 40))
    file = describe(content, thumbnail={"content_type": "image/webp", "size": len(preview), "sha256": digest(preview)})
    key = {"X-Upload-Key": UPLOAD_KEY}
    first, second = run.ask("POST", "/api/uploads", json={"files": [file, file]}, headers=key).json()["uploads"]
    token = bearer(first["token"])
    run.ask("POST", f"/api/uploads/{first['id']}/sign", headers=token)
    assert send(first["thumbnail"]["put"], preview).status_code == 200
    assert send(first["put"], content).status_code == 200
    assert send(first["put"], content).status_code == 412
    image = run.ask("POST", f"/api/uploads/{first['id']}/complete", headers=token).json()
    run.ask("DELETE", f"/api/uploads/{second['id']}", headers=bearer(second["token"]))
    run.ask("GET", "/api/images")
    run.ask("GET", f"/api/images/{image['id']}")
    for variant in ("download", "original", "thumbnail"):
        answer = run.ask("GET", f"/api/images/{image['id']}/{variant}")
        assert requests.get(answer.headers["Location"], timeout=10).status_code == 200
    run.ask("POST", "/api/downloads", json={"variant": "original", "ids": [image["id"]]})
    link = run.ask("POST", f"/api/images/{image['id']}/links", json={"expires_in": 3600}).json()["url"]
    assert run.ask("GET", urlsplit(link).path).status_code == 302
    run.ask("DELETE", f"/api/images/{image['id']}", headers=token)
    run.ask("DELETE", f"/api/images/{image['id']}?purge=true", headers=bearer(run.gallery.credentials.admin_token))
    assert {200, 201, 204, 302} <= set(run.seen)
    assert len(run.known) > 10


def use_parts(run: Run) -> None:
    """Start a file in parts, list, sign again, publish; start another by Uppy's routes, and cancel it."""
    content = large_picture(17 * MIB)

    def ask(method: str, path: str, headers: dict[str, str], body: Any) -> tuple[int, Any]:
        answer = run.ask(method, path, headers=headers, json=body)
        return answer.status_code, answer.json() if answer.content else None

    key = {"X-Upload-Key": UPLOAD_KEY}
    granted = run.ask("POST", "/api/uploads", json={"files": [describe(content)]}, headers=key).json()["uploads"][0]
    upload = InParts(ask, granted, content)
    upload.send(range(1, upload.count + 1))
    assert len(upload.found()) == upload.count
    upload.sign([1])
    assert upload.complete()[0] == 201
    content = picture()
    said = {"filename": "a.jpg", "type": "image/jpeg", "metadata": {"upload_key": UPLOAD_KEY, "size": len(content)}}
    begun = run.ask("POST", "/s3/multipart", json=said).json()
    way, query = f"/s3/multipart/{begun['uploadId']}", {"key": begun["key"]}
    part = run.ask("GET", f"{way}/1", params=query).json()
    assert requests.put(part["url"], data=content, timeout=10).status_code == 200
    assert run.ask("GET", way, params=query).status_code == 200
    assert run.ask("DELETE", way, params=query).status_code == 204


def misuse(run: Run) -> None:
    """Send wrong keys, tokens, links and bodies, each with a secret in it."""
    claims = base64.urlsafe_b64encode(json.dumps({"id": MARK}).encode()).decode().rstrip("=")
    nobody = "0" * 26
    for token in (MARK, f"v1.k1.{claims}.{MARK}", f"v1.none.{MARK}.{MARK}", f"{MARK}\u00e9".encode().decode("latin-1")):
        for method, path in (
            ("POST", f"/api/uploads/{nobody}/complete"),
            ("POST", f"/api/uploads/{nobody}/sign"),
            ("DELETE", f"/api/uploads/{nobody}"),
            ("DELETE", f"/api/images/{nobody}?purge=true"),
            ("POST", f"/api/uploads/{nobody}/parts"),
            ("GET", f"/api/uploads/{nobody}/parts?upload_id={MARK}"),
        ):
            answer = run.ask(method, path, headers={"Authorization": f"Bearer {token}", "Cookie": f"s={MARK}"})
            assert 400 <= answer.status_code < 500, (method, path, answer.status_code)
    bodies = [
        f'{{"files": [{{"token": "{MARK}"'.encode(),
        f'{{"files": "{MARK}"}}'.encode(),
        f'{{"variant": "{MARK}", "refs": ["{MARK}"]}}'.encode(),
        b"\xff" + MARK.encode(),
        b"",
    ]
    for body in bodies:
        for path in ("/api/uploads", "/api/downloads", f"/api/images/{nobody}/links"):
            headers = {"Content-Type": "application/json", "X-Upload-Key": MARK}
            answer = run.ask("POST", path, data=body, headers=headers)
            assert 400 <= answer.status_code < 500, (path, answer.status_code)
    for path in (
        f"/api/s/{MARK}",
        f"/api/s/{nobody}.9999999999.{MARK}",
        f"/api/images?cursor={MARK}&X-Amz-Signature={MARK}",
        f"/s3/multipart/{MARK}/1?key={MARK}",
        f"/api/nothing?token={MARK}",
        f"/nothing?upload_key={MARK}",
    ):
        run.ask("GET", path, headers={"Referer": f"{run.gallery.url}/?key={MARK}", "X-Request-ID": f"{MARK} forged"})


def speak_nonsense(run: Run) -> None:
    """Send malformed HTTP to the gateway and to the store."""
    for port, host in ((run.gallery.port, "localhost"), (run.gallery.s3_port, "127.0.0.1")):
        for head in (
            f"GET /api/s/{MARK} HTTP/1.1\r\n\r\n",
            f"GET /api/s/{MARK}\x01 HTTP/1.1\r\nHost: {host}\r\n\r\n",
            f"GET /x?X-Amz-Signature={MARK} HTTP/9.9\r\nHost: {host}\r\n\r\n",
            f"POST /api/uploads HTTP/1.1\r\nHost: {host}\r\nX-Upload-Key: {MARK}\r\nContent-Length: 99999999\r\n\r\n",
            f"POST /api/uploads HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n{MARK}\r\n",
        ):
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(head.encode("latin-1"))
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):
                    pass


def be_refused_by_the_store(run: Run) -> None:
    """Use signed URLs that were altered, expired or made up, and calls with wrong keys."""
    content = picture(size=(30, 20))
    granted = run.ask(
        "POST", "/api/uploads", json={"files": [describe(content)]}, headers={"X-Upload-Key": UPLOAD_KEY}
    ).json()["uploads"][0]
    put = granted["put"]
    url = put["url"]
    signature = parse_qs(urlsplit(url).query)["X-Amz-Signature"][0]
    altered = [
        url.replace(signature, signature[::-1]),
        url.replace("/staging/", "/images/"),
        url.replace("X-Amz-Expires=900", "X-Amz-Expires=1"),
        re.sub(r"X-Amz-Date=\d{8}", "X-Amz-Date=20200101", url),
        re.sub(r"X-Amz-Credential=\w+", "X-Amz-Credential=VTNOBODY", url),
        url.replace(signature, MARK),
    ]
    run.known.add(signature[::-1])
    for address in altered:
        assert requests.put(address, data=content, headers=put["headers"], timeout=10).status_code in (400, 403)
        assert requests.get(address, timeout=10).status_code in (400, 403)
    assert requests.put(url, data=content + b"x", headers=put["headers"], timeout=10).status_code == 403
    for key in ("VTNOBODY", run.gallery.credentials.s3["catalog"].access):
        s3 = boto3.client(
            "s3",
            endpoint_url=run.gallery.s3_url,
            region_name="us-east-1",
            aws_access_key_id=key,
            aws_secret_access_key=MARK,
            aws_session_token=MARK,
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        with pytest.raises(ClientError):
            s3.list_objects_v2(Bucket="vitrine", Prefix="images/")
        with pytest.raises(ClientError):
            s3.put_object(Bucket="vitrine", Key="staging/x", Body=b"x")


def lose_the_store(run: Run) -> None:
    """Lose the store: every service that meets an error of storage logs it."""
    content = picture(size=(31, 20))
    key = {"X-Upload-Key": UPLOAD_KEY}
    granted = run.ask("POST", "/api/uploads", json={"files": [describe(content)]}, headers=key).json()["uploads"][0]
    os.kill(run.gallery.pids["store"], signal.SIGKILL)
    deadline, statuses = time.monotonic() + 60, set()
    while time.monotonic() < deadline:
        answer = run.ask("POST", f"/api/uploads/{granted['id']}/complete", headers=bearer(granted["token"]))
        statuses.add(answer.status_code)
        run.ask("GET", f"/api/images/{granted['id']}/download")
        run.ask("GET", "/api/images?limit=7", headers={"Cache-Control": "no-cache"})
        if answer.status_code == 409:
            break
    assert statuses == {503, 409}


def logs(run: Run) -> dict[str, str]:
    folder = run.gallery.data_dir / "logs"
    found = {file.name: file.read_text("utf-8", "replace") for file in folder.iterdir()}
    return {**found, "output": run.gallery.output.read_text("utf-8", "replace")}


def test_every_part_has_written_something(run: Run) -> None:
    """Otherwise an empty log would prove nothing."""
    written = logs(run)
    for part in ("upload-0", "catalog-0", "download-0", "gateway", "cache", "store", "supervisord"):
        assert written[f"{part}.log"], part
    assert "unavailable" in written["upload-0.log"]


def test_no_secret_is_in_any_log(run: Run) -> None:
    """Neither the installation's own secrets, nor those handed out, nor those that a client made up."""
    own = asdict(run.gallery.credentials)
    known = run.known | {key["secret"] for key in own["s3"].values()} | set(own["store_signing"])
    known |= {own["admin_token"], own["redis_password"], own["token_keys"].partition(":")[2]}
    known |= {own["link_keys"].partition(":")[2]}
    found = [(name, secret) for name, text in logs(run).items() for secret in known if secret in text]
    shown = [(name, lines_with(logs(run)[name], secret)) for name, secret in found]
    assert not found, shown


@pytest.mark.parametrize("pattern", PATTERNS)
def test_no_line_looks_as_if_it_held_one(run: Run, pattern: str) -> None:
    found = {name: lines_with(text, pattern) for name, text in logs(run).items()}
    assert not any(found.values()), found


def lines_with(text: str, pattern: str) -> list[str]:
    return [line[:500] for line in text.splitlines() if re.search(pattern, line)][:5]
