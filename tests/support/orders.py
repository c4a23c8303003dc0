"""Tries every order of the storage calls of several actors, and every fault between them.

An actor is a function that uses a boto3 client, here the model of tests/support/s3_model.py. It is deterministic: run
again with its earlier answers, it reaches its next call. So no actor has to be paused. A state is the bucket and the
answers of each actor so far. Equal states are visited once, so all orders are a few thousand states instead of millions
of runs.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.exceptions import ConnectionClosedError, ReadTimeoutError

from tests.support.s3_model import Bucket, Refusal, as_boto3, step

Act = Callable[["Client"], str]
"""Runs an actor to its end and returns its result."""

GONE = "gone"
"""The result of an actor whose process ended."""


class _NextCall(BaseException):
    """An actor has used its recorded answers; this is its next call."""

    def __init__(self, call: str, arguments: dict[str, Any]) -> None:
        super().__init__()
        self.call = call
        self.arguments = arguments


class Client:
    """Replaces boto3's client: replays earlier answers, then stops at the first new call."""

    def __init__(self, answers: tuple[Any, ...]) -> None:
        self._answers = iter(answers)

    def __getattr__(self, call: str) -> Any:
        def ask(**arguments: Any) -> Any:
            answer = next(self._answers, None)
            if answer is None:
                raise _NextCall(call, arguments)
            if isinstance(answer, Exception):
                raise answer.with_traceback(None)  # it is raised many times
            return as_boto3(answer)

        return ask


class Actor(NamedTuple):
    """An actor: its progress, and its result once it has ended."""

    name: str
    past: int = 0
    """The numbers of its answers so far."""
    said: str | None = None


@dataclass(frozen=True)
class World:
    """The bucket, and the changes that the lists do not know yet."""

    bucket: Bucket
    untold: frozenset[str] = frozenset()


class State(NamedTuple):
    world: int
    actors: tuple[Actor, ...]
    faults: int = 0
    """How many may still happen."""


# Faults of a call: whether and how often it is carried out, and what its caller sees.
FAULTS: dict[str, tuple[int, Callable[[], Exception] | None]] = {
    "503": (0, lambda: Refusal(503, "SlowDown").error()),
    "timed out": (1, lambda: ReadTimeoutError(endpoint_url="http://s3")),
    "dropped before": (0, lambda: ConnectionClosedError(endpoint_url="http://s3")),
    "dropped after": (1, lambda: ConnectionClosedError(endpoint_url="http://s3")),
    "repeated by boto3": (2, None),
}
# One fault of each group that a program cannot tell apart, for use where time counts.
UNLIKE = ("503", "timed out", "repeated by boto3")


