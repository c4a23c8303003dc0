"""Makes the answer to a batch, with a URL for each picture. Pure: found pictures and clock are arguments."""

from collections.abc import Iterable, Mapping

from common.domain.images import rfc3339
from common.domain.keys import BadKey, ImageKey, parse_tail, preview_of_tail
from common.http.problems import BadRequest
from download.api.schemas import MAX_IDS, MAX_REFS, Batch, Link, Urls, Variant
from download.signed_urls import SignedUrls, link_of


def check(batch: Batch) -> None:
    """Check that the batch has either refs or ids. Raises BadRequest."""
    if (batch.refs is None) == (batch.ids is None):
        raise BadRequest(f"Send either refs (at most {MAX_REFS}) or ids (at most {MAX_IDS}).")


def by_ref(refs: Iterable[str], variant: Variant, signed_urls: SignedUrls, now: float) -> Urls:
    """Make the answer for refs, without a look-up."""
    if variant is Variant.PREVIEW:
        return _previews(refs, signed_urls, now)
    return from_keys({ref: _read(ref) for ref in refs}, variant, signed_urls, now)


def from_keys(found: Mapping[str, ImageKey | None], variant: Variant, signed_urls: SignedUrls, now: float) -> Urls:
    """Make the answer for pictures by ref or id. None stands for a picture that does not exist."""
    urls, missing = {}, []
    for name, key in found.items():
        if key and (key.has_preview or variant is not Variant.PREVIEW):
            urls[name] = link_of(signed_urls.for_picture(key, variant, now))
        else:
            missing.append(name)
    return Urls(urls, missing)


def _previews(refs: Iterable[str], signed_urls: SignedUrls, now: float) -> Urls:
    """Make the answer for previews by ref, without parsing whole keys: this is the page's most frequent request."""
    sign, expires_at = signed_urls.preview_signer(now)
    expiry = rfc3339(expires_at)
    urls, missing = {}, []
    for ref in dict.fromkeys(refs):
        image_id = preview_of_tail(ref)
        if image_id is None:
            missing.append(ref)
        else:
            urls[ref] = Link(sign(image_id), expiry)
    return Urls(urls, missing)


def _read(ref: str) -> ImageKey | None:
    try:
        return parse_tail(ref)
    except BadKey:
        return None
