"""The lines that docs/operations.md gives for a back-up, a restore and a change of secrets, run as they stand there."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.client import Client
from tests.support.pictures import picture
from tests.support.services import bearer
from tests.support.stack import ROOT, Stack

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]


def section(title: str) -> str:
    """The text below one heading."""
    return OPERATIONS.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def run(stack: Stack, lines: str, folder: Path) -> None:
    """Lines of a shell on this gallery, the first that fails ends it."""
    environment = {**os.environ, **stack.environment, "COMPOSE_FILE": str(ROOT / "docker-compose.yml")}
    done = subprocess.run(
        ["sh", "-ec", lines], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture
def stacks(engine: None) -> Iterator[tuple[Stack, Stack]]:
    """Two galleries, of which neither runs yet."""
    both = Stack(f"vitrine-old-{os.getpid()}"), Stack(f"vitrine-new-{os.getpid()}")
    try:
        yield both
    finally:
        for each in both:
            each.end()


def test_a_restored_gallery_has_every_picture_and_every_right(stacks: tuple[Stack, Stack], tmp_path: Path) -> None:
    """On another machine, as far as volumes go; and then its secrets are changed, one kind after the other."""
    old, new = stacks
    back_up, restore = re.findall(r"```sh\n(.*?)```", section("Back-up and restore"), re.DOTALL)
    old.compose("up", "-d", "--build", "--wait")
    client = Client(old.url)
    contents = [picture(size=(64 + number, 48)) for number in range(3)]
    published = {client.publish(content)["id"]: content for content in contents}
    waiting = client.grant(contents[0])
    secrets = old.secrets()
    run(old, back_up, tmp_path)
    assert {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {"store.tgz": 0, "secrets.tgz": 0}
    old.end()

    run(new, restore, tmp_path)
    client = Client(new.url)
    assert {item["id"]: client.original(item["id"]) for item in client.listed()} == published
    client.ask("POST", f"/api/uploads/{waiting['id']}/sign", (200,), headers=bearer(waiting["token"]))
    assert new.secrets() == secrets

    change_every_secret(new, tmp_path, client, waiting)
    assert {item["id"]: client.original(item["id"]) for item in client.listed()} == published


def change_every_secret(stack: Stack, folder: Path, client: Client, waiting: dict[str, Any]) -> None:
    """All kinds at once, as after a theft; then what an older token may do, and what the old admin's may not."""
    rotate, again = re.findall(r"`(docker compose [^`]+)`", section("Changing secrets"))[:2]
    kinds = re.findall(r"^\|[^|]+\| `([a-z0-9-]+)` \|", section("Changing secrets"), re.MULTILINE)
    assert len(kinds) == 5
    before = stack.secrets()
    run(stack, "\n".join([*(rotate.replace("WHAT", kind) for kind in kinds), again]), folder)
    after = stack.secrets()
    assert [name for name in before if before[name] == after[name]] == ["store_signing"]

    signed = client.ask("POST", f"/api/uploads/{waiting['id']}/sign", (200,), headers=bearer(waiting["token"])).json()
    assert signed["put"]["url"] != waiting["put"]["url"]
    gone = client.publish(picture(size=(20, 20)))["id"]
    for token, statuses in ((before["admin_token"], (401, 403)), (after["admin_token"], (200, 204))):
        client.ask("DELETE", f"/api/images/{gone}?purge=true", statuses, headers=bearer(str(token)))
