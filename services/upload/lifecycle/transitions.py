"""Defines what each command does, as tables by the state at staging/<id>, images/ and trash/.

Pure but for ``seen``, which may read storage when it is asked.

A command reads staging/<id> first. It lists images/ and trash/ only where they make a difference:

    staging/<id>, seen     publish            cancel            delete         purge          restore
    ─────────────────────  ─────────────────  ────────────────  ─────────────  ─────────────  ─────────────
    nothing, image         the picture        AlreadyPublished  → deleted      → purged       the picture
    nothing, trash only    Deleted            AlreadyPublished  → deleted      → purged       → published
    nothing, neither       NotArrived         → cancelled       NoSuchPicture  NoSuchPicture  NoSuchPicture
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
publisher died between commit and tombstone, the next command finishes its work. The reconciler's own command, repair,
settles pictures that are cancelled, refused, deleted or purged.

Settling brings images/ and trash/ in line with staging/<id>. Any process may settle at any time; it is idempotent:

    staging/<id>        images/   trash/                how
    ──────────────────  ────────  ────────────────────  ───────────────────────────────────────────────────────
    nothing, upload     as it is  as it is
    published           there     what a deletion left  remove a second key; copy back what may be brought back
    cancelled, refused  gone      as it is              remove the image
    deleted             gone      there, 30 days        copy the image to the trash, then remove it
    purged              gone      gone                  empty the trash, then remove the image

The preview in thumbs/ is removed with the image. Then staging/<id> is read again, and settling starts anew if the state
has changed. So the last actor has seen the final state, and in every interleaving of two commands the gallery ends
in line with staging/<id>. Only then does the command answer (the tables "_AFTER_…").

Only two commands may bring a picture back from the trash: a restore, and a removal that was overtaken by a restore.
Others may not, because storage may carry out the write of a restore long after its time-out, when the picture has been
deleted again.
"""

from collections.abc import Callable, Mapping

