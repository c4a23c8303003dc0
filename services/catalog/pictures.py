"""One published picture, always as S3 has it now."""

from common.guard import Guard
from common.keys import BadKey, image_prefix, parse_image_key
from common.problems import NotFound
from common.schemas import Image, image_of
from common.storage import Storage


def find(image_id: str, storage: Storage, guard: Guard) -> Image:
    """The picture of this id. Raises NotFound and StorageUnavailable."""
    entry = guard.call(lambda: storage.first(image_prefix(image_id)))
    try:
        if entry is not None:
            return image_of(parse_image_key(entry.key), entry.size)
    except BadKey:
        pass  # no service of ours wrote that key
    raise NotFound("There is no such picture, or it has been deleted.")
