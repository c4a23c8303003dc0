"""The three services in this process with the real store and cache, and a client that uploads as a browser does."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

import requests
from flask import Flask
from flask.testing import FlaskClient

import catalog.app
import download.app
import upload.app
from tests.support.cache import Cache
from tests.support.store import ORIGINS, Store

ADMIN_TOKEN = secrets.token_urlsafe(32)
TOKEN_KEYS = f"k1:{secrets.token_urlsafe(32)}"
LINK_KEYS = f"k1:{secrets.token_urlsafe(32)}"
TIMEOUT = 10


WITHOUT_STORE = {
    "S3_ENDPOINT_URL": "http://127.0.0.1:9",
    "S3_PUBLIC_ENDPOINT_URL": "http://127.0.0.1:9",
    "PUBLIC_ORIGINS": "http://localhost:8080",
    "S3_ACCESS_KEY_ID": "key",
    "S3_SECRET_ACCESS_KEY": "secret",
    "S3_SIGN_ACCESS_KEY_ID": "key",
    "S3_SIGN_SECRET_ACCESS_KEY": "secret",
    "TOKEN_KEYS": TOKEN_KEYS,
    "COMPANION": "true",
}
"""Return the upload service's variables without a cache and with a store address at which nothing listens."""


def environment(store: Store, cache: Cache | None, identity: str) -> dict[str, str]:
    """Return a service's variables with this identity of the store."""
    return {
        **store.environment(identity),
        "REDIS_URL": cache.url if cache else "",
        "REDIS_TIMEOUT_MS": "500",  # so that a busy test machine does not make Redis look down
        "PUBLIC_ORIGINS": ",".join(ORIGINS),
        "LOG_LEVEL": "INFO",
    }


def upload_environment(store: Store, cache: Cache | None) -> dict[str, str]:
    """Return the upload service's variables."""
    access, secret = store.credentials["upload-sign"]
    return {
        **environment(store, cache, "upload-publish"),
        "S3_SIGN_ACCESS_KEY_ID": access,
        "S3_SIGN_SECRET_ACCESS_KEY": secret,
        "TOKEN_KEYS": TOKEN_KEYS,
        "ADMIN_TOKEN": ADMIN_TOKEN,
        "COMPANION": "true",
    }


def download_environment(store: Store, cache: Cache | None) -> dict[str, str]:
    """Return the download service's variables."""
    return {**environment(store, cache, "download"), "LINK_KEYS": LINK_KEYS}


def digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


def describe(content: bytes, **changes: Any) -> dict[str, Any]:
    """Return a client's description of a file, for `POST /api/uploads`."""
    file = {
        "filename": "photo.jpg",
        "content_type": "image/jpeg",
        "size": len(content),
        "sha256": digest(content),
    }
    return {**file, **changes}


def send(put: dict[str, Any], content: bytes) -> requests.Response:
    """Send the PUT of a permission straight to the store."""
    return requests.put(put["url"], data=content, headers=put["headers"], timeout=TIMEOUT)


@dataclass
class Services:
    """Test clients of the three services."""

    upload_app: Flask
    upload: FlaskClient
    catalog: FlaskClient
    download: FlaskClient
    store: Store

    def grant(self, content: bytes, **changes: Any) -> dict[str, Any]:
        """Get permission to upload this file."""
        answer = self.upload.post("/api/uploads", json={"files": [describe(content, **changes)]})
        assert answer.status_code == 201, answer.json
        granted: dict[str, Any] = answer.json["uploads"][0]
        return granted

    def complete(self, granted: dict[str, Any], token: str | None = None) -> Any:
        return self.upload.post(f"/api/uploads/{granted['id']}/complete", headers=bearer(token or granted["token"]))

    def cancel(self, granted: dict[str, Any]) -> Any:
        return self.upload.delete(f"/api/uploads/{granted['id']}", headers=bearer(granted["token"]))

    def publish(self, content: bytes, **changes: Any) -> dict[str, Any]:
        """Upload and publish a picture."""
        granted = self.grant(content, **changes)
        assert send(granted["put"], content).status_code == 200
        answer = self.complete(granted)
        assert answer.status_code == 201, answer.json
        image: dict[str, Any] = answer.json
        return image

    def listed(self, query: str = "", **headers: str) -> Any:
        answer = self.catalog.get(f"/api/images{query}", headers=headers)
        assert answer.status_code == 200, answer.json
        return answer.json


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def running_services(store: Store, cache: Cache | None, **upload_changes: str) -> Services:
    """Return the three services with the settings of a real start."""
    upload_app = upload.app.create_app({**upload_environment(store, cache), **upload_changes})
    catalog_app = catalog.app.create_app(environment(store, cache, "catalog"))
    download_app = download.app.create_app(download_environment(store, cache))
    clients = (app.test_client() for app in (upload_app, catalog_app, download_app))
    return Services(upload_app, *clients, store)
