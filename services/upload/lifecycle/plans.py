"""The words of the state machine: commands, steps, and plans made of steps. All are plain values."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto

from common.http.problems import Problem
from upload.lifecycle.states import UploadState


class Command(Enum):
    """What a caller wants, or the reconciler (MEND)."""

    PUBLISH = auto()
    CANCEL = auto()
    DELETE = auto()
    PURGE = auto()
    RESTORE = auto()
    MEND = auto()
    REFUSE = auto()
    """What publishing becomes when the bytes are no picture that may be published."""


class Settling(Enum):
    """How the places are made to follow staging/<id>."""

    ANYONE = auto()
    MAY_BRING_BACK = auto()


class Ending(Enum):
    """What is answered once a command has settled; what is found then may be another's doing."""

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
    """What is done at the places."""

    CHECK_STILL = auto()
    """Read staging/<id> again before it is said that there is nothing; start anew if it says something else."""
    VERIFY_AND_COMMIT = auto()
    """Read the head of the upload, then copy exactly what was read to images/, its preview first.

    If it is no picture that may be published, the command becomes REFUSE. An upload that is too old raises Expired."""
    ANNOUNCE_PUBLISHED = auto()
    """Tell the lists; a picture that comes late is told like a deletion, because old pages look at those alone."""
    ANNOUNCE_DELETES = auto()
    """Tell the lists that something went or came back."""
    REMOVE_DOUBLES = auto()
    """Remove a second key that another version of this service made of the same file."""
    MOVE_TO_TRASH = auto()
    """Copy the image to the trash over any earlier copy, so that its 30 days start again. Then remove the image."""
    REMOVE_IMAGE = auto()
    REMOVE_PREVIEW = auto()
    """Remove the published preview, after its picture."""
    COPY_BACK = auto()
    """Copy the image from the trash to images/."""
    FIND_IMAGE = auto()
    """Look at images/ once more: another may have been faster, or the time in the trash may be over."""
    COPY_PREVIEW_BACK = auto()
    """Before the image: a tile needs it."""
    EMPTY_TRASH = auto()
    CHECK_TRASH = auto()
    """Look at the trash once more: a deletion may have filled it. If it has, settling looks again."""
    REMOVE_TRASH_PREVIEW = auto()
    FINISH_PREVIEW = auto()
    """Leave no bytes of the sender's preview in staging/; it was published with the picture, or refused."""
    SETTLE_SENT_PREVIEW = auto()
    """Leave no bytes of the sender's preview in staging/."""
    SHUT_OUT_SENT_PREVIEW = auto()
    """The same, and let none arrive."""


@dataclass(frozen=True)
class Write:
    """Write this tombstone over what was read. The condition fails if an upload is there by now, or nothing is."""

    state: UploadState


class Answer(Enum):
    """What a command answers."""

    PICTURE = auto()
    """The picture in the gallery."""
    DONE = auto()
    MENDED = auto()
    NOTHING_TO_MEND = auto()
    REFUSED = auto()
    """Raise Refused, with the reason that was found or that the tombstone gives."""


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
    """How a plan goes on that does not answer."""

    AGAIN = auto()
    """The command starts anew, from looking."""
    LOOK = auto()
    """Settling goes on: look at images/ and trash/ once more."""
    SETTLED = auto()
    """The places are as staging/<id> said. Read it again."""


@dataclass(frozen=True)
class Plan:
    """Steps, one after another, and how it ends."""

    steps: tuple[Step | Write, ...]
    end: Answer | Raise | Settle | Then


@dataclass(frozen=True)
class IfImage:
    """A cell that looks at images/ first."""

    there: "Cell"
    gone: "Cell"


@dataclass(frozen=True)
class IfTrash:
    """A cell that looks at trash/ first."""

    there: "Cell"
    gone: "Cell"


Cell = Plan | IfImage | IfTrash
Rows = Mapping[UploadState, Cell]
Column = Command | Settling | Ending
