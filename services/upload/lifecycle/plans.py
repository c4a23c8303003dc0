"""Defines the vocabulary of the state machine: commands, steps, and plans of steps. All are plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from common.http.problems import Problem
from upload.lifecycle.states import UploadState


class Command(Enum):
    """What a caller or the reconciler (MEND) asks for."""

    PUBLISH = auto()
    CANCEL = auto()
    DELETE = auto()
    PURGE = auto()
    RESTORE = auto()
    MEND = auto()
    REFUSE = auto()
    """Replaces PUBLISH when the file may not be published."""


class Settling(Enum):
    """Which table settles: whether it may copy a picture back from the trash."""

    ANYONE = auto()
    MAY_BRING_BACK = auto()


class Ending(Enum):
    """Which table answers once a command has settled. By then another command may have changed the state."""

    PUBLISH = auto()
    REFUSE = auto()
    CANCEL = auto()
    CANCEL_UNSENT = auto()
    DELETE = auto()
    PURGE = auto()
    RESTORE = auto()
    MENDED = auto()
    NOTHING_TO_MEND = auto()


class Step(Enum):
    """One action on a picture's objects, or one message to the cached lists."""

    CHECK_STILL = auto()
    """Read staging/<id> again before the answer "not there". Start anew if its state has changed."""
    VERIFY_AND_COMMIT = auto()
    """Read the head of the upload, then copy exactly this object to images/, its preview first.

    If the file may not be published, the command becomes REFUSE. An upload that is too old raises Expired."""
    ANNOUNCE_PUBLISHED = auto()
    """Invalidate the newest pages of the list. A late picture invalidates all pages, as a deletion does."""
    ANNOUNCE_DELETES = auto()
    """Invalidate all pages of the list: a picture was removed or came back."""
    REMOVE_DOUBLES = auto()
    """Remove a second key that another version of this service made for the same file."""
    MOVE_TO_TRASH = auto()
    """Copy the image to the trash over any earlier copy, so that its 30 days start again. Then remove the image."""
    REMOVE_IMAGE = auto()
    REMOVE_PREVIEW = auto()
    """Remove the published preview, after the picture."""
    COPY_BACK = auto()
    """Copy the image from the trash to images/."""
    FIND_IMAGE = auto()
    """List images/ again: another command may have been faster, or the copy in the trash may have expired."""
    COPY_PREVIEW_BACK = auto()
    """Copy the preview back before the image, because the page shows it at once."""
    EMPTY_TRASH = auto()
    CHECK_TRASH = auto()
    """List trash/ again: a deletion may have added a copy. If so, settling starts another round."""
    REMOVE_TRASH_PREVIEW = auto()
    FINISH_PREVIEW = auto()
    """Remove the bytes of the sender's preview from staging/: it was published with the picture, or refused."""
    SETTLE_SENT_PREVIEW = auto()
    """Remove the bytes of the sender's preview from staging/."""
    SHUT_OUT_SENT_PREVIEW = auto()
    """Like SETTLE_SENT_PREVIEW, and also make storage refuse a preview that arrives later."""


@dataclass(frozen=True)
class Write:
    """Overwrite staging/<id> with this tombstone. The condition fails if the object has changed since it was read.

    One tombstone in the place of another is no change for it: both have the same ETag.
    """

    state: UploadState


class Answer(Enum):
    """The result of a command."""

    PICTURE = auto()
    """The picture in the gallery."""
    DONE = auto()
    MENDED = auto()
    NOTHING_TO_MEND = auto()
    REFUSED = auto()
    """Raise Refused, with the reason of this inspection or from the tombstone."""


@dataclass(frozen=True)
class Raise:
    """Raise this problem."""

    problem: Callable[[], Problem]


@dataclass(frozen=True)
class Settle:
    """Settle, then answer."""

    then: Ending
    how: Settling = Settling.ANYONE


class Then(Enum):
    """What follows a plan that does not answer."""

    AGAIN = auto()
    """Start the command again, and read the state anew."""
    LOOK = auto()
    """Start another round of settling: list images/ and trash/ again."""
    SETTLED = auto()
    """images/ and trash/ match the state at staging/<id>. Read the state again."""


@dataclass(frozen=True)
class Plan:
    """Some steps in order, and what follows them."""

    steps: tuple[Step | Write, ...]
    end: Answer | Raise | Settle | Then


@dataclass(frozen=True)
class IfImage:
    """A cell that depends on whether the picture is in images/."""

    there: "Cell"
    gone: "Cell"


@dataclass(frozen=True)
class IfTrash:
    """A cell that depends on whether a copy is in trash/."""

    there: "Cell"
    gone: "Cell"


Cell = Plan | IfImage | IfTrash
Rows = Mapping[UploadState, Cell]
Column = Command | Settling | Ending
