"""Looks up one published picture in S3, without a cache."""

from common.domain.keys import BadKey, image_prefix, parse_image_key
from common.http.problems import PICTURE_NOT_FOUND, NotFound
from common.http.schemas import Image, image_of
from common.s3.objects import Storage
from common.s3.thread_pool_bulkhead import ThreadPoolBulkhead


def find(image_id: str, storage: Storage, bulkhead: ThreadPoolBulkhead) -> Image:
    """Return the picture with this id. Raises NotFound, StorageUnavailable."""
    entry = bulkhead.call(lambda: storage.first(image_prefix(image_id)))
    try:
        if entry is not None:
            return image_of(parse_image_key(entry.key), entry.size)
    except BadKey:
        pass  # this gallery did not write that key
    raise NotFound(PICTURE_NOT_FOUND)
