"""One picture's life: who acts on it, the states that it can be in, and what each act does to them in the end."""

import base64
import hashlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import combinations
from typing import Any

from botocore.exceptions import ClientError

from common.domain.keys import make_id, preview_key, staging_key, staging_preview_key, trash_preview_key
from common.domain.tokens import Claims, Preview
from common.http.problems import Problem
from common.s3.objects import Storage
from common.settings import Settings
from tests.common.test_settings import GOOD
from tests.support.orders import GONE, Act, Client, Orders, World
from tests.support.pictures import picture
from tests.support.s3_model import Bucket, Held
from upload.lifecycle import states
from upload.lifecycle.executor import Executor
from upload.lifecycle.metadata import metadata_for
from upload.lifecycle.states import UploadState, tombstone
from upload.reconciler import MIN_AGE, Reconciler

NOW = 1_800_000_000
AGE = 2 * MIN_AGE // timedelta(seconds=1)
ID = make_id((NOW - AGE) * 1000, 0, 7)
SENT, SENT_PREVIEW = staging_key(ID), staging_preview_key(ID)
PICTURE, PREVIEW = picture(size=(40, 30)), picture("WEBP", (20, 15))
SETTINGS = Settings.load(GOOD)


def digest(content: bytes) -> str:
    """Return the SHA-256 as base64."""
    return base64.b64encode(hashlib.sha256(content).digest()).decode()


CLAIMS = Claims(
    id=ID,
    filename="a.jpg",
    content_type="image/jpeg",
    size=len(PICTURE),
    sha256=digest(PICTURE),
    thumbhash=None,
    preview=Preview("image/webp", len(PREVIEW), digest(PREVIEW)),
    issued_at=NOW - AGE,
)


