"""The reconciler's probes and metrics."""

import time

from upload.health_server import LONGEST_TURN_SECONDS, Heartbeat, create_app


def test_it_is_alive_while_the_loop_comes_round() -> None:
    heartbeat = Heartbeat()
    now = time.monotonic()
    assert heartbeat.is_recent(now + LONGEST_TURN_SECONDS - 1)
    assert not heartbeat.is_recent(now + LONGEST_TURN_SECONDS + 1)


def test_a_loop_that_is_stuck_fails_its_probes(monkeypatch) -> None:
    heartbeat = Heartbeat()
    client = create_app(heartbeat).test_client()
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [200, 200]
    monkeypatch.setattr(heartbeat, "is_recent", lambda: False)
    assert [client.get(path).status_code for path in ("/livez", "/readyz")] == [503, 503]


def test_its_metrics_can_be_read() -> None:
    answer = create_app(Heartbeat()).test_client().get("/metrics")
    assert answer.status_code == 200
    assert "vitrine_reconciler" in answer.text or "python_info" in answer.text
