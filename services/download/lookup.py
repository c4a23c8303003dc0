"""Finds the keys of pictures by id, with one LIST for each picture and several LISTs in parallel."""

import time
from functools import partial

from common.domain.keys import BadKey, ImageKey, image_prefix, is_id, parse_image_key
from common.http.problems import PICTURE_NOT_FOUND, NotFound
from common.s3.objects import Storage
from common.s3.thread_pool_bulkhead import MAX_WAIT_SECONDS, ThreadPoolBulkhead

MAX_PARALLEL_LOOKUPS = 8
"""How many ids are looked up at once. One at a time, a hundred ids would take a hundred round trips to S3."""

BATCH_TIMEOUT_SECONDS = 10.0


class Lookup:
    """Looks up published pictures, in bounded time."""

    def __init__(self, storage: Storage, bulkhead: ThreadPoolBulkhead) -> None:
        self._storage = storage
        self._bulkhead = bulkhead

    def one(self, image_id: str) -> ImageKey:
        """Return the published picture with this id. Raises NotFound, StorageUnavailable."""
        key = self._bulkhead.call(partial(self._find, image_id))
        if key is None:
            raise NotFound(PICTURE_NOT_FOUND)
        return key

    def many(self, image_ids: list[str]) -> dict[str, ImageKey | None]:
        """Look up several pictures. The value is None for a text that is not the id of a published picture.

        Raises StorageUnavailable if any look-up fails, because a partial answer would be wrong.
        """
        found: dict[str, ImageKey | None] = dict.fromkeys(image_ids)
        wanted = [image_id for image_id in found if is_id(image_id)]
        end = time.monotonic() + BATCH_TIMEOUT_SECONDS
        for start in range(0, len(wanted), MAX_PARALLEL_LOOKUPS):
            some = wanted[start : start + MAX_PARALLEL_LOOKUPS]
            futures = [self._bulkhead.submit(partial(self._find, image_id)) for image_id in some]
            for image_id, future in zip(some, futures, strict=True):
                found[image_id] = self._bulkhead.wait(future, min(MAX_WAIT_SECONDS, max(0.0, end - time.monotonic())))
        return found

    def _find(self, image_id: str) -> ImageKey | None:
        entry = self._storage.first(image_prefix(image_id))
        try:
            return parse_image_key(entry.key) if entry else None
        except BadKey:
            return None  # this gallery did not write that key
