"""Carries out commands on pictures: reads their state, takes a plan from the table, runs its steps, and reads again.

transitions.py defines each command. Anyone may repeat a command, or run others at the same time. staging/<id> is only
written over what was read, and is read again afterwards. Two tombstones have the same ETag, so a condition cannot tell
them apart; the second reading does. When a condition fails, the command reads the state again and starts anew.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from common.cache.generations import ListInvalidator
from common.domain.keys import ImageKey, id_time_ms, parse_image_key
from common.domain.tokens import Claims
from common.s3.errors import ObjectNotFound, PreconditionFailed, StorageUnavailable
from common.s3.objects import Storage
from upload.errors import Refused
from upload.lifecycle.places import Places
from upload.lifecycle.plans import Answer, Command, Next, Plan, Raise, Settle, Settling, Step, Write
from upload.lifecycle.states import UploadState
from upload.lifecycle.transitions import lost_race, plan_for
from upload.lifecycle.verify import RejectedUpload, verify

log = logging.getLogger(__name__)

T = TypeVar("T")

OLD_ID_SECONDS = 50 * 60
"""A picture that is published this long after its id was made appears on a page that the list caches as settled."""

TRIES = 4
"""How often a command may start. It starts again only after another command's progress, so few tries suffice."""
ROUNDS = 10
"""How many rounds settling may take. Without a race it takes two rounds, and three for a purge."""


@dataclass(frozen=True)
class Published:
    key: ImageKey
    size: int
    """In bytes."""
    created: bool
    """Whether this call published the picture."""


class Executor:
    """Publishes, cancels, deletes, purges and restores pictures, and invalidates the cached lists."""

    def __init__(self, storage: Storage, invalidator: ListInvalidator) -> None:
        self._storage = storage
        self._invalidator = invalidator

    def publish(self, image_id: str, claims: Claims | None) -> Published:
        """Verify the upload at staging/<id> (also against ``claims``, if there are any) and publish it.

        Raises NotArrived, Cancelled, Deleted, Expired, Refused, StorageUnavailable.
        """
        run = self._run(image_id, claims)
        run.command(Command.PUBLISH)
        return run.published()

    def cancel(self, image_id: str) -> None:
        """Cancel the upload, so that it can never be published. Raises AlreadyPublished, StorageUnavailable."""
        self._run(image_id).command(Command.CANCEL)

    def delete(self, image_id: str) -> None:
        """Move the picture to the trash. Raises NoSuchPicture, StorageUnavailable."""
        self._run(image_id).command(Command.DELETE)

    def purge(self, image_id: str) -> None:
        """Remove the picture from gallery and trash, at once and for good. Raises NoSuchPicture, StorageUnavailable."""
        self._run(image_id).command(Command.PURGE)

    def restore(self, image_id: str) -> Published:
        """Bring the picture back from the trash. A picture in the gallery stays there.

        Raises NoSuchPicture, NotInTrash, Deleted, StorageUnavailable.
        """
        run = self._run(image_id)
        run.command(Command.RESTORE)
        return run.published()

    def repair(self, image_id: str) -> bool:
        """Remove the picture from the gallery if it was cancelled, refused or deleted. Return whether it was there.

        It can be there because a process died half-way, or because storage carried out a copy late.
        Raises StorageUnavailable.
        """
        return self._run(image_id).command(Command.REPAIR) is Answer.REPAIRED

    def _run(self, image_id: str, claims: Claims | None = None) -> "_Run":
        return _Run(Places(self._storage, image_id), self._invalidator, claims)


