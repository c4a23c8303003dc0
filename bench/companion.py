"""Permission to upload, compared with the best-known presigner: Uppy Companion in Node, installed by npm for this."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import load
from bench.report import Result, Table
from bench.run import Run
from bench.servers import ROOT, Server, compare, gunicorn, ratio, wait
from bench.services import GRANT, granting
from local import tools
from local.ports import free_ports
from tests.support.processes import end, start

PACKAGES = ("@uppy/companion@6.2.2", "express@4.22.1")
FOLDER = ROOT / ".bench" / "companion"
"""Kept between runs, because an installation takes most of a minute."""
INSTALL_SECONDS = 180


def measure(run: Run) -> Iterator[Result]:
    """Measure both in turns, each with one process, over the same number of connections."""
    node = tools.find_program("NODE", os.environ)
    if not _installed(node):
        yield Table("Uppy Companion: not measured, npm cannot install it here", (), ())
        return
    folder = run.folder("companion")
    with (
        gunicorn("upload.app:create_app()", granting(run.store, run.cache), folder) as upload,
        _companion(node, folder) as companion,
    ):
        presign = load.request("/s3/params?filename=IMG_0001.jpg&type=image%2Fjpeg")
        ours, theirs = compare(run, (upload, GRANT), (companion, presign))
        yield ratio("POST /api/uploads, one file / Uppy Companion's presign", 1.0, ours, theirs)


def _installed(node: Path) -> bool:
    if (FOLDER / "node_modules").is_dir():
        return True
    print("     installing Uppy Companion", flush=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true, "type": "module"}')
    npm = [node, tools.npm_cli(os.environ), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
    variables = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    try:
        subprocess.run(
            [*npm, *PACKAGES], cwd=FOLDER, env=variables, capture_output=True, timeout=INSTALL_SECONDS, check=True
        )
    except subprocess.SubprocessError:
        shutil.rmtree(FOLDER)
        return False
    return True


@contextmanager
def _companion(node: Path, folder: Path) -> Iterator[Server]:
    port = free_ports(1, os.getpid() * 59 + 19_000)[0]
    script = FOLDER / "server.mjs"  # Node looks for packages beside the script
    shutil.copy(Path(__file__).with_name("companion.mjs"), script)
    log = folder / "companion.log"
    process = start(
        [str(node), str(script), str(port), str(folder)], log, {"PATH": os.defpath, "NODE_ENV": "production"}, FOLDER
    )
    try:
        wait(process, f"127.0.0.1:{port}", log, "/s3/params?filename=a.jpg&type=image%2Fjpeg")
        yield Server(f"127.0.0.1:{port}", process.pid)
    finally:
        end(process)
