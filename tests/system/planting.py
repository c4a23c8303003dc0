"""Writes pictures straight into the store and announces changes, so that a test gets a gallery without uploads."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from catalog.listing import LAST_TIME_MS
from common.cache.client import Cache as Client
from common.cache.generations import ListInvalidator
from common.domain.keys import IMAGES, BadKey, ImageKey, id_time_ms, image_key, make_id, parse_image_key, staging_key
from common.domain.tokens import Claims
from tests.support.cache import Cache
from tests.support.store import Store
from upload.lifecycle.metadata import metadata_for


def plant(store: Store, seconds_ago: float, filename: str = "old.jpg", place: int = 0) -> str:
    """Put a published picture from some time ago straight into the store; return its id."""
    image_id = make_id(int((time.time() - seconds_ago) * 1000), place, secrets.randbits(64))
    put(store, image_id, filename)
    return image_id


def put(store: Store, image_id: str, filename: str = "old.jpg") -> str:
    """Put a published picture with this id into the store; return its key."""
    key = image_key(ImageKey(image_id, 40, 30, None, False, filename))
    store.client("admin").put_object(Bucket=store.bucket, Key=key, Body=b"x")
    return key


def stage(store: Store, image_id: str, content: bytes, filename: str = "sent.jpg") -> None:
    """Put a file below staging/, like a browser with a permission for this id."""
    claims = Claims(image_id, filename, "image/jpeg", len(content), "", None, None, 0)
    store.client("upload-sign").put_object(
        Bucket=store.bucket, Key=staging_key(image_id), Body=content, Metadata=metadata_for(claims)
    )


def remove_strangers(store: Store) -> None:
    """Remove keys below images/ that tests wrote and that are not pictures."""
    admin = store.client("admin")
    for page in admin.get_paginator("list_objects_v2").paginate(Bucket=store.bucket, Prefix=IMAGES):
        for entry in page.get("Contents", []):
            try:
                ours = id_time_ms(parse_image_key(entry["Key"]).id) <= LAST_TIME_MS
            except BadKey:
                ours = False
            if not ours:
                admin.delete_object(Bucket=store.bucket, Key=entry["Key"])


def ids(page: dict[str, Any]) -> list[str]:
    """The ids on a page, in its order."""
    return [item["id"] for item in page["items"]]


@contextmanager
def list_invalidator(cache: Cache, *, timeout_ms: int = 5000, retry_seconds: float = 1.0) -> Iterator[ListInvalidator]:
    """What the upload service uses to announce changes; by default it never postpones one because Redis is busy."""
    client = Client(cache.url, timeout_ms=timeout_ms)
    try:
        yield ListInvalidator(client, retry_seconds=retry_seconds)
    finally:
        client.close()
