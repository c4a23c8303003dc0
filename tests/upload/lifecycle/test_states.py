"""The format of the objects at staging/<id>, as written and as read."""

import dataclasses
from datetime import UTC, datetime

import pytest

from common.s3.objects import ObjectInfo
from upload.lifecycle.states import UploadState, reason_of, state_of, tombstone

NOW = datetime(2026, 1, 1, tzinfo=UTC)
EMPTY = ObjectInfo("staging/x", 0, '"e"', NOW, NOW)

TOMBSTONES = [
    (UploadState.PUBLISHED, "", {"vitrine": "1", "fate": "published"}),
    (UploadState.CANCELLED, "", {"vitrine": "1", "fate": "cancelled"}),
    (UploadState.REFUSED, "No picture.", {"vitrine": "1", "fate": "refused", "reason": "No picture."}),
    (UploadState.REFUSED, "0 × 5", {"vitrine": "1", "fate": "refused", "reason": "0 ? 5"}),
    (UploadState.REFUSED, "x" * 600, {"vitrine": "1", "fate": "refused", "reason": "x" * 500}),
    (UploadState.DELETED, "", {"vitrine": "1", "fate": "deleted"}),
    (UploadState.PURGED, "", {"vitrine": "1", "fate": "deleted", "reason": "for good"}),
]


@pytest.mark.parametrize(("state", "reason", "metadata"), TOMBSTONES)
def test_a_tombstone_says_its_state(state: UploadState, reason: str, metadata: dict[str, str]) -> None:
    """In an unchanged format: this version reads what another version wrote, and the other way round."""
    assert tombstone(state, reason) == metadata
    found = dataclasses.replace(EMPTY, metadata=metadata)
    assert state_of(found) is state
    if state is UploadState.REFUSED:
        assert reason_of(found) == metadata["reason"]


@pytest.mark.parametrize("metadata", [{}, {"vitrine": "1", "name": "YQ"}, {"vitrine": "1", "fate": "unheard-of"}])
def test_all_else_is_an_upload(metadata: dict[str, str]) -> None:
    assert state_of(dataclasses.replace(EMPTY, size=7, metadata=metadata)) is UploadState.UPLOAD


def test_no_object_is_nothing() -> None:
    assert state_of(None) is UploadState.NOTHING
    assert reason_of(None) == ""