class _Run:
    """One command on one picture."""

    def __init__(self, places: Places, invalidator: ListInvalidator, claims: Claims | None) -> None:
        self._places = places
        self._invalidator = invalidator
        self._claims = claims
        self._refusal_reason = ""
        self._created = False

    def command(self, command: Command) -> Answer:
        """Carry out a command. Raises the problem that the table names, or StorageUnavailable."""
        for _ in range(TRIES):
            self._refusal_reason = ""
            self._places.forget_listings()
            end = self._carry_out_first_plan(command)
            if isinstance(end, Settle):
                end = self._settle(end)
            if isinstance(end, Answer):
                return end
        log.warning("a command found no end", extra={"image_id": self._places.image_id, "command": command.name})
        raise StorageUnavailable

    def published(self) -> Published:
        """Return the picture in the gallery, after a command that answered PICTURE."""
        entry = self._places.image_entry
        return Published(parse_image_key(entry.key), entry.size, self._created)

    def _carry_out_first_plan(self, command: Command) -> Answer | Settle | Next:
        try:
            return self._carry_out(plan_for(command, self._places))
        except RejectedUpload as rejection:
            self._refusal_reason = rejection.reason
            return self._carry_out_first_plan(Command.REFUSE)
        except (PreconditionFailed, ObjectNotFound):
            self._places.forget_all()
            return lost_race(command)

    def _settle(self, settle: Settle) -> Answer | Settle | Next:
        """Bring images/ and trash/ in line with staging/<id>, until its state is unchanged afterwards. Then answer."""
        how = settle.how
        for _ in range(ROUNDS):
            self._places.forget_listings()
            state = self._places.staging
            plan = plan_for(how, self._places)
            try:
                end = self._carry_out(plan)
            except (PreconditionFailed, ObjectNotFound):
                continue
            if end is Next.ANOTHER_ROUND:
                continue
            if not plan.steps or not self._places.state_changed_on_reread():
                return self._carry_out(plan_for(settle.then, self._places))
            if state in (UploadState.DELETED, UploadState.PURGED):
                how = Settling.ALLOW_RESTORE
        log.warning("settling found no end", extra={"image_id": self._places.image_id, "state": state.value})
        raise StorageUnavailable

    def _carry_out(self, plan: Plan) -> Answer | Settle | Next:
        for step in plan.steps:
            self._execute(step)
        if isinstance(plan.end, Raise):
            raise plan.end.problem()
        if plan.end is Answer.REFUSED:
            raise Refused(self._refusal_reason or self._places.reason)
        return plan.end

    def _execute(self, step: Step | Write) -> None:
        places = self._places
        match step:
            case Write(UploadState.REFUSED):
                places.write(UploadState.REFUSED, self._refusal_reason)
                log.info("refused", extra={"image_id": places.image_id, "reason": self._refusal_reason})
            case Write(state):
                places.write(state)
            case Step.VERIFY_AND_COMMIT:
                self._verify_and_commit()
            case Step.ANNOUNCE_PUBLISHED:
                self._invalidator.invalidate(deletes=self._is_late())
            case Step.ANNOUNCE_DELETES:
                self._invalidator.invalidate(deletes=True)
            case Step.REMOVE_SECOND_KEY:
                if self._remove(places.remove_second_key):
                    self._invalidator.invalidate(deletes=True)
            case Step.MOVE_TO_TRASH:
                self._remove(places.move_to_trash)
            case Step.REMOVE_IMAGE:
                self._remove(places.remove_image)
            case _:
                _STEP_METHODS[step](places)

    def _verify_and_commit(self) -> None:
        verified = verify(self._places.upload, self._claims, self._places.read)
        has_preview = verified.details.has_preview and self._places.publish_preview(verified.info)
        self._places.commit(verified.key(self._places.image_id, has_preview), verified.info.media_type)
        self._created = True

    def _is_late(self) -> bool:
        begun = id_time_ms(self._places.image_id) / 1000
        return self._places.upload.date.timestamp() - begun > OLD_ID_SECONDS

    def _remove(self, remove: Callable[[], T]) -> T:
        try:
            return remove()
        except StorageUnavailable:
            self._invalidator.invalidate(deletes=True)  # the image may have been removed
            raise


_STEP_METHODS: Mapping[Step, Callable[[Places], None]] = {
    Step.CHECK_STATE_UNCHANGED: Places.check_state_unchanged,
    Step.DISCARD_SENT_PREVIEW_AFTER_COMMIT: Places.discard_sent_preview_after_commit,
    Step.REMOVE_PREVIEW: Places.remove_preview,
    Step.COPY_BACK: Places.copy_back,
    Step.LIST_IMAGES_AGAIN: Places.list_images_again,
    Step.COPY_PREVIEW_BACK: Places.copy_preview_back,
    Step.EMPTY_TRASH: Places.empty_trash,
    Step.CHECK_TRASH_IS_EMPTY: Places.check_trash_is_empty,
    Step.REMOVE_TRASH_PREVIEW: Places.remove_trash_preview,
    Step.DISCARD_SENT_PREVIEW: Places.discard_sent_preview,
    Step.DISCARD_AND_BLOCK_SENT_PREVIEW: Places.discard_and_block_sent_preview,
}
