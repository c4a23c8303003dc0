"""An unmodified Uppy from its npm packages, as one script for a page."""

import os
import subprocess
from pathlib import Path

from local import frontend, tools
from tests.support.gallery import ROOT

FOLDER = ROOT / "tests" / "browser" / "uppy"
_STAMP = FOLDER / "node_modules" / ".installed-from"


def script(target: Path) -> str:
    """Install the packages if needed, bundle them into `target`, and return the text.

    It uses the page's bundler, which a running gallery has installed.
    """
    node, npm = tools.find_program("NODE", os.environ), tools.npm_cli(os.environ)
    environment = {**os.environ, "PATH": f"{node.parent}:{os.environ.get('PATH', os.defpath)}"}

    def run(*command: str | Path) -> None:
        subprocess.run([node, *command], cwd=FOLDER, env=environment, check=True)

    wanted = frontend.digest(FOLDER, {"package.json", "package-lock.json"})
    if not _STAMP.is_file() or _STAMP.read_text("ascii") != wanted:
        run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund")
        _STAMP.write_text(wanted, "ascii")
    run(ROOT / "frontend/node_modules/vite/bin/vite.js", "build", "--outDir", target)
    return (target / "uppy.js").read_text("utf-8")
