"""The microcache: one request a second to the catalog, and the last known list when the catalog is gone."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.fake_server import Answer, FakeServer, Request
from tests.support.nginx import Gateway, Reply

# nginx counts whole seconds: an answer cached for "1s" lives for one to two.
PAST_ITS_TIME = 2.1


def counting(*, seconds: float = 0, **headers: str) -> Callable[[Request], Answer]:
    """Return an answer with the number of answers before it."""
    lock, given = threading.Lock(), Counter[str]()

    def answer(request: Request) -> Answer:
        with lock:
            given["all"] += 1
            number = given["all"]
        time.sleep(seconds)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        body = json.dumps({"number": number, "padding": "x" * 2000}).encode()
        return Answer(headers={"Content-Type": "application/json", "ETag": f'"n{number}"', **names}, body=body)

    return answer


def number(reply: Reply) -> int:
    assert reply.status == 200
    found: int = reply.json()["number"]
    return found


@pytest.fixture
def gateway(fresh_gateway: Gateway) -> Gateway:
    """A fresh gateway: it would remember the requests of earlier tests."""
    return fresh_gateway


@pytest.fixture
def catalog(fakes: dict[str, FakeServer]) -> FakeServer:
    """A fake catalog whose answers are numbered and make browsers revalidate each time."""
    fakes["catalog"].answer = counting(Cache_Control="private, no-cache", Age="3", X_As_Of="2026-01-01T00:00:00Z")
    return fakes["catalog"]


@pytest.mark.parametrize("path", ["/api/images", "/api/images?limit=5", "/api/timeline"])
def test_a_second_visitor_gets_the_first_one_s_list(gateway: Gateway, catalog: FakeServer, path: str) -> None:
    """The catalog gets one request within a second; its cache headers for browsers arrive."""
    replies = [gateway.ask(path) for _ in range(3)]
    assert [number(reply) for reply in replies] == [1, 1, 1]
    assert [reply.headers["X-Cache"] for reply in replies] == ["MISS", "HIT", "HIT"]
    assert {reply.headers["Cache-Control"] for reply in replies} == {"private, no-cache"}
    assert {reply.headers["Age"] for reply in replies} == {"3"}
    assert len({reply.headers["X-Request-ID"] for reply in replies}) == 3


def test_a_list_lives_for_two_seconds_at_most(gateway: Gateway, catalog: FakeServer) -> None:
    """Also when several clients ask together after a quiet time: none of them gets the old list."""
    assert number(gateway.ask("/api/images")) == 1
    time.sleep(PAST_ITS_TIME)
    catalog.answer = counting(seconds=0.3, marker="new")
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: gateway.ask("/api/images"), range(8)))
    assert {reply.headers["marker"] for reply in replies} == {"new"}


def test_many_who_ask_for_a_new_list_cause_one_request(gateway: Gateway, catalog: FakeServer) -> None:
    """The lock: 40 requests at once, one reaches the catalog."""
    catalog.answer = counting(seconds=0.3)
    with ThreadPoolExecutor(40) as pool:
        replies = list(pool.map(lambda _: gateway.ask("/api/images?limit=7"), range(40)))
    assert {number(reply) for reply in replies} == {1}
    assert len(catalog.seen) == 1


def test_the_key_is_the_whole_address(gateway: Gateway, catalog: FakeServer) -> None:
    """Other parameters, another list."""
    addresses = ["/api/images", "/api/images?limit=1", "/api/images?limit=2", "/api/timeline"]
    assert [number(gateway.ask(address)) for address in addresses] == [1, 2, 3, 4]
    assert number(gateway.ask("/api/images", "HEAD") and gateway.ask("/api/images")) == 1


@pytest.mark.parametrize("wish", ["no-cache", "No-Cache", "no-store, no-cache", "max-age=0", "max-age=0, x"])
def test_who_says_no_cache_gets_a_new_list_and_all_others_see_it(
    gateway: Gateway, catalog: FakeServer, wish: str
) -> None:
    """After its own change the page sees it at once, and from then on everyone does."""
    assert number(gateway.ask("/api/images")) == 1
    time.sleep(0.05)
    fresh = gateway.ask("/api/images", headers={"Cache-Control": wish})
    assert (number(fresh), fresh.headers["X-Cache"]) == (2, "BYPASS")
    # nginx stores the answer just after it has sent the last byte
    deadline = time.monotonic() + 0.5
    while number(seen := gateway.ask("/api/images")) == 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert (number(seen), seen.headers["X-Cache"]) == (2, "HIT")
    assert catalog.seen[1].headers["Cache-Control"] == wish


@pytest.mark.parametrize("wish", ["max-age=600", "no-transform", "only-if-cached", "max-age=01", "x-no-cache"])
def test_other_wishes_do_not_reach_past_it(gateway: Gateway, catalog: FakeServer, wish: str) -> None:
    """Only `no-cache` gets a new answer."""
    gateway.ask("/api/images")
    assert number(gateway.ask("/api/images", headers={"Cache-Control": wish})) == 1


def test_what_is_asked_with_rights_is_neither_kept_nor_taken(gateway: Gateway, catalog: FakeServer) -> None:
    """An answer to a client with a token is for that client only."""
    rights = {"Authorization": "Bearer x"}
    assert number(gateway.ask("/api/images", headers=rights)) == 1
    assert number(gateway.ask("/api/images")) == 2
    assert number(gateway.ask("/api/images", headers=rights)) == 3
    assert number(gateway.ask("/api/images")) == 2


@pytest.mark.parametrize("failure", [500, 502, 503, 504, None], ids=str)
def test_the_last_known_list_outlives_the_catalog(gateway: Gateway, catalog: FakeServer, failure: int | None) -> None:
    """It is marked as stale, with its time; an Age that is no longer true is left out."""
    gateway.ask("/api/images")
    time.sleep(PAST_ITS_TIME)
    if failure is None:
        catalog.stop()
    else:
        catalog.answer = lambda request: Answer(failure, body=b"{}")
    reply = gateway.ask("/api/images")
    assert (number(reply), reply.headers["X-Cache"]) == (1, "STALE")
    assert reply.headers["X-As-Of"] == "2026-01-01T00:00:00Z"
    assert "Age" not in reply.headers


def test_a_wish_for_a_new_list_is_never_met_with_an_old_one(gateway: Gateway, catalog: FakeServer) -> None:
    """It gets the error instead, and may then ask without `no-cache`."""
    gateway.ask("/api/images")
    catalog.stop()
    assert gateway.ask("/api/images", headers={"Cache-Control": "no-cache"}).status == 503
    assert number(gateway.ask("/api/images")) == 1


@pytest.mark.parametrize("status", [304, 400, 404, 429, 500, 503])
def test_only_lists_are_kept(gateway: Gateway, catalog: FakeServer, status: int) -> None:
    """A short error must not last for a second."""
    catalog.answer = lambda request: Answer(status, body=b"{}")
    gateway.ask("/api/images?limit=0")
    gateway.ask("/api/images?limit=0")
    assert len(catalog.seen) == 2


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_browser_that_has_the_list_gets_304(gateway: Gateway, catalog: FakeServer, encoding: str) -> None:
    """On a hit, a miss and a renewal, also with the weak ETag that compression makes."""
    headers = {"Accept-Encoding": encoding}
    first = gateway.ask("/api/images", headers=headers)
    etag = first.headers["ETag"]
    assert etag == ('W/"n1"' if encoding == "gzip" else '"n1"')
    again = gateway.ask("/api/images", headers={**headers, "If-None-Match": etag})
    assert (again.status, again.body, again.headers["X-Cache"]) == (304, b"", "HIT")
    assert again.headers["ETag"]
    catalog.answer = lambda request: Answer(headers={"ETag": '"n1"'})
    renewed = gateway.ask("/api/images", headers={**headers, "If-None-Match": etag, "Cache-Control": "no-cache"})
    assert (renewed.status, renewed.headers["X-Cache"]) == (304, "BYPASS")
    assert "If-None-Match" not in catalog.seen[-1].headers
    other = gateway.ask("/api/images", headers={**headers, "If-None-Match": '"other"'})
    assert other.status == 200


def test_compression_is_the_gateway_s_and_per_client(gateway: Gateway, catalog: FakeServer) -> None:
    """The gateway requests plain bytes from the catalog, so one cached answer serves both kinds of client."""
    packed = gateway.ask("/api/images", headers={"Accept-Encoding": "gzip"})
    plain = gateway.ask("/api/images")
    assert (packed.headers["Content-Encoding"], packed.headers["Vary"]) == ("gzip", "Accept-Encoding")
    assert "Content-Encoding" not in plain.headers
    assert number(plain) == 1
    assert "Accept-Encoding" not in catalog.seen[0].headers


def test_single_images_and_signed_addresses_are_never_kept(gateway: Gateway, fakes: dict[str, FakeServer]) -> None:
    """They end with the picture or when they expire."""
    for path, service in (
        ("/api/images/x", "catalog"),
        ("/api/images/x/download", "download"),
        ("/api/s/x", "download"),
    ):
        before = len(fakes[service].seen)
        assert [gateway.ask(path).headers["X-Cache"] for _ in range(2)] == [None, None]
        assert len(fakes[service].seen) == before + 2
