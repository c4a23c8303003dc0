"""The body of a batch of links, and its answer. Pure: what was looked up, and the clock, are arguments."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any

import msgspec

from common.images import rfc3339
from common.keys import BadKey, ImageKey, parse_tail, preview_of_tail
from common.problems import BadRequest
from download.links import Links, Variant

Answer = dict[str, Any]

MAX_REFS = 500
MAX_IDS = 100


class Batch(msgspec.Struct):
    """Which variant of which pictures: by ``ref`` as a list gave it, which needs no look-up, or by id."""

    variant: Variant
    refs: Annotated[list[str], msgspec.Meta(max_length=MAX_REFS)] | None = None
    ids: Annotated[list[str], msgspec.Meta(max_length=MAX_IDS)] | None = None


def check(batch: Batch) -> None:
    """Raises BadRequest unless exactly one of refs and ids is there."""
    if (batch.refs is None) == (batch.ids is None):
        raise BadRequest(f"Send either refs (at most {MAX_REFS}) or ids (at most {MAX_IDS}).")


def previews(refs: Iterable[str], links: Links, now: float) -> Answer:
    """The answer for previews by ref: the page's commonest question, so nothing is made that it does not need."""
    sign, expires_at = links.thumbnails(now)
    until = rfc3339(expires_at)
    urls, missing = {}, []
    for ref in dict.fromkeys(refs):
        image_id = preview_of_tail(ref)
        if image_id is None:
            missing.append(ref)
        else:
            urls[ref] = {"url": sign(image_id), "expires_at": until}
    return {"urls": urls, "missing": missing}


def by_ref(refs: Iterable[str]) -> dict[str, ImageKey | None]:
    """Each ref with the picture that it names; None for what is no ref."""
    return {ref: _read(ref) for ref in refs}


def answer(found: Mapping[str, ImageKey | None], variant: Variant, links: Links, now: float) -> Answer:
    """The answer for pictures that are known, or known not to be there."""
    urls, missing = {}, []
    for name, key in found.items():
        if key and (key.has_thumb or variant is not Variant.THUMBNAIL):
            urls[name] = links.for_picture(key, variant, now).as_json()
        else:
            missing.append(name)
    return {"urls": urls, "missing": missing}


def _read(ref: str) -> ImageKey | None:
    try:
        return parse_tail(ref)
    except BadKey:
        return None
