"""The uploader on a bad network: a real Chromium, the real store, and between them what cuts, stalls and answers."""

import json
import os
import re
import time
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from tests.browser.photos import noisy_jpeg
from tests.browser.uploads import drop, expect_added, published, stop_all, wait_for
from tests.support.faulty import Answer, Cut, Fault, FaultyNetwork, LoseAnswer, Request, Slow, Stall
from tests.support.gallery import Gallery

IN_FLIGHT = 5


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Three small photos."""
    return [noisy_jpeg(tmp_path / f"{tmp_path.name}-{n}.jpg", (800, 600)) for n in range(3)]


def _first_try(fault: Fault, *, previews: bool = True):
    """Every PUT fails so the first time; whether previews, too."""

    def rule(request: Request) -> Fault:
        is_first = request.method == "PUT" and request.nth == 1
        return fault if is_first and (previews or not request.path.endswith(".t")) else None

    return rule


def _added_once(gallery: Gallery, photos: list[Path]) -> None:
    names = [photo.name for photo in photos]
    assert sorted(str(item["filename"]) for item in published(gallery, names)) == sorted(names)


@pytest.mark.parametrize(
    "fault", [Cut(after=20_000), Answer(503), Answer(429, {"Retry-After": "1"}), Answer(403)], ids=str
)
def test_cuts_and_refusals_that_pass_are_tried_again(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path], fault: Fault
) -> None:
    """Every first PUT is cut or answered 503, 429 or 403: all pictures arrive, each once, with nobody's help."""
    network.rule = _first_try(fault)
    drop(far, photos)
    expect_added(far, len(photos))
    _added_once(gallery, photos)
    assert all(item["thumbnail"] for item in published(gallery, [photo.name for photo in photos]))
    assert network.most_puts <= IN_FLIGHT


def test_retry_after_of_storage_is_honoured(far: Page, network: FaultyNetwork, photos: list[Path]) -> None:
    """Storage asked for four seconds, where the first wait of its own would be half a second at most."""
    arrivals: list[float] = []

    def rule(request: Request) -> Fault:
        if request.method != "PUT" or request.path.endswith(".t"):
            return None
        arrivals.append(time.monotonic())
        return Answer(503, {"Retry-After": "4"}) if request.nth == 1 else None

    network.rule = rule
    drop(far, photos[:1])
    expect_added(far, 1)
    assert len(arrivals) == 2
    assert arrivals[1] - arrivals[0] >= 4


