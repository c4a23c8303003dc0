"""The reconciler's probes and metrics."""

import time

from upload.health_server import LONGEST_TURN_SECONDS, Pulse, create_app


def test_it_is_alive_while_the_loop_comes_round() -> None:
    pulse = Pulse()
    now = time.monotonic()
    assert pulse.beats(now + LONGEST_TURN_SECONDS - 1)
    assert not pulse.beats(now + LONGEST_TURN_SECONDS + 1)


def test_a_loop_that_is_stuck_fails_its_probes(monkeypatch) -> None:
    pulse = Pulse()
    client = create_app(pulse).test_client()
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]
    monkeypatch.setattr(pulse, "beats", lambda: False)
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [503, 503]


def test_its_metrics_can_be_read() -> None:
    answer = create_app(Pulse()).test_client().get("/metrics")
    assert answer.status_code == 200
    assert "vitrine_reconciler" in answer.text or "python_info" in answer.text