from common.http.problems import Problem
from upload.errors import AlreadyPublished, Cancelled, Deleted, NoSuchPicture, NotArrived, NotInTrash
from upload.lifecycle.plans import (
    AfterSettling,
    Answer,
    Cell,
    Column,
    Command,
    IfImage,
    IfTrash,
    Next,
    Plan,
    Raise,
    Rows,
    Settle,
    Settling,
    Step,
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


def lost_race(command: Command) -> Settle | Next:
    """What follows when a condition fails, because staging/<id> has changed since it was read.

    A publisher may have copied the preview or the image into the gallery, so it settles. Others have changed nothing.
    """
    return Settle(AfterSettling.PUBLISH) if command is Command.PUBLISH else Next.RESTART


def _raise(problem: Callable[[], Problem], *steps: Step) -> Plan:
    return Plan(steps, Raise(problem))


def _settle(then: AfterSettling, how: Settling = Settling.NO_RESTORE) -> Plan:
    return Plan((), Settle(then, how))


def _write(state: UploadState, then: AfterSettling, how: Settling = Settling.NO_RESTORE) -> Plan:
    return Plan((Write(state),), Settle(then, how))


def _if_anywhere(there: Cell, gone: Cell) -> Cell:
    """Whether the picture is in images/ or in trash/."""
    return IfImage(there, IfTrash(there, gone))


# The first plan of each command.

_FINISH = (Step.ANNOUNCE_PUBLISHED, Step.DISCARD_SENT_PREVIEW_AFTER_COMMIT, Write(PUBLISHED))
_PICTURE = Plan((), Answer.PICTURE)

_PUBLISH: Rows = {
    NOTHING: IfImage(_PICTURE, IfTrash(_raise(Deleted), _raise(NotArrived, Step.CHECK_STATE_UNCHANGED))),
    UPLOAD: IfImage(
        Plan(_FINISH, Answer.PICTURE),
        IfTrash(_raise(Deleted), Plan((Step.VERIFY_AND_COMMIT, *_FINISH), Answer.PICTURE)),
    ),
    # The tombstone is written after the commit, so the picture is there, unless it has been deleted since.
    PUBLISHED: IfImage(_PICTURE, _raise(Deleted)),
    CANCELLED: _settle(AfterSettling.PUBLISH),
    REFUSED: _settle(AfterSettling.PUBLISH),
    DELETED: _raise(Deleted),
    PURGED: _raise(Deleted),
}

_REFUSE: Rows = {
    **dict.fromkeys(UploadState, Plan((), Next.RESTART)),
    UPLOAD: _write(REFUSED, AfterSettling.REFUSE),
}

_CANCEL: Rows = {
    NOTHING: _if_anywhere(_raise(AlreadyPublished), _write(CANCELLED, AfterSettling.CANCEL_UNSENT)),
    UPLOAD: _if_anywhere(_raise(AlreadyPublished), _write(CANCELLED, AfterSettling.CANCEL)),
    PUBLISHED: _raise(AlreadyPublished),
    CANCELLED: _settle(AfterSettling.CANCEL),
    REFUSED: _settle(AfterSettling.CANCEL),
    DELETED: _raise(AlreadyPublished),
    PURGED: _raise(AlreadyPublished),
}

_NO_SUCH_PICTURE = _raise(NoSuchPicture, Step.CHECK_STATE_UNCHANGED)
_TO_DELETED = _write(DELETED, AfterSettling.DELETE)
_DELETE: Rows = {
    NOTHING: _if_anywhere(_TO_DELETED, _NO_SUCH_PICTURE),
    UPLOAD: _if_anywhere(_TO_DELETED, _NO_SUCH_PICTURE),
    PUBLISHED: _TO_DELETED,
    CANCELLED: _raise(NoSuchPicture),
    REFUSED: _raise(NoSuchPicture),
    DELETED: _settle(AfterSettling.DELETE),
    PURGED: _settle(AfterSettling.DELETE),
}

_TO_PURGED = _write(PURGED, AfterSettling.PURGE)
_PURGE: Rows = {
    NOTHING: _if_anywhere(_TO_PURGED, _NO_SUCH_PICTURE),
    UPLOAD: _if_anywhere(_TO_PURGED, _NO_SUCH_PICTURE),
    PUBLISHED: _TO_PURGED,
    CANCELLED: _raise(NoSuchPicture),
    REFUSED: _raise(NoSuchPicture),
    DELETED: _TO_PURGED,
    PURGED: _settle(AfterSettling.PURGE),
}

_TO_RESTORED = _write(PUBLISHED, AfterSettling.RESTORE, Settling.ALLOW_RESTORE)
_STILL_THERE = Plan((Step.ANNOUNCE_DELETES,), Answer.PICTURE)
_NOT_IN_TRASH = _raise(NotInTrash, Step.CHECK_STATE_UNCHANGED)
_RESTORE: Rows = {
    NOTHING: IfImage(_STILL_THERE, IfTrash(_TO_RESTORED, _NO_SUCH_PICTURE)),
    UPLOAD: IfImage(_STILL_THERE, IfTrash(_TO_RESTORED, _NO_SUCH_PICTURE)),
    # Settle even though the image is there: an earlier restore may have died before it copied the preview.
    PUBLISHED: IfImage(_settle(AfterSettling.RESTORE, Settling.ALLOW_RESTORE), IfTrash(_TO_RESTORED, _NOT_IN_TRASH)),
    CANCELLED: _raise(NoSuchPicture),
    REFUSED: _raise(NoSuchPicture),
    DELETED: _if_anywhere(_TO_RESTORED, _NOT_IN_TRASH),
    PURGED: _raise(NotInTrash),
}

_REPAIR: Rows = {
    **dict.fromkeys((NOTHING, UPLOAD, PUBLISHED), Plan((), Answer.NOTHING_TO_REPAIR)),
    **dict.fromkeys(
        (CANCELLED, REFUSED, DELETED, PURGED),
        IfImage(_settle(AfterSettling.REPAIRED), _settle(AfterSettling.NOTHING_TO_REPAIR)),
    ),
}

# Settling: one round.

_SETTLED = Plan((), Next.SETTLED)
_REMOVE = Plan((Step.REMOVE_IMAGE, Step.ANNOUNCE_DELETES), Next.ANOTHER_ROUND)
_REMOVE_FROM_GALLERY = IfImage(_REMOVE, Plan((Step.DISCARD_AND_BLOCK_SENT_PREVIEW, Step.REMOVE_PREVIEW), Next.SETTLED))

_SETTLE_NO_RESTORE: Rows = {
    NOTHING: _SETTLED,
    UPLOAD: _SETTLED,
    PUBLISHED: IfImage(Plan((Step.REMOVE_SECOND_KEY,), Next.SETTLED), _SETTLED),
    CANCELLED: _REMOVE_FROM_GALLERY,
    REFUSED: _REMOVE_FROM_GALLERY,
    DELETED: IfImage(
        Plan((Step.MOVE_TO_TRASH, Step.ANNOUNCE_DELETES), Next.ANOTHER_ROUND),
        Plan((Step.DISCARD_SENT_PREVIEW, Step.REMOVE_PREVIEW), Next.SETTLED),
    ),
    # Empty the trash first, so that nothing can be restored from it.
    PURGED: IfTrash(
        Plan((Step.EMPTY_TRASH,), Next.ANOTHER_ROUND),
        IfImage(
            _REMOVE,
            Plan(
                (Step.DISCARD_SENT_PREVIEW, Step.REMOVE_TRASH_PREVIEW, Step.REMOVE_PREVIEW, Step.CHECK_TRASH_IS_EMPTY),
                Next.SETTLED,
            ),
        ),
    ),
}

_SETTLE_ALLOW_RESTORE: Rows = {
    **_SETTLE_NO_RESTORE,
    PUBLISHED: IfImage(
        Plan((Step.REMOVE_SECOND_KEY, Step.DISCARD_SENT_PREVIEW, Step.COPY_PREVIEW_BACK), Next.SETTLED),
        IfTrash(
            Plan(
                (
                    Step.DISCARD_SENT_PREVIEW,
                    Step.COPY_PREVIEW_BACK,
                    Step.COPY_BACK,
                    Step.ANNOUNCE_DELETES,
                    Step.LIST_IMAGES_AGAIN,
                ),
                Next.SETTLED,
            ),
            Plan((Step.DISCARD_SENT_PREVIEW,), Next.SETTLED),
        ),
    ),
}

# The answer after settling. Another command may have changed staging/<id> since this one wrote its tombstone. Or the
# tombstone that it overwrote was just expiring, and that expiry removed the new tombstone.

_RESTART = Plan((), Next.RESTART)
_ANNOUNCE_AND_RESTART = Plan((Step.ANNOUNCE_DELETES,), Next.RESTART)
_ANNOUNCE_AND_ANSWER = Plan((Step.ANNOUNCE_DELETES,), Answer.DONE)

_AFTER_PUBLISH: Rows = {
    NOTHING: _RESTART,
    UPLOAD: _RESTART,
    PUBLISHED: IfImage(_PICTURE, _raise(Deleted)),
    # Invalidate again: the command that removed the picture may have died before it did so.
    CANCELLED: _raise(Cancelled, Step.ANNOUNCE_DELETES),
    REFUSED: Plan((Step.ANNOUNCE_DELETES,), Answer.REFUSED),
    DELETED: _raise(Deleted),
    PURGED: _raise(Deleted),
}
_AFTER_REFUSE: Rows = {**dict.fromkeys(UploadState, _RESTART), REFUSED: Plan((), Answer.REFUSED)}
_AFTER_CANCEL: Rows = {
    **dict.fromkeys(UploadState, _RESTART),
    # Always invalidate: a publisher may have undone its commit and died before it did so.
    CANCELLED: _ANNOUNCE_AND_ANSWER,
    REFUSED: _ANNOUNCE_AND_ANSWER,
}
_AFTER_CANCEL_UNSENT: Rows = {
    **dict.fromkeys(UploadState, _RESTART),
    CANCELLED: Plan((), Answer.DONE),
    REFUSED: Plan((), Answer.DONE),
}
_AFTER_DELETE: Rows = {
    **dict.fromkeys(UploadState, _ANNOUNCE_AND_ANSWER),
    NOTHING: _ANNOUNCE_AND_RESTART,
    UPLOAD: _ANNOUNCE_AND_RESTART,
}
# Start again unless the state is still "purged": a restore or a deletion would leave objects behind.
_AFTER_PURGE: Rows = {**dict.fromkeys(UploadState, _ANNOUNCE_AND_RESTART), PURGED: _ANNOUNCE_AND_ANSWER}
_AFTER_RESTORE: Rows = {
    **dict.fromkeys(UploadState, _ANNOUNCE_AND_RESTART),
    # If the image is missing, a racing deletion will put it back, or the copy in the trash has expired: start again.
    PUBLISHED: IfImage(_STILL_THERE, _ANNOUNCE_AND_RESTART),
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
    Command.REPAIR: _REPAIR,
    Settling.NO_RESTORE: _SETTLE_NO_RESTORE,
    Settling.ALLOW_RESTORE: _SETTLE_ALLOW_RESTORE,
    AfterSettling.PUBLISH: _AFTER_PUBLISH,
    AfterSettling.REFUSE: _AFTER_REFUSE,
    AfterSettling.CANCEL: _AFTER_CANCEL,
    AfterSettling.CANCEL_UNSENT: _AFTER_CANCEL_UNSENT,
    AfterSettling.DELETE: _AFTER_DELETE,
    AfterSettling.PURGE: _AFTER_PURGE,
    AfterSettling.RESTORE: _AFTER_RESTORE,
    AfterSettling.REPAIRED: dict.fromkeys(UploadState, Plan((), Answer.REPAIRED)),
    AfterSettling.NOTHING_TO_REPAIR: dict.fromkeys(UploadState, Plan((), Answer.NOTHING_TO_REPAIR)),
}
