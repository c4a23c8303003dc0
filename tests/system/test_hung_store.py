"""A store that accepts connections and never answers blocks only some threads of the upload service."""

import socket
import threading
import time
from contextlib import closing

from common.domain.keys import make_id
from common.s3.overdue_bulkhead import MAX_CONCURRENT_CALLS, OVERDUE_SECONDS
from tests.support.services import bearer
from tests.upload.test_settings import BASE, GOOD
from upload.app import create_app

ADMIN = "a" * 32


def test_who_comes_while_it_hangs_is_told_at_once() -> None:
    with closing(socket.create_server(("127.0.0.1", 0), backlog=64)) as silent:
        app = create_app(
            {
                **BASE,
                **GOOD,
                "S3_ENDPOINT_URL": f"http://127.0.0.1:{silent.getsockname()[1]}",
                "S3_SIGN_ACCESS_KEY_ID": "sign",
                "S3_SIGN_SECRET_ACCESS_KEY": "secret",
                "ADMIN_TOKEN": ADMIN,
            }
        )

        def delete() -> tuple[int, float]:
            began = time.monotonic()
            answer = app.test_client().delete(f"/api/images/{make_id(5, 0, 0)}", headers=bearer(ADMIN))
            return answer.status_code, time.monotonic() - began

        waiting = [threading.Thread(target=delete) for _ in range(MAX_CONCURRENT_CALLS)]
        for thread in waiting:
            thread.start()
        time.sleep(OVERDUE_SECONDS + 0.5)
        status, seconds = delete()
        still = sum(thread.is_alive() for thread in waiting)
        for thread in waiting:
            thread.join()
    assert still == MAX_CONCURRENT_CALLS, "the others are still waiting for their time-outs"
    assert status == 503
    assert seconds < 1
