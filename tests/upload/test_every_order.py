"""Publishing, cancelling, deleting and restoring in every order in which two can meet, with every fault between.

At the end each client has an answer, after repeating a request that got none. Then the picture is in exactly one state;
an order of whole actions explains the state and all answers; staging holds no bytes of settled uploads; the lists were
notified.
"""

from itertools import combinations_with_replacement

import pytest

from tests.support.one_picture import ACTS, ID, NOW, OTHERS, Said, explained, state_of, unanswered, worlds
from tests.support.orders import FAULTS, UNLIKE, Orders, World

WORLDS = worlds()
PAIRS = list(combinations_with_replacement(ACTS, 2))


def check(
    orders: Orders, where: str, world: World, sayings: list[tuple[str, str]], way: list[str], wrong_happened: bool
) -> None:
    """Let the clients without an answer ask again, then check the result."""
    start, _, unfinished = WORLDS[where]
    together: list[Said] = []
    asking = []
    for name, said in sayings:
        # The reconciler has no client; it simply runs again.
        lost = unanswered(said) or (name == "reconcile" and wrong_happened)
        together.append((name, None if lost or name == "reconcile" else said))
        asking += [name] if lost else []
    afterwards: list[Said] = []
    for name in (*asking, *unfinished):
        world, said = orders.alone(world, name)
        afterwards.append((name, said))
    story = f"\n{where}: {together}, then {afterwards}\n  " + "\n  ".join(way)
    try:
        state = state_of(world.bucket)
    except AssertionError as wrong:
        raise AssertionError(f"{wrong}{story}") from None
    assert explained(start, unfinished, together, afterwards, state), f"now it is {state}{story}"
    assert [said for _, said in (*sayings, *afterwards)].count("Created") <= 1, f"published twice{story}"
    assert not world.untold, f"the lists were not told of {set(world.untold)}{story}"


def everything(
    where: str, names: tuple[str, ...], *, faults: tuple[str, ...] = (), dying: bool = False, aws: bool = False
) -> int:
    """Check every outcome that can be reached from here; return how many there are."""
    orders = Orders({**ACTS, **OTHERS}, NOW, aws=aws)
    count = 0
    for world, sayings, way in orders.ends(WORLDS[where][1], names, faults=faults, dying=dying):
        check(orders, where, world, sayings, way, bool(faults or dying))
        count += 1
    return count


@pytest.mark.parametrize("aws", [False, True], ids=["embedded", "aws"])
@pytest.mark.parametrize("where", WORLDS)
@pytest.mark.parametrize("name", ACTS)
def test_one_alone_with_every_fault(name: str, where: str, aws: bool) -> None:
    """Each call fails before or after it was carried out, or is the last call of its process."""
    assert everything(where, (name,), faults=tuple(FAULTS), dying=True, aws=aws) > 1


# The places that most pictures pass; the long run covers the others.
USUAL = ("sent", "published", "deleted", "half deleted", "published, not settled")


@pytest.mark.parametrize(
    "where", [name if name in USUAL else pytest.param(name, marks=pytest.mark.long) for name in WORLDS]
)
@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_two_in_every_order(pair: tuple[str, str], where: str) -> None:
    everything(where, pair)


@pytest.mark.long
@pytest.mark.parametrize("where", USUAL)
@pytest.mark.parametrize("pair", PAIRS, ids=" and ".join)
def test_two_in_every_order_with_every_fault(pair: tuple[str, str], where: str) -> None:
    """One call of one of them fails, before or after it was carried out, or is the last call of its process."""
    everything(where, pair, faults=UNLIKE, dying=True)


@pytest.mark.parametrize("name", ACTS)
def test_a_put_that_arrives_at_any_moment(name: str) -> None:
    """Before a cancel it is settled with it, after one it is refused: no cancelled picture comes back."""
    everything("nothing", ("send", name))


@pytest.mark.parametrize("where", ["nothing", "sent, its preview late"])
@pytest.mark.parametrize("name", ["complete", "reconcile", "cancel"])
def test_a_preview_that_arrives_at_any_moment(name: str, where: str) -> None:
    """It is published with its picture or not at all, and nothing of it stays in staging."""
    orders = Orders({**ACTS, **OTHERS}, NOW)
    seen = set()
    for world, sayings, way in orders.ends(WORLDS[where][1], ("send preview", name)):
        try:
            seen.add((state_of(world.bucket), f"thumbs/{ID}" in world.bucket, sayings[0][1]))
        except AssertionError as wrong:
            raise AssertionError(f"{wrong}\n" + "\n".join(way)) from None
    if where == "nothing":
        assert {state for state, _, _ in seen} == {"cancelled" if name == "cancel" else "nothing"}
    elif name == "cancel":
        assert {(state, shown) for state, shown, _ in seen} == {("cancelled", False)}
    else:
        assert seen == {("published", True, "Sent"), ("published", False, "TooLate")}


@pytest.mark.parametrize("what", ["swap", "swap preview"])
@pytest.mark.parametrize("name", ["complete", "reconcile"])
def test_bytes_that_are_exchanged_are_never_published(name: str, what: str) -> None:
    """Between any two calls: the inspected bytes are published, or the new bytes are inspected and refused."""
    orders = Orders({**ACTS, **OTHERS}, NOW)
    seen = set()
    for world, sayings, way in orders.ends(WORLDS["sent"][1], (what, name)):
        for who, said in sayings:
            if who == name and (unanswered(said) or name == "reconcile"):
                world, _ = orders.alone(world, name)  # noqa: PLW2901
        try:
            seen.add((state_of(world.bucket), f"thumbs/{ID}" in world.bucket))
        except AssertionError as wrong:
            raise AssertionError(f"{wrong}\n{sayings}\n" + "\n".join(way)) from None
        assert not [
            key for key, held in world.bucket.items() if held.body == b"<html>" and not key.startswith("staging/")
        ]
    otherwise = {("refused", False)} if what == "swap" else {("published", False)}
    if (name, what) == ("reconcile", "swap"):
        otherwise.add(("sent", False))  # a new arrival is left to its sender
    assert seen == {("published", True)} | otherwise