class _Announcer:
    """Tells the lists: here a call like those to storage, so that a process may end before it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def invalidate(self, *, deletes: bool) -> None:
        self._client.invalidate(deletes=deletes)


def _act(work: Callable[[Storage, Any], str]) -> Act:
    def act(client: Client) -> str:
        try:
            return work(Storage(SETTINGS, client=client), _Announcer(client))  # type: ignore[arg-type]
        except Problem as problem:
            return type(problem).__name__

    return act


def _complete(storage: Storage, invalidator: Any) -> str:
    return "Created" if Executor(storage, invalidator).publish(ID, CLAIMS).created else "Picture"


def _reconcile(storage: Storage, invalidator: Any) -> str:
    Reconciler(storage, Executor(storage, invalidator)).run_once()
    return "Turned"


def _cancel(storage: Storage, invalidator: Any) -> str:
    Executor(storage, invalidator).cancel(ID)
    return "Done"


def _delete(storage: Storage, invalidator: Any) -> str:
    Executor(storage, invalidator).delete(ID)
    return "Done"


def _purge(storage: Storage, invalidator: Any) -> str:
    Executor(storage, invalidator).purge(ID)
    return "Done"


def _restore(storage: Storage, invalidator: Any) -> str:
    Executor(storage, invalidator).restore(ID)
    return "Picture"


def _put(key: str, body: bytes, **condition: str) -> Act:
    """A browser's PUT that arrives at some moment, or a thief's."""

    def act(client: Client) -> str:
        metadata = metadata_for(CLAIMS) if key == SENT else {}
        try:
            client.put_object(Key=key, Body=body, Metadata=metadata, **condition)
        except ClientError:
            return "TooLate"
        return "Sent"

    return act


def _etag(body: bytes) -> str:
    return Held(body).etag


ACTS: dict[str, Act] = {
    "complete": _act(_complete),
    "reconcile": _act(_reconcile),
    "cancel": _act(_cancel),
    "delete": _act(_delete),
    "purge": _act(_purge),
    "restore": _act(_restore),
}
# Not ours: a PUT that is under way arrives, and bytes are exchanged by somebody who may do what nobody should.
OTHERS: dict[str, Act] = {
    "send": _put(SENT, PICTURE, IfNoneMatch="*"),
    "send preview": _put(SENT_PREVIEW, PREVIEW, IfNoneMatch="*"),
    "swap": _put(SENT, b"<html>", IfMatch=_etag(PICTURE)),
    "swap preview": _put(SENT_PREVIEW, b"<html>", IfMatch=_etag(PREVIEW)),
}

# What each does in which state: what it says, and the state afterwards. Not listed: the state stays.
RULES: dict[str, dict[str, tuple[str, str]]] = {
    "complete": {
        "nothing": ("NotArrived", "nothing"),
        "sent": ("Picture", "published"),
        "published": ("Picture", "published"),
        "cancelled": ("Cancelled", "cancelled"),
        "refused": ("Refused", "refused"),
        "deleted": ("Deleted", "deleted"),
        "purged": ("Deleted", "purged"),
    },
    "cancel": {
        "nothing": ("Done", "cancelled"),
        "sent": ("Done", "cancelled"),
        "published": ("AlreadyPublished", "published"),
        "cancelled": ("Done", "cancelled"),
        "refused": ("Done", "refused"),
        "deleted": ("AlreadyPublished", "deleted"),
        "purged": ("AlreadyPublished", "purged"),
    },
    "delete": {
        "published": ("Done", "deleted"),
        "deleted": ("Done", "deleted"),
        "purged": ("Done", "purged"),
        **{state: ("NoSuchPicture", state) for state in ("nothing", "sent", "cancelled", "refused")},
    },
    "purge": {
        **dict.fromkeys(("published", "deleted", "purged"), ("Done", "purged")),
        **{state: ("NoSuchPicture", state) for state in ("nothing", "sent", "cancelled", "refused")},
    },
    "restore": {
        "published": ("Picture", "published"),
        "deleted": ("Picture", "published"),
        "purged": ("NotInTrash", "purged"),
        **{state: ("NoSuchPicture", state) for state in ("nothing", "sent", "cancelled", "refused")},
    },
    "reconcile": {"sent": ("Turned", "published")},
    "send": {
        "nothing": ("Sent", "sent"),
        **{state: ("TooLate", state) for state in ("sent", "cancelled", "refused", "published", "deleted", "purged")},
    },
}

Said = tuple[str, str | None]
"""Who acted, and what it said; None when it ended without a word that counts."""


def explained(start: str, unfinished: list[str], together: list[Said], afterwards: list[Said], end: str) -> bool:
    """Whether one order of whole acts leads from ``start`` to ``end`` and has all say what they said.

    ``unfinished`` had begun before and may still take effect; of those who acted ``together`` any may have come first;
    ``afterwards`` came one after another. One who ended without a word may have had an effect or not. One whom another
    got in the way of looks again, so it may have had its effect before it came to its answer.
    """
    choices: list[list[list[tuple[str, str | None]]]] = [[[], [(name, None)]] for name in unfinished]
    for name, said in together:
        first: list[tuple[str, str | None]] = [(name, None)]
        last: list[tuple[str, str | None]] = [(name, said)]
        choices.append([[], first] if said is None else [last, first + last])
    return any(_fits(start, [*order, *afterwards], end) for order in _orders(choices))


def _orders(choices: list[list[list[Said]]]) -> Iterator[list[Said]]:
    """All ways to take one of each choice's sequences and to interleave them."""
    if not choices:
        yield []
        return
    for rest in _orders(choices[1:]):
        for own in choices[0]:
            for places in combinations(range(len(own) + len(rest)), len(own)):
                mine, others = iter(own), iter(rest)
                yield [next(mine) if place in places else next(others) for place in range(len(own) + len(rest))]


def _fits(state: str, order: list[Said], end: str) -> bool:
    for place, (name, said) in enumerate(order):
        says, following = RULES[name].get(state, ("Turned", state))
        # A restore that another deletion follows at once may find the picture gone again, and says so.
        gone_again = (name, said) == ("restore", "Deleted") and any(
            later in ("delete", "purge") for later, _ in order[place + 1 :]
        )
        if said not in (None, says) and not gone_again and (said, says) != ("Created", "Picture"):
            return False
        state = following
    return state == end


