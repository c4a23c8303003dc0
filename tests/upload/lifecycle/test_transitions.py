"""The table of the state machine: each cell has a plan, and the drawing above the table matches it."""

import re
from itertools import product
from typing import NamedTuple

import pytest

from upload.lifecycle import transitions
from upload.lifecycle.plans import (
    AfterSettling,
    Answer,
    Column,
    Command,
    Next,
    Plan,
    Raise,
    Settle,
    Settling,
    Step,
    Write,
)
from upload.lifecycle.states import UploadState
from upload.lifecycle.transitions import lost_race, plan_for

COLUMNS: list[Column] = [*Command, *Settling, *AfterSettling]


class Seen(NamedTuple):
    """An object with a given observed state, and nothing else."""

    staging: UploadState
    image: bool
    trash: bool


class Unseen:
    """A situation in which staging/<id> decides alone; any further look fails."""

    def __init__(self, staging: UploadState, image: bool | None = None) -> None:
        self.staging = staging
        self._image = image

    @property
    def image(self) -> bool:
        """What images/ has, if the test allows a look."""
        assert self._image is not None, "it looks at images/"
        return self._image

    @property
    def trash(self) -> bool:
        """What the trash has; no test here allows a look."""
        raise AssertionError("it looks at trash/")


SITUATIONS = [Seen(*seen) for seen in product(UploadState, (False, True), (False, True))]
CELLS = list(product(COLUMNS, SITUATIONS))


def named(column: Column) -> str:
    return f"{type(column).__name__} {column.name}".lower()


@pytest.mark.parametrize("column", COLUMNS, ids=named)
def test_each_cell_has_a_plan_that_ends(column: Column) -> None:
    """A command answers, raises, settles or restarts; settling looks again or is done; an ending answers."""
    for seen in SITUATIONS:
        end = plan_for(column, seen).end
        if isinstance(column, Settling):
            assert end in (Next.ANOTHER_ROUND, Next.SETTLED), seen
        elif not isinstance(end, Raise | Answer):
            assert end is Next.RESTART or (isinstance(end, Settle) and isinstance(column, Command)), seen


@pytest.mark.parametrize("column", COLUMNS, ids=named)
def test_no_plan_needs_what_is_not_there(column: Column) -> None:
    """Every object that a plan copies, removes, finishes or returns was seen, or an earlier step put it there."""
    for seen in SITUATIONS:
        plan = plan_for(column, seen)
        image = seen.image
        for step in plan.steps:
            if step is Step.VERIFY_AND_COMMIT:
                assert seen == Seen(UploadState.UPLOAD, False, False)
                image = True
            if step in (
                Step.MOVE_TO_TRASH,
                Step.REMOVE_IMAGE,
                Step.REMOVE_SECOND_KEY,
                Step.DISCARD_SENT_PREVIEW_AFTER_COMMIT,
            ):
                assert image, seen
            if step in (Step.ANNOUNCE_PUBLISHED, Step.DISCARD_SENT_PREVIEW_AFTER_COMMIT):
                assert seen.staging is UploadState.UPLOAD
            if step in (Step.COPY_BACK, Step.EMPTY_TRASH):
                assert seen.trash, seen
        if plan.end is Answer.PICTURE:
            assert image, seen
        if plan.end is Answer.REFUSED:
            assert seen.staging is UploadState.REFUSED


def test_only_who_may_brings_a_picture_back() -> None:
    """And only where staging/<id> says that it is published."""
    for column, seen in CELLS:
        if Step.COPY_BACK in plan_for(column, seen).steps:
            assert (column, seen) == (Settling.ALLOW_RESTORE, Seen(UploadState.PUBLISHED, False, True))
        end = plan_for(column, seen).end
        if isinstance(end, Settle):
            assert (end.how is Settling.ALLOW_RESTORE) is (column is Command.RESTORE)


@pytest.mark.parametrize("how", Settling)
@pytest.mark.parametrize("state", UploadState)
def test_settling_comes_to_an_end(state: UploadState, how: Settling) -> None:
    """Then the places match staging/<id>, wherever the picture was before."""
    for image, trash in product((False, True), (False, True)):
        seen = Seen(state, image, trash)
        for _ in range(4):
            plan = plan_for(how, seen)
            if Step.MOVE_TO_TRASH in plan.steps:
                seen = Seen(state, False, True)
            if Step.REMOVE_IMAGE in plan.steps:
                seen = seen._replace(image=False)
            if Step.EMPTY_TRASH in plan.steps:
                seen = seen._replace(trash=False)
            if Step.COPY_BACK in plan.steps:
                seen = seen._replace(image=True)
            if plan.end is Next.SETTLED:
                break
        assert plan.end is Next.SETTLED
        if state in (UploadState.CANCELLED, UploadState.REFUSED, UploadState.DELETED, UploadState.PURGED):
            assert not seen.image
            assert Step.REMOVE_PREVIEW in plan.steps
        else:
            back = state is UploadState.PUBLISHED and how is Settling.ALLOW_RESTORE
            assert seen.image is (image or (back and trash))
        if state is UploadState.DELETED:
            assert seen.trash is (image or trash)
        else:
            assert seen.trash is (trash and state is not UploadState.PURGED)


