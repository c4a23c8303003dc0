"""Every way to run the gateway in a container begins with the same stable nginx, one that still gets fixes."""

import re
import subprocess
from pathlib import Path

from tests.support.stack import BASES

ROOT = Path(__file__).parents[2]
# 1.28 gets no more fixes: published faults of 2026 (CVE-2026-42055, CVE-2026-48142) are repaired from 1.30 on.
OLDEST = (1, 30)


FRAME = """
user  nginx;
worker_processes  auto;

error_log  /var/log/nginx/error.log notice;
pid        /tmp/nginx.pid;

events {
    worker_connections  1024;
}
"""
"""How the image's own nginx.conf begins."""


def test_the_image_s_frame_gets_room_for_connections_that_fits_its_container() -> None:
    """Sixteen thousand and some to spare in each worker, files for them, and few workers, for memory is short."""
    recipe = (ROOT / "gateway/Dockerfile").read_text("utf-8")
    expressions = re.findall(r"-e '([^']+)'", recipe)
    changed = subprocess.run(
        ["sed", *(part for each in expressions for part in ("-e", each))],
        input=FRAME.removeprefix("\n"),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    numbers = dict(re.findall(r"(worker_\w+) +(\w+);", changed))
    assert int(numbers["worker_connections"]) >= 18_000
    assert int(numbers["worker_rlimit_nofile"]) >= int(numbers["worker_connections"]) + 256
    assert int(numbers["worker_processes"]) * int(numbers["worker_connections"]) * 430 < 32_000_000
    assert "error.log alert;" in changed
    compose = (ROOT / "docker-compose.yml").read_text("utf-8")
    # An engine refuses to start a container whose limit is above its own.
    assert "ulimits" not in compose


def test_all_name_the_same_nginx_and_it_is_maintained() -> None:
    """An even second number is nginx's stable branch."""
    named = {
        file: re.findall(r"nginxinc/nginx-unprivileged:([0-9.]+)", (ROOT / file).read_text("utf-8"))
        for file in ("gateway/Dockerfile", "docker-compose.yml", ".env.example")
    }
    named["tests"] = [image.partition(":")[2] for image in BASES if "nginx" in image]
    assert {file: len(tags) for file, tags in named.items()} == dict.fromkeys(named, 1)
    (tag,) = {tag for tags in named.values() for tag in tags}
    version = tuple(int(number) for number in tag.split("."))
    assert version[:2] >= OLDEST
    assert version[1] % 2 == 0
