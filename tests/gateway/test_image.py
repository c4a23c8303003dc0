"""Every way to run the gateway in a container begins with the same stable nginx, one that still gets fixes."""

import re
from pathlib import Path

from tests.support.stack import BASES

ROOT = Path(__file__).parents[2]
# 1.28 gets no more fixes: published faults of 2026 (CVE-2026-42055, CVE-2026-48142) are repaired from 1.30 on.
OLDEST = (1, 30)


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
