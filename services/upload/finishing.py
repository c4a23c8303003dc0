"""Ends an upload: publishes or cancels it, whether it was sent in one PUT or in parts."""

from functools import partial

from common.domain.tokens import Claims
from upload.api.schemas import SentParts
from upload.background import WorkResult
from upload.dependencies import Dependencies
from upload.lifecycle.executor import Published
from upload.multipart.part_sizes import SINGLE_PUT
from upload.multipart.requests import checked_upload_id


def publish(deps: Dependencies, image_id: str, claims: Claims | None) -> WorkResult[Published] | None:
    """Verify and publish what arrived. ``claims`` is None for the operator.

    Returns None when it takes too long; the work then continues in the background.
    """
    name = f"{image_id} {'operator' if claims is None else 'sender'}"
    # A partial, not a lambda, so that the background thread calls the executor directly.
    publisher = deps.lifecycle.publish if _in_one_put(claims) else deps.multipart.publish
    return deps.background.run(name, partial(publisher, image_id, claims))


def join(deps: Dependencies, claims: Claims, upload_id: str, composite: str | None) -> WorkResult[Published] | None:
    """Join the parts and publish the file. Returns None when it takes too long; the work then continues."""
    name = f"{claims.id} {upload_id} {composite}"
    return deps.background.run(name, partial(deps.multipart.complete, claims, upload_id, composite))


def join_companion(deps: Dependencies, claims: Claims, upload_id: str, sent: SentParts) -> WorkResult[Published] | None:
    """Like :func:`join`, with the attempt of each part (number and ETag) that the sender chose."""
    chosen = [(part.part_number, part.etag.strip('"')) for part in sent.parts]
    name = f"{claims.id} {upload_id}"
    return deps.background.run(name, partial(deps.multipart.complete_companion, claims, upload_id, chosen))


def cancel(deps: Dependencies, image_id: str, claims: Claims | None, upload_id: str | None) -> None:
    """Cancel for good. Storage refuses a PUT that arrives later."""
    if upload_id is None and _in_one_put(claims):
        deps.lifecycle.cancel(image_id)
    else:
        deps.multipart.cancel(image_id, None if upload_id is None else checked_upload_id(upload_id))


def _in_one_put(claims: Claims | None) -> bool:
    return claims is not None and claims.part_size == SINGLE_PUT
