"""From an id to the key that S3 has for it: one LIST each, several at a time."""

import time
from functools import partial

from common.domain.keys import BadKey, ImageKey, image_prefix, is_id, parse_image_key
from common.http.problems import NotFound
from common.s3.objects import Storage
from common.s3.thread_pool_bulkhead import PATIENCE_SECONDS, ThreadPoolBulkhead

PARALLEL = 8
"""A hundred ids one after another would be a hundred round trips to S3."""

MANY_SECONDS = 10.0


class Lookup:
    """Looks published pictures up, in bounded time."""

    def __init__(self, storage: Storage, bulkhead: ThreadPoolBulkhead) -> None:
        self._storage = storage
        self._bulkhead = bulkhead

    def one(self, image_id: str) -> ImageKey:
        """The published picture of this id. Raises NotFound and StorageUnavailable."""
        key = self._bulkhead.call(partial(self._find, image_id))
        if key is None:
            raise NotFound("There is no such picture, or it has been deleted.")
        return key

    def many(self, image_ids: list[str]) -> dict[str, ImageKey | None]:
        """The published pictures of several texts, None for one that is no picture's id.

        Raises StorageUnavailable when any look-up fails: half an answer is a wrong one.
        """
        found: dict[str, ImageKey | None] = dict.fromkeys(image_ids)
        wanted = [image_id for image_id in found if is_id(image_id)]
        end = time.monotonic() + MANY_SECONDS
        for start in range(0, len(wanted), PARALLEL):
            some = wanted[start : start + PARALLEL]
            futures = [self._bulkhead.submit(partial(self._find, image_id)) for image_id in some]
            for image_id, future in zip(some, futures, strict=True):
                found[image_id] = self._bulkhead.wait(future, min(PATIENCE_SECONDS, max(0.0, end - time.monotonic())))
        return found

    def _find(self, image_id: str) -> ImageKey | None:
        entry = self._storage.first(image_prefix(image_id))
        try:
            return parse_image_key(entry.key) if entry else None
        except BadKey:
            return None  # nobody of ours wrote that key
