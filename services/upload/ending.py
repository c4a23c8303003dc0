"""The end of an upload: it is published or cancelled, in one PUT or in parts, whoever asks."""

from functools import partial

from common.domain.tokens import Claims
from upload.api.schemas import SentParts
from upload.background import WorkResult
from upload.dependencies import Dependencies
from upload.lifecycle.executor import Published
from upload.part_requests import checked_upload_id


def publish(ours: Dependencies, image_id: str, claims: Claims | None) -> WorkResult[Published] | None:
    """Verify and publish what arrived; ``claims`` of None stand for the operator. None: it takes long and goes on."""
    name = f"{image_id} {'operator' if claims is None else 'sender'}"
    # A partial and no lambda: the background thread calls the executor itself and does not come back here first.
    publisher = ours.lifecycle.publish if _in_one_put(claims) else ours.multipart.publish
    return ours.background.run(name, partial(publisher, image_id, claims))


def join(ours: Dependencies, claims: Claims, upload_id: str, composite: str | None) -> WorkResult[Published] | None:
    """Make the file of its parts and publish it. None: it takes long and goes on."""
    name = f"{claims.id} {upload_id} {composite}"
    return ours.background.run(name, partial(ours.multipart.complete, claims, upload_id, composite))


def join_as_sent(ours: Dependencies, claims: Claims, upload_id: str, sent: SentParts) -> WorkResult[Published] | None:
    """The same from the sendings that the sender names."""
    chosen = [(part.part_number, part.etag.strip('"')) for part in sent.parts]
    name = f"{claims.id} {upload_id}"
    return ours.background.run(name, partial(ours.multipart.complete_as_sent, claims, upload_id, chosen))


def cancel(ours: Dependencies, image_id: str, claims: Claims | None, upload_id: str | None) -> None:
    """Cancel for good; a PUT that is still in flight is refused by storage when it arrives."""
    if upload_id is None and _in_one_put(claims):
        ours.lifecycle.cancel(image_id)
    else:
        ours.multipart.cancel(image_id, None if upload_id is None else checked_upload_id(upload_id))


def _in_one_put(claims: Claims | None) -> bool:
    return claims is not None and not claims.part_size