def state_of(bucket: Bucket) -> str:
    """The state that a bucket is in. Fails when it is in none: something is there that must not be, or is missing."""
    said = states.state_of(_Metadata(bucket[SENT].metadata) if SENT in bucket else None)  # type: ignore[arg-type]
    shown, trashed = _below(bucket, "images/"), _below(bucket, "trash/")
    for place, found in (("images", shown), ("trash", trashed)):
        assert len(found) < 2, f"two pictures in {place}/"
        for tail, held in found.items():
            assert (held.body, held.content_type, held.disposition) == (PICTURE, "image/jpeg", "attachment"), place
            assert held.metadata == (), "a sender's metadata"
            _check_preview(bucket, preview_key(ID) if place == "images" else trash_preview_key(ID), "~t~" in tail)
    assert not shown or not trashed or shown.keys() == trashed.keys(), "other names in gallery and trash"
    assert shown or preview_key(ID) not in bucket, "a preview without its picture"
    assert trashed or trash_preview_key(ID) not in bucket, "a preview without its picture in the trash"
    if said not in (UploadState.NOTHING, UploadState.UPLOAD):
        assert not bucket[SENT].body, "bytes of what is settled"
        assert SENT_PREVIEW not in bucket or not bucket[SENT_PREVIEW].body, "a preview's bytes of what is settled"
    return _named(said, bool(shown), bool(trashed))


def _named(said: UploadState, shown: bool, trashed: bool) -> str:
    match said:
        case UploadState.UPLOAD:
            assert not shown, "published without a tombstone"
            assert not trashed, "deleted without a tombstone"
            return "sent"
        case UploadState.NOTHING:  # tombstones have their time too
            return "published" if shown else "deleted" if trashed else "nothing"
        case UploadState.PUBLISHED:
            assert shown or not trashed, "said to be published, and in the trash alone"
            return "published" if shown else "purged"
        case UploadState.DELETED | UploadState.PURGED:
            assert not shown, "said to be deleted, and there"
            assert not (said is UploadState.PURGED and trashed), "said to be purged, and in the trash"
            return "deleted" if trashed else "purged"
    assert not shown, f"said to be {said}, and there"
    assert not trashed, f"said to be {said}, and in the trash"
    return str(said)


class _Metadata:
    def __init__(self, metadata: tuple[tuple[str, str], ...]) -> None:
        self.metadata = dict(metadata)


def _below(bucket: Bucket, prefix: str) -> dict[str, Held]:
    return {key.removeprefix(prefix): held for key, held in bucket.items() if key.startswith(f"{prefix}{ID}~")}


def _check_preview(bucket: Bucket, key: str, wanted: bool) -> None:
    held = bucket.get(key)
    assert (held is not None) is wanted, f"{key} is {'not ' if wanted else ''}there"
    assert held is None or (held.body, held.content_type) == (PREVIEW, "image/webp"), key


def worlds() -> dict[str, tuple[str, World, list[str]]]:
    """Where a picture can stand: the state, the bucket, and who had begun something and not finished it."""
    begun = NOW - AGE
    sent: Bucket = {
        SENT: Held(PICTURE, tuple(sorted(metadata_for(CLAIMS).items())), "image/png", modified=begun),
        SENT_PREVIEW: Held(PREVIEW, content_type="text/html", modified=begun),
    }
    published = _after(sent, "complete")
    deleted = _after(published, "delete")
    deleting = Held(b"", tuple(sorted(tombstone(UploadState.DELETED).items())), modified=NOW)
    html = {**sent, SENT: Held(b"<html>", sent[SENT].metadata, modified=begun)}
    return {
        "nothing": ("nothing", World({}), []),
        "sent": ("sent", World(sent), []),
        "sent, its preview late": ("sent", World(_without(sent, SENT_PREVIEW)), []),
        "published": ("published", World(published), []),
        "published, not settled": ("published", World({**published, **sent}, frozenset({"changes"})), ["complete"]),
        "published long ago": ("published", World(_without(published, SENT, SENT_PREVIEW)), []),
        "deleted": ("deleted", World(deleted), []),
        "half deleted": ("published", World({**published, SENT: deleting}), ["delete"]),
        "deleted long ago": ("deleted", World(_without(deleted, SENT, SENT_PREVIEW)), []),
        "deleted and back": ("published", World(_after(deleted, "restore")), []),
        "purged": ("purged", World(_after(published, "purge")), []),
        "cancelled": ("cancelled", World(_after(sent, "cancel")), []),
        "refused": ("refused", World(_after(html, "reconcile")), []),
    }


def _after(bucket: Bucket, name: str) -> Bucket:
    world, _ = Orders(ACTS, NOW).alone(World(bucket), name)
    return world.bucket


def _without(bucket: Bucket, *keys: str) -> Bucket:
    return {key: held for key, held in bucket.items() if key not in keys}


def unanswered(said: str | None) -> bool:
    """Whether whoever asked must ask again."""
    return said in (GONE, "StorageUnavailable")