class Orders:
    """Visits all states of some actors. Worlds and histories have numbers, so states compare fast."""

    def __init__(self, acts: dict[str, Act], now: int, *, aws: bool = False) -> None:
        self._acts = acts
        self._now = now
        self._aws = aws
        self._worlds: list[World] = []
        self._world_numbers: dict[Any, int] = {}
        self._pasts: list[tuple[Any, ...]] = [()]
        self._past_numbers: dict[tuple[int, str], int] = {}
        self._next: dict[tuple[str, int], _NextCall | str] = {}
        self._stepped: dict[tuple[int, str, int, str], tuple[int, int]] = {}

    def ends(
        self, world: World, names: tuple[str, ...], *, faults: tuple[str, ...] = (), dying: bool = False
    ) -> Iterator[tuple[World, list[tuple[str, str]], list[str]]]:
        """Return every possible end: the world, each actor's result, and one path that leads there.

        At most one thing goes wrong: one of ``faults`` at any call or, with ``dying``, a process ends at that call.
        """
        start = State(self._number(world), tuple(Actor(name) for name in names), 1 if faults or dying else 0)
        came: dict[State, tuple[State, str] | None] = {start: None}
        open_, told = [start], set()
        while open_:
            state = open_.pop()
            ended = True
            for place, actor in enumerate(state.actors):
                if actor.said is None:
                    ended = False
                    for label, following in self._steps(state, place, faults, dying):
                        if following not in came:
                            came[following] = (state, f"{actor.name}: {label}")
                            open_.append(following)
            if ended:
                said = [(actor.name, actor.said or "") for actor in state.actors]
                if (end := (state.world, *said)) not in told:
                    told.add(end)
                    yield self._worlds[state.world], said, _way(came, state)

    def alone(self, world: World, name: str) -> tuple[World, str]:
        """Run one actor alone from start to end."""
        ((end, ((_, said),), _),) = self.ends(world, (name,))
        return end, said

    def _steps(self, state: State, place: int, faults: tuple[str, ...], dying: bool) -> Iterator[tuple[str, State]]:
        actor = state.actors[place]
        coming = self._coming(actor)
        if isinstance(coming, str):
            yield f"says {coming}", _with(state, place, actor._replace(said=coming))
            return
        label = f"{coming.call} {coming.arguments.get('Key') or coming.arguments.get('Prefix') or ''}"
        yield label, self._after(state, place, coming, "")
        if not state.faults:
            return
        spent = state._replace(faults=state.faults - 1)
        if dying:
            yield f"{label} - its process ends before", _with(spent, place, actor._replace(said=GONE))
        if coming.call == "invalidate":
            return
        for fault in faults:
            yield f"{label} - {fault}", self._after(spent, place, coming, fault)

    def _after(self, state: State, place: int, coming: _NextCall, fault: str) -> State:
        """Return the state after an actor's next call, with or without a fault."""
        actor = state.actors[place]
        key = (state.world, actor.name, actor.past, fault)
        if key not in self._stepped:
            times, error = FAULTS[fault] if fault else (1, None)
            world, answer = self._worlds[state.world], error() if error else None
            for _ in range(times):
                world, found = self._carry_out(world, coming)
                answer = answer if isinstance(answer, Exception) else found
            self._stepped[key] = self._number(world), self._past(actor.past, answer)
        world_number, past = self._stepped[key]
        return _with(state._replace(world=world_number), place, actor._replace(past=past))

    def _carry_out(self, world: World, coming: _NextCall) -> tuple[World, Any]:
        if coming.call == "invalidate":
            told = {"changes", "deletes"} if coming.arguments["deletes"] else {"changes"}
            return World(world.bucket, world.untold - told), {}
        after, found = step(world.bucket, coming.call, coming.arguments, self._now, aws=self._aws)
        untold = world.untold
        if _pictures(after) != _pictures(world.bucket):
            source = coming.arguments.get("CopySource", {}).get("Key", "")
            untold |= {"changes"} if source.startswith("staging/") else {"deletes"}
        return World(after, untold), found

    def _coming(self, actor: Actor) -> "_NextCall | str":
        """Return an actor's next call, or its result if it has ended."""
        known = self._next.get((actor.name, actor.past))
        if known is None:
            try:
                known = self._acts[actor.name](Client(self._pasts[actor.past]))
            except _NextCall as call:
                known = call
            self._next[actor.name, actor.past] = known
        return known

    def _number(self, world: World) -> int:
        content = (frozenset(world.bucket.items()), world.untold)
        number = self._world_numbers.setdefault(content, len(self._worlds))
        if number == len(self._worlds):
            self._worlds.append(world)
        return number

    def _past(self, before: int, answer: Any) -> int:
        number = self._past_numbers.setdefault((before, repr(answer)), len(self._pasts))
        if number == len(self._pasts):
            self._pasts.append((*self._pasts[before], answer))
        return number


def _pictures(bucket: Bucket) -> set[str]:
    return {key for key in bucket if key.startswith("images/")}


def _with(state: State, place: int, actor: Actor) -> State:
    return state._replace(actors=(*state.actors[:place], actor, *state.actors[place + 1 :]))


def _way(came: dict[State, tuple[State, str] | None], state: State) -> list[str]:
    way = []
    while step_ := came[state]:
        state, label = step_
        way.append(label)
    return way[::-1]