def test_a_picture_whose_answer_was_lost_is_not_sent_again(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """Storage has it and the browser does not know: `complete` is asked before anything is sent a second time."""
    network.rule = _first_try(LoseAnswer(), previews=False)
    drop(far, photos)
    expect_added(far, len(photos))
    _added_once(gallery, photos)
    assert len(network.puts()) == len(photos)


def test_a_stalled_transfer_is_cut_and_tried_again(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """Storage takes half of it and says nothing more: after 30 seconds of the page's clock it is sent anew."""
    far.clock.install()
    network.rule = _first_try(Stall(after=10_000))
    drop(far, photos)
    wait_for(lambda: network.most_puts == IN_FLIGHT)
    deadline = time.monotonic() + 60
    while far.locator("#tray-title").inner_text() != f"{len(photos)} pictures added":
        assert time.monotonic() < deadline
        far.clock.fast_forward(31_000)
        far.wait_for_timeout(300)
    _added_once(gallery, photos)


def test_a_refusal_that_stays_fails_one_picture_and_a_retry_brings_it_home(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """403 to every PUT of one picture: it says why, the others are added; once that is over, one click is enough."""
    refused = set()

    def rule(request: Request) -> Fault:
        if request.method != "PUT" or request.path.endswith(".t"):
            return None
        if not refused:
            refused.add(request.path)
        return Answer(403) if request.path in refused else None

    network.rule = rule
    drop(far, photos)
    expect(far.locator("#tray-title")).to_have_text("1 picture could not be added", timeout=60_000)
    expect(far.locator("#tray-list")).to_contain_text("Storage refused it")
    assert len(published(gallery, [photo.name for photo in photos])) == len(photos) - 1
    network.reset()
    far.locator("#tray-retry").click()
    expect_added(far, len(photos))
    _added_once(gallery, photos)


def test_a_thumbnail_comes_within_half_a_second_while_a_batch_is_stalled(
    far: Page, network: FaultyNetwork, gallery: Gallery, tmp_path: Path
) -> None:
    """All PUTs hang. Of the browser's six connections one is left for the gallery: never are more than five taken."""
    first = noisy_jpeg(tmp_path / "seen.jpg", (800, 600))
    drop(far, [first])
    expect_added(far, 1)
    image_id = published(gallery, [first.name])[0]["id"]
    network.rule = lambda request: Stall() if request.method == "PUT" else None
    drop(far, [noisy_jpeg(tmp_path / f"stalled-{n}.jpg", (320, 240)) for n in range(12)])
    wait_for(lambda: network.most_puts == IN_FLIGHT)
    far.wait_for_timeout(500)
    times = far.evaluate(
        """async (path) => {
          const times = [];
          for (let i = 0; i < 3; i += 1) {
            const { url } = await (await fetch(path, { headers: { accept: 'application/json' } })).json();
            const began = performance.now();
            await (await fetch(url, { cache: 'reload' })).blob();
            times.push(performance.now() - began);
          }
          return times;
        }""",
        f"/api/images/{image_id}/thumbnail",
    )
    assert sorted(times)[1] < 500
    assert network.most_puts == IN_FLIGHT
    stop_all(far)


def test_offline_in_mid_transfer_it_waits_and_goes_on_by_itself(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """The network is gone while pictures are on their way; it comes back and nobody has to do anything."""
    network.rule = lambda request: Stall(after=5_000) if request.method == "PUT" else None
    drop(far, photos)
    wait_for(lambda: network.most_puts == IN_FLIGHT)
    far.context.set_offline(True)
    network.reset()
    expect(far.locator("#tray-note")).to_have_text("Waiting for the network", timeout=20_000)
    far.context.set_offline(False)
    expect_added(far, len(photos))
    _added_once(gallery, photos)


def test_pause_stops_all_transfers_and_resume_brings_all_home(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """Paused, nothing is in flight and nothing is begun; resumed, every picture is added once."""
    network.rule = lambda request: Stall(after=5_000) if request.method == "PUT" else None
    drop(far, photos)
    wait_for(lambda: network.most_puts == IN_FLIGHT)
    far.locator("#tray-pause").click()
    expect(far.locator("#tray-title")).to_have_text("Paused")
    network.reset()
    far.wait_for_timeout(1500)
    assert network.puts() == []
    far.get_by_role("button", name="Resume", exact=True).click()
    expect_added(far, len(photos))
    _added_once(gallery, photos)


def test_what_was_signed_too_long_ago_is_signed_again_before_it_is_sent(
    far: Page, network: FaultyNetwork, gallery: Gallery, photos: list[Path]
) -> None:
    """A pause outlasts the signatures: the page asks for new ones instead of trying the old."""
    far.clock.install()
    network.rule = lambda request: Stall(after=5_000) if request.method == "PUT" else None
    drop(far, photos[:1])
    wait_for(lambda: network.most_puts == 2)
    far.locator("#tray-pause").click()
    far.clock.fast_forward("20:00")
    network.reset()
    with far.expect_request(lambda request: request.url.endswith("/sign")):
        far.get_by_role("button", name="Resume", exact=True).click()
    expect_added(far, 1)
    _added_once(gallery, photos[:1])
    assert len(network.puts()) == 1


def test_a_busy_service_is_waited_for_and_a_slow_publication_asked_for_again(
    far: Page, gallery: Gallery, photos: list[Path]
) -> None:
    """429 and 503 to the first questions, 202 to the first `complete`s: nothing fails and nothing is added twice."""
    left = {"/api/uploads": [429, 503], "/complete": [202] * len(photos)}

    def answer(route: Route) -> None:
        statuses = left["/complete" if route.request.url.endswith("/complete") else "/api/uploads"]
        if not statuses:
            route.continue_()
            return
        status = statuses.pop(0)
        body = '{"status": "publishing"}' if status == 202 else f'{{"title": "Later", "status": {status}}}'
        headers = {"Retry-After": "1", "Content-Type": "application/json"}
        route.fulfill(status=status, headers=headers, body=body)

    far.route(re.compile(r"/api/uploads(/[^/]+/complete)?$"), answer)
    drop(far, photos)
    expect_added(far, len(photos))
    assert left == {"/api/uploads": [], "/complete": []}
    _added_once(gallery, photos)


def test_a_full_disk_and_a_used_up_hour_are_said_and_nothing_is_lost(
    far: Page, gallery: Gallery, photos: list[Path]
) -> None:
    """After 507 the pictures wait for a click, after 429 as long as they are told; then they go on by themselves."""
    answers: list[dict[str, object]] = [{"status": 507}, {"status": 429, "retry_after": 3}]

    def answer(route: Route) -> None:
        if not answers:
            route.continue_()
            return
        problem = {"type": "about:blank", "title": "Not now", "detail": "Not now", **answers[0]}
        files = route.request.post_data_json["files"]
        route.fulfill(
            status=answers[0]["status"],
            headers={"Content-Type": "application/problem+json"},
            body=json.dumps({**problem, "uploads": [problem] * len(files)}),
        )

    far.route(re.compile(r"/api/uploads$"), answer)
    drop(far, photos)
    expect(far.locator("#tray-title")).to_have_text("The gallery’s disk is full")
    expect(far.locator("#tray-note")).to_have_text(re.compile("wait here.*try again"))
    expect(far.locator("#say")).to_contain_text("The gallery’s disk is full")
    expect(far.locator("#tray-list li")).to_have_count(len(photos))
    expect(far.locator("#tray-list .is-failed")).to_have_count(0)
    answers.pop(0)
    far.get_by_role("button", name="Retry all").click()
    expect(far.locator("#tray-note")).to_have_text(re.compile(r"^Limit for this hour reached, going on at \d+:\d\d"))
    answers.pop(0)
    expect_added(far, len(photos))
    _added_once(gallery, photos)


def test_progress_speed_and_time_left_are_told(far: Page, network: FaultyNetwork, tmp_path: Path) -> None:
    """On a slow line the tray says how many, how fast and how long; the file's own row says how much of it."""
    photo = tmp_path / "slow.png"
    Image.frombytes("RGB", (2000, 2000), os.urandom(12_000_000)).save(photo, compress_level=0)
    network.rule = lambda request: Slow(500_000) if request.method == "PUT" else None
    far.set_input_files("#file-input", photo)
    expect(far.locator("#tray-note")).to_have_text(re.compile(r"^0 of 1 · [\d.]+ [kM]B/s · .+ left$"), timeout=30_000)
    expect(far.locator(".row-state")).to_have_text(re.compile(r"^[\d.]+ MB / 12 MB$"))
    assert 0 < float(far.locator("#tray-bar").evaluate("(bar) => bar.value")) < 1
    network.reset()
    expect_added(far, 1)
