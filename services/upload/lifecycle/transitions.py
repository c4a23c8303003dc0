"""Defines what each command does, as tables by the state at staging/<id>, images/ and trash/.

Pure but for ``seen``, which may read storage when it is asked.

A command reads staging/<id> first. It lists images/ and trash/ only where they make a difference:

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

A capitalised word is the problem that is raised. "→ deleted" overwrites the object that was read with that tombstone,
and then settles. "commit" verifies the file and copies it to images/, where everyone can see it. A file that may not be
published becomes "→ refused". "finish" invalidates the cached lists, then writes the tombstone "published". If a
publisher died between commit and tombstone, the next command finishes its work. The reconciler's own command, mend,
settles pictures that are cancelled, refused, deleted or purged.

Settling brings images/ and trash/ in line with staging/<id>. Anyone may do it at any time; it is idempotent:

    staging/<id>        images/   trash/                how
    ──────────────────  ────────  ────────────────────  ───────────────────────────────────────────────────────
    nothing, upload     as it is  as it is
    published           there     what a deletion left  remove a second key; copy back what may be brought back
    cancelled, refused  gone      as it is              remove the image
    deleted             gone      there, 30 days        copy the image to the trash, then remove it
    purged              gone      gone                  empty the trash, then remove the image

The preview in thumbs/ is removed with the image. Then staging/<id> is read again, and settling starts anew if the state
has changed. So whoever acts last has seen the final state, and in every interleaving of two commands the gallery ends
in line with staging/<id>. Only then does the command answer (the tables "_AFTER_…").

Only two commands may bring a picture back from the trash: a restore, and a removal that was overtaken by a restore.
Others may not, because storage may carry out the write of a restore long after its time-out, when the picture has been
deleted again.
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
    """Return the plan for the situation. Reads from ``seen`` only what the cell needs, in the order of the table."""
    cell = TABLE[column][seen.staging]
    while not isinstance(cell, Plan):
        is_there = seen.image if isinstance(cell, IfImage) else seen.trash
        cell = cell.there if is_there else cell.gone
    return cell


def lost_race(command: Command) -> Settle | Then:
    """What follows when a condition fails, because staging/<id> has changed since it was read.

    A publisher may have copied the preview or the image into the gallery, so it settles. Others have changed nothing.
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


# The first plan of each command.

_FINISH = (Step.ANNOUNCE_PUBLISHED, Step.FINISH_PREVIEW, Write(PUBLISHED))
_PICTURE = Plan((), Answer.PICTURE)

_PUBLISH: Rows = {
    NOTHING: IfImage(_PICTURE, IfTrash(_raise(Deleted), _raise(NothingThere, Step.CHECK_STILL))),
    UPLOAD: IfImage(
        Plan(_FINISH, Answer.PICTURE),
        IfTrash(_raise(Deleted), Plan((Step.VERIFY_AND_COMMIT, *_FINISH), Answer.PICTURE)),
    ),
    # The tombstone is written after the commit, so the picture is there, unless it has been deleted since.
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
    # Settle even though the image is there: an earlier restore may have died before it copied the preview.
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

# Settling: one round.

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
    # Empty the trash first, so that nothing can be restored from it.
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

# The answer after settling. Another command may have changed staging/<id> since this one wrote its tombstone. Or the
# tombstone that it overwrote was just expiring, and that expiry removed the new tombstone.

_AGAIN = Plan((), Then.AGAIN)
_TOLD_AGAIN = Plan((Step.ANNOUNCE_DELETES,), Then.AGAIN)
_TOLD = Plan((Step.ANNOUNCE_DELETES,), Answer.DONE)

_AFTER_PUBLISH: Rows = {
    NOTHING: _AGAIN,
    UPLOAD: _AGAIN,
    PUBLISHED: IfImage(_PICTURE, _raise(Deleted)),
    # Invalidate again: the command that removed the picture may have died before it did so.
    CANCELLED: _raise(Cancelled, Step.ANNOUNCE_DELETES),
    REFUSED: Plan((Step.ANNOUNCE_DELETES,), Answer.REFUSED),
    DELETED: _raise(Deleted),
    PURGED: _raise(Deleted),
}
_AFTER_REFUSE: Rows = {**dict.fromkeys(UploadState, _AGAIN), REFUSED: Plan((), Answer.REFUSED)}
_AFTER_CANCEL: Rows = {
    **dict.fromkeys(UploadState, _AGAIN),
    # Always invalidate: a publisher may have undone its commit and died before it did so.
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
# Start again unless the state is still "purged": a restore or a deletion would leave objects behind.
_AFTER_PURGE: Rows = {**dict.fromkeys(UploadState, _TOLD_AGAIN), PURGED: _TOLD}
_AFTER_RESTORE: Rows = {
    **dict.fromkeys(UploadState, _TOLD_AGAIN),
    # If the image is missing, a racing deletion will put it back, or the copy in the trash has expired: start again.
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
