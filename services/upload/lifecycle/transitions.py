"""What is done with a picture: a table of commands, by what was seen at its places. Pure: it asks only ``seen``.

A command reads staging/<id> first, and looks at images/ and trash/ only where that makes a difference:

    staging/<id>, seen     publish            cancel            delete         purge          restore
    ─────────────────────  ─────────────────  ────────────────  ─────────────  ─────────────  ─────────────
    nothing, image         the picture        AlreadyPublished  → deleted      → purged       the picture
    nothing, trash only    Deleted            AlreadyPublished  → deleted      → purged       → published
    nothing, neither       NothingThere       → cancelled       NoSuchPicture  NoSuchPicture  NoSuchPicture
    upload, image          finish             AlreadyPublished  → deleted      → purged       the picture
    upload, trash only     Deleted            AlreadyPublished  → deleted      → purged       → published
    upload, neither        commit, finish     → cancelled       NoSuchPicture  NoSuchPicture  NoSuchPicture
    published, image       the picture        AlreadyPublished  → deleted      → purged       settle
    published, trash only  Deleted            AlreadyPublished  → deleted      → purged       → published
    published, neither     Deleted            AlreadyPublished  → deleted      → purged       NotInTrash
    cancelled              settle, Cancelled  settle            NoSuchPicture  NoSuchPicture  NoSuchPicture
    refused                settle, Refused    settle            NoSuchPicture  NoSuchPicture  NoSuchPicture
    deleted, somewhere     Deleted            AlreadyPublished  settle         → purged       → published
    deleted, neither       Deleted            AlreadyPublished  settle         → purged       NotInTrash
    purged                 Deleted            AlreadyPublished  settle         settle         NotInTrash

A capital names the problem that is raised. "→ deleted" writes that tombstone over exactly what was read, then settles.
"commit" verifies the bytes and copies them to images/, where everybody sees them; bytes that are no picture become
"→ refused". "finish" tells the lists, then writes the tombstone "published". Whoever finds a commit without its
tombstone finishes it: a publisher died in between. The reconciler's own command, mend, settles what is cancelled,
refused, deleted or purged.

Settling makes the places what staging/<id> says. Anyone may do it, at any time, as often as it takes:

    staging/<id>        images/   trash/                how
    ──────────────────  ────────  ────────────────────  ───────────────────────────────────────────────────────
    nothing, upload     as it is  as it is
    published           there     what a deletion left  remove a second key; copy back what may be brought back
    cancelled, refused  gone      as it is              remove the image
    deleted             gone      there, 30 days        copy the image to the trash, then remove it
    purged              gone      gone                  empty the trash, then remove the image

The preview in thumbs/ goes with the image. Then staging/<id> is read again, and settling starts anew if it says
something else by then. So the last one who touches anything has seen the last word, and however two of them
interleave, the gallery ends as staging/<id> says. Only then does the command answer (the tables "_AFTER_…").

Only two may bring a picture back: who restores it, and who took it away while another restored it. A restore that
storage carried out long after its time-out must not bring back what was deleted since.
"""

from collections.abc import Callable, Mapping

from common.http.problems import Problem
from upload.errors import AlreadyPublished, Cancelled, Deleted, NoSuchPicture, NothingThere, NotInTrash
from upload.lifecycle.plans import (
    Answer,
    Cell,
    Column,
    Command,
    Ending,
    IfImage,
    IfTrash,
    Plan,
    Raise,
    Rows,
    Settle,
    Settling,
    Step,
    Then,
    Write,
)
from upload.lifecycle.states import Situation, UploadState

NOTHING, UPLOAD, PUBLISHED, CANCELLED, REFUSED, DELETED, PURGED = UploadState


def plan_for(column: Column, seen: Situation) -> Plan:
    """The plan for what was seen. It asks ``seen`` only for what its cell depends on, in the order of the table."""
    cell = TABLE[column][seen.staging]
    while not isinstance(cell, Plan):
        is_there = seen.image if isinstance(cell, IfImage) else seen.trash
        cell = cell.there if is_there else cell.gone
    return cell


def lost_race(command: Command) -> Settle | Then:
    """How a command goes on when a condition fails: staging/<id> has changed since it was read.

    A publisher may have put its preview or the image into the gallery, so it settles. All others had touched nothing.
    """
    return Settle(Ending.PUBLISH) if command is Command.PUBLISH else Then.AGAIN


def _raise(problem: Callable[[], Problem], *steps: Step) -> Plan:
    return Plan(steps, Raise(problem))


def _settle(then: Ending, how: Settling = Settling.ANYONE) -> Plan:
    return Plan((), Settle(then, how))


def _write(state: UploadState, then: Ending, how: Settling = Settling.ANYONE) -> Plan:
    return Plan((Write(state),), Settle(then, how))


def _if_anywhere(there: Cell, gone: Cell) -> Cell:
    """Whether the picture is in images/ or in trash/."""
    return IfImage(there, IfTrash(there, gone))


# What a command does first.

_FINISH = (Step.ANNOUNCE_PUBLISHED, Step.FINISH_PREVIEW, Write(PUBLISHED))
_PICTURE = Plan((), Answer.PICTURE)

