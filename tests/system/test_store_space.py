"""`make up` tells its upload services how full the store's disk is, and they refuse what would fill it."""

import json
import signal
import time
from collections.abc import Callable

import requests

from local.store_space import file_in
from tests.support.gallery import Gallery
from tests.support.services import describe


def status(gallery: Gallery) -> int:
    answer = requests.post(f"{gallery.url}/api/uploads", json={"files": [describe(b"x", size=17)]}, timeout=10)
    return answer.status_code


def wait_for(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)  # the file and the service's look at it are renewed every second or two


def test_grants_stop_before_the_disk_is_full_and_go_on_when_there_is_space(gallery: Gallery) -> None:
    """While `make up` is held still, the test says in its place that the disk is full."""
    file = file_in(gallery.data_dir / "run")
    assert gallery.process is not None
    gallery.process.send_signal(signal.SIGSTOP)
    try:
        assert status(gallery) == 201
        file.write_text(json.dumps({**json.loads(file.read_text()), "free_bytes": 1 << 20}))
        wait_for(lambda: [status(gallery) for _ in range(4)] == [507] * 4)  # both replicas
    finally:
        gallery.process.send_signal(signal.SIGCONT)
    wait_for(lambda: [status(gallery) for _ in range(4)] == [201] * 4)
