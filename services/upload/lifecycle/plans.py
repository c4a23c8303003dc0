"""Defines the vocabulary of the state machine: commands, steps, and plans of steps. All are plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from common.http.problems import Problem
from upload.lifecycle.states import UploadState


class Command(Enum):
    """What a caller or the reconciler (REPAIR) asks for."""

    PUBLISH = auto()
    CANCEL = auto()
    DELETE = auto()
    PURGE = auto()
    RESTORE = auto()
    REPAIR = auto()
    REFUSE = auto()
    """Replaces PUBLISH when the file may not be published."""


class Settling(Enum):
    """Which table settles the picture."""

    NO_RESTORE = auto()
    """A picture in the trash stays there. Safe for every command at any time."""
    ALLOW_RESTORE = auto()
    """Copies a published picture back from the trash. Only for a restore, and for a removal that it overtook."""


class AfterSettling(Enum):
    """Which table answers once a command has settled. By then another command may have changed the state."""

    PUBLISH = auto()
    REFUSE = auto()
    CANCEL = auto()
    CANCEL_UNSENT = auto()
    DELETE = auto()
    PURGE = auto()
    RESTORE = auto()
    REPAIRED = auto()
    NOTHING_TO_REPAIR = auto()


class Step(Enum):
    """One action on a picture's objects, or one message to the cached lists.

    The class Places describes the steps that are methods there. The notes here say when or why a plan needs them.
    """

    CHECK_STATE_UNCHANGED = auto()
    """Before the answer "not there". If the condition fails, the command starts anew."""
    VERIFY_AND_COMMIT = auto()
    """Read the head of the upload, then copy exactly this object to images/, its preview first.

    If the file may not be published, the command becomes REFUSE. An upload that is too old raises Expired."""
    ANNOUNCE_PUBLISHED = auto()
    """Invalidate the newest pages of the list. A late picture invalidates all pages, as a deletion does."""
    ANNOUNCE_DELETES = auto()
    """Invalidate all pages of the list: a picture was removed or came back."""
    REMOVE_SECOND_KEY = auto()
    """Another version of this service may have made a second key for the same file."""
    MOVE_TO_TRASH = auto()
    """Overwrites an earlier copy in the trash, so that its 30 days start again."""
    REMOVE_IMAGE = auto()
    REMOVE_PREVIEW = auto()
    """After the picture."""
    COPY_BACK = auto()
    LIST_IMAGES_AGAIN = auto()
    """After COPY_BACK: another command may have been faster, or the copy in the trash may have expired."""
    COPY_PREVIEW_BACK = auto()
    """Before COPY_BACK, because the page shows the preview at once."""
    EMPTY_TRASH = auto()
    CHECK_TRASH_IS_EMPTY = auto()
    """A deletion may have added a copy. If so, settling starts another round."""
    REMOVE_TRASH_PREVIEW = auto()
    DISCARD_SENT_PREVIEW_AFTER_COMMIT = auto()
    DISCARD_SENT_PREVIEW = auto()
    DISCARD_AND_BLOCK_SENT_PREVIEW = auto()


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
    REPAIRED = auto()
    NOTHING_TO_REPAIR = auto()
    REFUSED = auto()
    """Raise Refused, with the reason of this inspection or from the tombstone."""


@dataclass(frozen=True)
class Raise:
    """Raise this problem."""

    problem: Callable[[], Problem]


@dataclass(frozen=True)
class Settle:
    """Settle, then answer."""

    then: AfterSettling
    how: Settling = Settling.NO_RESTORE


class Next(Enum):
    """What follows a plan that does not answer."""

    RESTART = auto()
    """Start the command again, and read the state anew."""
    ANOTHER_ROUND = auto()
    """Start another round of settling: list images/ and trash/ again."""
    SETTLED = auto()
    """images/ and trash/ match the state at staging/<id>. Read the state again."""


@dataclass(frozen=True)
class Plan:
    """Some steps in order, and what follows them."""

    steps: tuple[Step | Write, ...]
    end: Answer | Raise | Settle | Next


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
Column = Command | Settling | AfterSettling