_PUBLISH: Rows = {
    NOTHING: IfImage(_PICTURE, IfTrash(_raise(Deleted), _raise(NothingThere, Step.CHECK_STILL))),
    UPLOAD: IfImage(
        Plan(_FINISH, Answer.PICTURE),
        IfTrash(_raise(Deleted), Plan((Step.VERIFY_AND_COMMIT, *_FINISH), Answer.PICTURE)),
    ),
    # The tombstone follows the commit: whoever reads it finds the picture, unless that was deleted since.
    PUBLISHED: IfImage(_PICTURE, _raise(Deleted)),
    CANCELLED: _settle(Ending.PUBLISH),
    REFUSED: _settle(Ending.PUBLISH),
    DELETED: _raise(Deleted),
    PURGED: _raise(Deleted),
}

_REFUSE: Rows = {
    **dict.fromkeys(UploadState, Plan((), Then.AGAIN)),
    UPLOAD: _write(REFUSED, Ending.REFUSE),
}

_CANCEL: Rows = {
    NOTHING: _if_anywhere(_raise(AlreadyPublished), _write(CANCELLED, Ending.CANCEL_UNSENT)),
    UPLOAD: _if_anywhere(_raise(AlreadyPublished), _write(CANCELLED, Ending.CANCEL)),
    PUBLISHED: _raise(AlreadyPublished),
    CANCELLED: _settle(Ending.CANCEL),
    REFUSED: _settle(Ending.CANCEL),
    DELETED: _raise(AlreadyPublished),
    PURGED: _raise(AlreadyPublished),
}

_NO_SUCH_PICTURE = _raise(NoSuchPicture, Step.CHECK_STILL)
_TO_DELETED = _write(DELETED, Ending.DELETE)
_DELETE: Rows = {
    NOTHING: _if_anywhere(_TO_DELETED, _NO_SUCH_PICTURE),
    UPLOAD: _if_anywhere(_TO_DELETED, _NO_SUCH_PICTURE),
    PUBLISHED: _TO_DELETED,
    CANCELLED: _raise(NoSuchPicture),
    REFUSED: _raise(NoSuchPicture),
    DELETED: _settle(Ending.DELETE),
    PURGED: _settle(Ending.DELETE),
}

_TO_PURGED = _write(PURGED, Ending.PURGE)
_PURGE: Rows = {
    NOTHING: _if_anywhere(_TO_PURGED, _NO_SUCH_PICTURE),
    UPLOAD: _if_anywhere(_TO_PURGED, _NO_SUCH_PICTURE),
    PUBLISHED: _TO_PURGED,
    CANCELLED: _raise(NoSuchPicture),
    REFUSED: _raise(NoSuchPicture),
    DELETED: _TO_PURGED,
    PURGED: _settle(Ending.PURGE),
}

_BACK = _write(PUBLISHED, Ending.RESTORE, Settling.MAY_BRING_BACK)
_STILL_THERE = Plan((Step.ANNOUNCE_DELETES,), Answer.PICTURE)
_NOT_IN_TRASH = _raise(NotInTrash, Step.CHECK_STILL)
_RESTORE: Rows = {
    NOTHING: IfImage(_STILL_THERE, IfTrash(_BACK, _NO_SUCH_PICTURE)),
    UPLOAD: IfImage(_STILL_THERE, IfTrash(_BACK, _NO_SUCH_PICTURE)),
    # Settled even so: whoever restored it may have died before the preview was back.
    PUBLISHED: IfImage(_settle(Ending.RESTORE, Settling.MAY_BRING_BACK), IfTrash(_BACK, _NOT_IN_TRASH)),
    CANCELLED: _raise(NoSuchPicture),
    REFUSED: _raise(NoSuchPicture),
    DELETED: _if_anywhere(_BACK, _NOT_IN_TRASH),
    PURGED: _raise(NotInTrash),
}

_MEND: Rows = {
    **dict.fromkeys((NOTHING, UPLOAD, PUBLISHED), Plan((), Answer.NOTHING_TO_MEND)),
    **dict.fromkeys(
        (CANCELLED, REFUSED, DELETED, PURGED), IfImage(_settle(Ending.MENDED), _settle(Ending.NOTHING_TO_MEND))
    ),
}

# How the places are made to follow staging/<id>.

_SETTLED = Plan((), Then.SETTLED)
_REMOVE = Plan((Step.REMOVE_IMAGE, Step.ANNOUNCE_DELETES), Then.LOOK)
_TAKE_OUT = IfImage(_REMOVE, Plan((Step.SHUT_OUT_SENT_PREVIEW, Step.REMOVE_PREVIEW), Then.SETTLED))