def test_a_purge_looks_at_the_trash_last() -> None:
    """A deletion that began earlier may have filled the trash again after it was emptied."""
    for how in Settling:
        plan = plan_for(how, Seen(UploadState.PURGED, False, False))
        assert (plan.steps[-1], plan.end) == (Step.CHECK_TRASH_IS_EMPTY, Next.SETTLED)


def test_a_tombstone_is_written_only_over_another_state() -> None:
    """Otherwise the same publish, cancel or deletion would be announced as new each time. A restore says so again."""
    for column, seen in CELLS:
        for step in plan_for(column, seen).steps:
            if isinstance(step, Write) and column is not Command.RESTORE:
                assert step.state is not seen.staging, (column, seen)


@pytest.mark.parametrize(
    ("command", "state"),
    [
        (Command.PUBLISH, UploadState.DELETED),
        (Command.PUBLISH, UploadState.PURGED),
        (Command.CANCEL, UploadState.PUBLISHED),
        (Command.CANCEL, UploadState.DELETED),
        (Command.DELETE, UploadState.PUBLISHED),
        (Command.DELETE, UploadState.CANCELLED),
        (Command.PURGE, UploadState.DELETED),
        (Command.RESTORE, UploadState.PURGED),
        (Command.REPAIR, UploadState.PUBLISHED),
    ],
)
def test_nothing_is_looked_at_in_vain(command: Command, state: UploadState) -> None:
    """Each look is a call to storage."""
    plan_for(command, Unseen(state))


def test_a_published_picture_is_answered_without_the_trash() -> None:
    for state in (UploadState.NOTHING, UploadState.UPLOAD, UploadState.PUBLISHED):
        assert plan_for(Command.PUBLISH, Unseen(state, image=True)).end is Answer.PICTURE


def test_only_a_publisher_has_touched_something_when_it_loses_a_race() -> None:
    assert lost_race(Command.PUBLISH) == Settle(AfterSettling.PUBLISH)
    assert {lost_race(command) for command in Command if command is not Command.PUBLISH} == {Next.RESTART}


def _drawn(plan: Plan, seen: Seen) -> str:
    """The plan as text, as in the drawing."""
    if plan.steps[:1] == (Step.VERIFY_AND_COMMIT,):
        return "commit, finish"
    if plan.steps[:1] == (Step.ANNOUNCE_PUBLISHED,):
        return "finish"
    match plan:
        case Plan((Write(state),), Settle()):
            return f"→ {state}"
        case Plan(_, Raise(problem)):
            return str(problem.__name__)  # type: ignore[attr-defined]
        case Plan(_, Answer.PICTURE):
            return "the picture"
        case Plan(_, Answer.REFUSED):
            return "Refused"
        case Plan((), Settle(then)):
            answer = plan_for(then, seen)
            raises = isinstance(answer.end, Raise) or answer.end is Answer.REFUSED
            return f"settle, {_drawn(answer, seen)}" if raises else "settle"
    raise AssertionError(plan)


def test_the_drawing_is_the_table() -> None:
    """Every situation is in exactly one of its rows, with the plan of each command."""
    lines = (transitions.__doc__ or "").splitlines()
    start = next(number for number, line in enumerate(lines) if line.lstrip().startswith("staging/<id>, seen"))
    end = lines.index("", start)
    rows = [re.split(r"  +", line.strip()) for line in lines[start:end]]
    commands = [Command[name.upper()] for name in rows[0][1:]]
    assert commands == [command for command in Command if command not in (Command.REPAIR, Command.REFUSE)]
    places = {
        "image": [(True, False), (True, True)],
        "trash only": [(False, True)],
        "neither": [(False, False)],
        "somewhere": [(True, False), (True, True), (False, True)],
        "": [(False, False), (False, True), (True, False), (True, True)],
    }
    drawn = []
    for name, *cells in rows[2:]:
        state, _, where = name.partition(", ")
        for image, trash in places[where]:
            seen = Seen(UploadState(state), image, trash)
            assert cells == [_drawn(plan_for(command, seen), seen) for command in commands], seen
            drawn.append(seen)
    assert sorted(drawn) == sorted(SITUATIONS)
