"""One client address is granted a budget of bytes an hour, counted in Redis for all processes together."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.cache.generations import CHANGES, SCHEMA
from tests.support.cache import Cache
from tests.support.services import WITHOUT_STORE, bearer, describe, upload_environment
from tests.support.store import Store
from upload.app import create_app
from upload.budget.arithmetic import HOUR_US, SECOND_US, take
from upload.budget.ledger import LEASE_SHARE, TAKE
from upload.multipart.part_sizes import MULTIPART_FROM
from upload.settings import DEFAULT_BUDGET

FILE = 4_000_000
BUDGET = 5 * FILE
MINUTE_US = 60 * SECOND_US
ME = {"X-Client-Address": "192.0.2.7"}


def process(cache: Cache | None, **changes: str) -> FlaskClient:
    """One more process of the service, which shares nothing but Redis with others."""
    variables = {
        "REDIS_URL": cache.url if cache else "",
        "REDIS_TIMEOUT_MS": "500",  # so that a busy test machine does not make Redis look down
        "UPLOAD_BUDGET": str(BUDGET),
    }
    return create_app({**WITHOUT_STORE, **variables, **changes}).test_client()


def ask(client: FlaskClient, count: int = 1, size: int = FILE, headers: dict[str, str] | None = None) -> Any:
    """Ask for permission to upload some files of the same size."""
    files = [describe(b"x", size=size)] * count
    return client.post("/api/uploads", json={"files": files}, headers=headers or ME)


def granted(answer: Any) -> list[bool]:
    """For each file of the request, whether it may be sent."""
    return ["token" in one for one in answer.json["uploads"]]


def state(cache: Cache) -> dict[bytes, bytes]:
    """All budgets in Redis."""
    with redis.Redis.from_url(cache.url) as client:
        return {key: client.get(key) for key in client.keys(f"{SCHEMA}:budget:*")}


def begun(store: Store) -> list[str]:
    """The multipart uploads that are open."""
    listed = store.client("admin").list_multipart_uploads(Bucket=store.bucket, Prefix="staging/")
    return [one["UploadId"] for one in listed.get("Uploads", [])]


def calls(cache: Cache) -> int:
    """How many scripts Redis has run."""
    with redis.Redis.from_url(cache.url) as client:
        return int(client.info("commandstats").get("cmdstat_eval", {"calls": 0})["calls"])


def test_two_processes_share_one_budget_and_past_it_the_answer_is_429(cache: Cache) -> None:
    both = process(cache), process(cache)
    assert [ask(both[turn % 2]).status_code for turn in range(5)] == [201] * 5
    before = state(cache)
    for client in both:
        answer = ask(client)
        assert answer.status_code == 429
        assert answer.content_type == "application/problem+json"
        wait = int(answer.headers["Retry-After"])
        assert 715 <= wait <= 720, "a fifth of an hour, less what the test took"
        assert answer.json["retry_after"] == wait
        assert answer.json["title"] == "Too Many Requests"
        assert granted(answer) == [False]
    assert state(cache) == before, "a refusal changes nothing"


def test_retry_after_is_true(cache: Cache) -> None:
    """With a budget that brings a file back in two seconds."""
    budget = {"UPLOAD_BUDGET": str(1800 * FILE), "MAX_UPLOAD_BYTES": str(50 * FILE)}
    client, other = process(cache, **budget), process(cache, **budget)
    assert granted(ask(client, 36, 50 * FILE)) == [True] * 36
    refused = ask(client)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    time.sleep(int(refused.headers["Retry-After"]))  # time is what this test is about
    assert ask(other).status_code == 201


def test_in_one_request_the_files_that_fit_go_on_and_the_others_say_when(cache: Cache) -> None:
    client = process(cache)
    sizes = [2 * FILE, 4 * FILE, 2 * FILE, FILE, FILE]
    answer = client.post("/api/uploads", json={"files": [describe(b"x", size=size) for size in sizes]}, headers=ME)
    assert answer.status_code == 201
    assert granted(answer) == [True, False, True, True, False]
    first, second = answer.json["uploads"][1], answer.json["uploads"][4]
    assert (first["status"], first["retry_after"]) == (429, 4 * 720)
    assert (second["status"], second["retry_after"]) == (429, 5 * 720), "after the first one"


def test_a_bad_file_takes_nothing_from_the_budget(cache: Cache) -> None:
    client = process(cache)
    bad = [describe(b"x", size=FILE, content_type="text/html"), describe(b"x", size=0)]
    files = [*bad, *[describe(b"x", size=FILE)] * 5]
    answer = client.post("/api/uploads", json={"files": files}, headers=ME)
    assert granted(answer) == [False] * 2 + [True] * 5
    assert [one.get("status") for one in answer.json["uploads"]] == [415, 400] + [None] * 5


def test_a_file_larger_than_the_whole_budget_is_too_large_at_any_time(cache: Cache) -> None:
    """There is no time after which it would fit. The page learns the limit before it asks."""
    client = process(cache)
    answer = ask(client, size=BUDGET + 1)
    assert (answer.status_code, answer.json["limit"]) == (413, BUDGET)
    assert "Retry-After" not in answer.headers
    assert client.get("/api/config").json["max_upload_bytes"] == BUDGET
    assert ask(client, size=BUDGET).status_code == 201


def test_a_drop_of_two_thousand_photographs_passes(cache: Cache) -> None:
    both = [process(cache, UPLOAD_BUDGET=""), process(cache, UPLOAD_BUDGET="")]
    assert all(all(granted(ask(both[turn % 2], 20, 5_000_000))) for turn in range(100))


def test_what_was_granted_in_an_instant_is_bounded_by_default(cache: Cache) -> None:
    """Requests for 73 GiB in one go."""
    both = [process(cache, UPLOAD_BUDGET=""), process(cache, UPLOAD_BUDGET="")]
    size = 50 * 1024 * 1024
    answers = [ask(both[turn % 2], 100, size) for turn in range(15)]
    total = size * sum(sum(granted(answer)) for answer in answers)
    refilled = DEFAULT_BUDGET // 60  # a minute, for the slowest machine
    assert DEFAULT_BUDGET - size <= total <= DEFAULT_BUDGET + refilled
    assert answers[-1].status_code == 429


def test_each_address_has_its_own_and_an_ipv6_network_has_one(cache: Cache) -> None:
    client = process(cache)

    def status(address: str) -> int:
        return int(ask(client, 5, headers={"X-Client-Address": address}).status_code)

    assert [status(address) for address in ("192.0.2.7", "192.0.2.8", "2001:db8::1", "2001:db8:0:1::1")] == [201] * 4
    assert [status(address) for address in ("::ffff:192.0.2.7", "2001:db8::ffff:1:2:3")] == [429] * 2
    assert ask(client, 5, headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 201, "the peer's own"


def test_signing_again_is_not_counted_again(cache: Cache) -> None:
    client = process(cache)
    upload = ask(client).json["uploads"][0]
    before = state(cache)
    for _ in range(10):
        assert client.post(f"/api/uploads/{upload['id']}/sign", headers=bearer(upload["token"])).status_code == 200
    assert state(cache) == before
    assert granted(ask(client, 4)) == [True] * 4


def test_uppy_has_the_same_budget_and_a_refusal_begins_nothing(store: Store, cache: Cache) -> None:
    variables = {**upload_environment(store, cache), "UPLOAD_BUDGET": str(5 * FILE)}
    client = create_app(variables).test_client()
    wanted = {"filename": "x.jpg", "type": "image/jpeg", "metadata": {"size": 2 * FILE}}

    assert client.post("/s3/multipart", json=wanted, headers=ME).status_code == 200
    assert ask(client, size=3 * FILE).status_code == 201, "both ways count"
    before = begun(store)
    answer = client.post("/s3/multipart", json=wanted, headers=ME)
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert 1 <= int(answer.headers["Retry-After"]) <= 1440
    assert begun(store) == before


@pytest.mark.parametrize("with_redis", [True, False], ids=["counted in Redis", "counted alone"])
def test_each_multipart_upload_after_the_first_of_a_permission_counts(
    store: Store, cache: Cache, *, with_redis: bool
) -> None:
    """Otherwise one permission could store its file any number of times."""
    size = 4 * FILE + MULTIPART_FROM
    variables = {**upload_environment(store, cache if with_redis else None), "UPLOAD_BUDGET": str(2 * size)}
    client = create_app(variables).test_client()
    (upload,) = ask(client, size=size).json["uploads"]
    headers = {**bearer(upload["token"]), **ME}

    def begin(**more: str) -> Any:
        return client.post(f"/api/uploads/{upload['id']}/parts", json={"parts": [], **more}, headers=headers)

    first, second = begin(), begin()
    assert (first.status_code, second.status_code) == (200, 200), "the first one was counted with the permission"
    before = begun(store)
    answer = begin()
    assert (answer.status_code, answer.content_type) == (429, "application/problem+json")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3600
    assert begun(store) == before
    part = [{"part_number": 1, "sha256": describe(b"x")["sha256"]}]
    known = {"upload_id": first.json["upload_id"], "parts": part}
    signed = client.post(f"/api/uploads/{upload['id']}/parts", json=known, headers=headers)
    assert signed.status_code == 200, "an upload that was started goes on"


def test_small_files_need_few_calls_and_no_process_grants_more_for_it(cache: Cache) -> None:
    both = process(cache, UPLOAD_BUDGET=""), process(cache, UPLOAD_BUDGET="")
    before, began = calls(cache), time.monotonic()
    for turn in range(100):
        assert ask(both[turn % 2], size=8_000_000).status_code == 201
    assert calls(cache) - before <= 10
    # All that was granted is counted, and each process holds at most one lease more.
    (value,) = state(cache).values()
    used = (int(value) / SECOND_US - time.time()) / 3600 * DEFAULT_BUDGET
    refilled = (time.monotonic() - began + 1) / 3600 * DEFAULT_BUDGET
    assert 800_000_000 - refilled <= used <= 800_000_000 + 2 * DEFAULT_BUDGET // LEASE_SHARE


def test_every_budget_has_an_end_in_redis(cache: Cache) -> None:
    ask(process(cache), 3)
    with redis.Redis.from_url(cache.url) as client:
        (key,) = client.keys(f"{SCHEMA}:budget:*")
        assert 0 < client.pttl(key) <= 3 * 720 * 1000 + 1000, "until all of it has come back"


@pytest.mark.parametrize("value", [b"\xff", b"", b"nan", b"inf", b"1e300", b"-5", b"7", b"9" * 400, b"9" * 18, None])
def test_a_value_that_cannot_be_ours_counts_as_nothing(cache: Cache, value: bytes | None) -> None:
    with redis.Redis.from_url(cache.url) as client:
        key = f"{SCHEMA}:budget:192.0.2.7"
        client.rpush(key, "a list where text belongs") if value is None else client.set(key, value)
    assert ask(process(cache), 5).status_code == 201
    assert ask(process(cache)).status_code == 429, "it is counted in Redis from now on"


@contextmanager
def gone(cache: Cache) -> Iterator[None]:
    cache.kill()
    yield
    cache.ensure_running()


@contextmanager
def hung(cache: Cache) -> Iterator[None]:
    cache.stop()
    yield
    cache.cont()


@pytest.mark.parametrize("fault", [gone, hung])
def test_while_redis_does_not_answer_each_process_counts_alone(cache: Cache, fault: Any) -> None:
    """No answer is a 5xx, and each process waits for Redis once."""
    both = process(cache, REDIS_TIMEOUT_MS="50"), process(cache, REDIS_TIMEOUT_MS="50")
    with fault(cache):
        for client in both:
            assert [ask(client).status_code for _ in range(6)] == [201] * 5 + [429]


def test_a_redis_that_refuses_the_script_still_renews_the_lists(cache: Cache) -> None:
    """As with a user that may do all but EVAL. Each process then counts alone."""
    with redis.Redis.from_url(cache.url) as client:
        client.acl_setuser("few", enabled=True, passwords=["+few"], keys=["*"], commands=["+@all", "-eval"])
        some = process(None, REDIS_URL=cache.url.replace(f":{cache.password}@", "few:few@"))
        ran, before = calls(cache), client.get(CHANGES)
        assert [ask(some).status_code for _ in range(6)] == [201] * 5 + [429]
        assert calls(cache) == ran, "it was refused"
        some.application.extensions["vitrine"].invalidator.invalidate(deletes=False)
        assert client.get(CHANGES) not in (before, None)
        client.acl_deluser("few")


def test_without_redis_each_process_counts_alone() -> None:
    for client in (process(None), process(None)):
        assert [ask(client).status_code for _ in range(6)] == [201] * 5 + [429]


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(minutes=st.integers(-60, 60), costs=st.lists(st.integers(0, 60), min_size=1, max_size=100))
def test_redis_counts_as_the_arithmetic_does(cache: Cache, minutes: int, costs: list[int]) -> None:
    """Costs are whole minutes and the state is half a minute off, so the time between two readings does not matter."""
    with redis.Redis.from_url(cache.url) as client:
        seconds, micros = client.time()
        now = seconds * SECOND_US + micros
        free_at = now + minutes * MINUTE_US - MINUTE_US // 2
        client.set("budget", free_at)
        used, *answers = client.eval(TAKE, 1, "budget", *(cost * MINUTE_US for cost in costs))
        expected, fits = take(free_at, now, [cost * MINUTE_US for cost in costs])
        if minutes <= 0:  # nothing was counted: a whole hour is free, to the microsecond
            assert used == expected - now
        else:
            assert abs(used - (expected - now)) < MINUTE_US // 2
        assert [answer == 1 for answer in answers] == fits
        assert used <= HOUR_US