_ANYONE: Rows = {
    NOTHING: _SETTLED,
    UPLOAD: _SETTLED,
    PUBLISHED: IfImage(Plan((Step.REMOVE_DOUBLES,), Then.SETTLED), _SETTLED),
    CANCELLED: _TAKE_OUT,
    REFUSED: _TAKE_OUT,
    DELETED: IfImage(
        Plan((Step.MOVE_TO_TRASH, Step.ANNOUNCE_DELETES), Then.LOOK),
        Plan((Step.SETTLE_SENT_PREVIEW, Step.REMOVE_PREVIEW), Then.SETTLED),
    ),
    # The trash goes first, so that nothing comes back from there.
    PURGED: IfTrash(
        Plan((Step.EMPTY_TRASH,), Then.LOOK),
        IfImage(
            _REMOVE,
            Plan(
                (Step.SETTLE_SENT_PREVIEW, Step.REMOVE_TRASH_PREVIEW, Step.REMOVE_PREVIEW, Step.CHECK_TRASH),
                Then.SETTLED,
            ),
        ),
    ),
}

_MAY_BRING_BACK: Rows = {
    **_ANYONE,
    PUBLISHED: IfImage(
        Plan((Step.REMOVE_DOUBLES, Step.SETTLE_SENT_PREVIEW, Step.COPY_PREVIEW_BACK), Then.SETTLED),
        IfTrash(
            Plan(
                (
                    Step.SETTLE_SENT_PREVIEW,
                    Step.COPY_PREVIEW_BACK,
                    Step.COPY_BACK,
                    Step.ANNOUNCE_DELETES,
                    Step.FIND_IMAGE,
                ),
                Then.SETTLED,
            ),
            Plan((Step.SETTLE_SENT_PREVIEW,), Then.SETTLED),
        ),
    ),
}

# What is answered then. Another may have changed staging/<id> since this command wrote there, or a tombstone that it
# wrote over may have expired just then, and its own with it.

_AGAIN = Plan((), Then.AGAIN)
_TOLD_AGAIN = Plan((Step.ANNOUNCE_DELETES,), Then.AGAIN)
_TOLD = Plan((Step.ANNOUNCE_DELETES,), Answer.DONE)

_AFTER_PUBLISH: Rows = {
    NOTHING: _AGAIN,
    UPLOAD: _AGAIN,
    PUBLISHED: IfImage(_PICTURE, _raise(Deleted)),
    # Told once more: whoever took the picture out may have died before telling.
    CANCELLED: _raise(Cancelled, Step.ANNOUNCE_DELETES),
    REFUSED: Plan((Step.ANNOUNCE_DELETES,), Answer.REFUSED),
    DELETED: _raise(Deleted),
    PURGED: _raise(Deleted),
}
_AFTER_REFUSE: Rows = {**dict.fromkeys(UploadState, _AGAIN), REFUSED: Plan((), Answer.REFUSED)}
_AFTER_CANCEL: Rows = {
    **dict.fromkeys(UploadState, _AGAIN),
    # Told in any case: a publisher may have taken its commit back and died before telling.
    CANCELLED: _TOLD,
    REFUSED: _TOLD,
}
_AFTER_CANCEL_UNSENT: Rows = {
    **dict.fromkeys(UploadState, _AGAIN),
    CANCELLED: Plan((), Answer.DONE),
    REFUSED: Plan((), Answer.DONE),
}
_AFTER_DELETE: Rows = {
    **dict.fromkeys(UploadState, _TOLD),
    NOTHING: _TOLD_AGAIN,
    UPLOAD: _TOLD_AGAIN,
}
# A restore or a deletion that wrote over the tombstone would leave something, so that does not do.
_AFTER_PURGE: Rows = {**dict.fromkeys(UploadState, _TOLD_AGAIN), PURGED: _TOLD}
_AFTER_RESTORE: Rows = {
    **dict.fromkeys(UploadState, _TOLD_AGAIN),
    # Without the image: whoever deletes it has to put it back, or its time in the trash is over.
    PUBLISHED: IfImage(_STILL_THERE, _TOLD_AGAIN),
    DELETED: _raise(Deleted, Step.ANNOUNCE_DELETES),
    PURGED: _raise(Deleted, Step.ANNOUNCE_DELETES),
}

TABLE: Mapping[Column, Rows] = {
    Command.PUBLISH: _PUBLISH,
    Command.REFUSE: _REFUSE,
    Command.CANCEL: _CANCEL,
    Command.DELETE: _DELETE,
    Command.PURGE: _PURGE,
    Command.RESTORE: _RESTORE,
    Command.MEND: _MEND,
    Settling.ANYONE: _ANYONE,
    Settling.MAY_BRING_BACK: _MAY_BRING_BACK,
    Ending.PUBLISH: _AFTER_PUBLISH,
    Ending.REFUSE: _AFTER_REFUSE,
    Ending.CANCEL: _AFTER_CANCEL,
    Ending.CANCEL_UNSENT: _AFTER_CANCEL_UNSENT,
    Ending.DELETE: _AFTER_DELETE,
    Ending.PURGE: _AFTER_PURGE,
    Ending.RESTORE: _AFTER_RESTORE,
    Ending.MENDED: dict.fromkeys(UploadState, Plan((), Answer.MENDED)),
    Ending.NOTHING_TO_MEND: dict.fromkeys(UploadState, Plan((), Answer.NOTHING_TO_MEND)),
}
