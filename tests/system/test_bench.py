"""The bench runs, and shows every figure beside its goal. `make bench` judges the figures themselves."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

ROWS = {
    "signer": [r"signer, GET: times as fast as boto3.*≥ 20×", r"signer, GET: times the bare.*≤ 4×"],
    "services": [
        r"POST /api/uploads, one file / empty view.*≥ 0\.65",
        r"POST /api/downloads, 60 thumbnails / empty view.*≥ 0\.45",
        r"catalog page from Redis / view sending the same bytes.*≥ 0\.45",
    ],
    "gateway": [r"gateway, plain / nginx's static file.*≥ 0\.5", r"gateway, gzip / nginx's static file.*≥ 0\.5"],
    "pages": [rf"list page, {where}: 1,500 pictures / 1,000.*≤ 1\.2×" for where in ("head", "middle", "end")],
    "shards": [r"16 +16 +960 +[\d.]+ ms +[\d.]+×"],
    "footprint": [r"resident memory of a worker.*≤ 85 MB", r"time from start to ready.*≤ 1\.5 s"],
    "layout": [r"layout of 70,000 tiles.*≤ 10 ms"],
    "uploader": [r"40 MiB by the page's uploader / boto3's transfer manager, each on.*≥ 0\.9"],
    "million": [
        r"list page, end: 1,500 pictures / 1,000.*≤ 1\.2×",
        r"store of 1,500 idle for 1 s after a start.*≤ 0\.02.*too short to see a walk",
        r"timeline of 1 months without a cache +[\d.]+ ms",
        r"timeline of 1 months from Redis +[\d.]+ ms",
        r"disk +[\d,]+ MB",
        r"from start until a first object is stored and read +[\d.]+ s",
        r"memory of the store at the end +[\d,]+ MB",
    ],
    "workers": [r"gthread, 1 × 8 threads +[\d,]+/s +[\d,]+/s +\d+ MB"],
}


@pytest.mark.parametrize(
    "part",
    [
        part if part in ("signer", "layout") else pytest.param(part, marks=[pytest.mark.long, pytest.mark.quiet])
        for part in ROWS
    ],
)
def test_each_row_is_shown_beside_its_goal(part: str) -> None:
    command = [sys.executable, "-m", "bench", part, "--seconds", "0.1", "--rounds", "1", "--pictures", "1500"]
    command += ["--mebibytes", "40", "--watch", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=110, check=False)
    assert done.returncode in (0, 1), done.stderr
    assert done.stderr == ""
    for row in ROWS[part]:
        assert re.search(row, done.stdout), (row, done.stdout)
    assert re.search(r"(?m)^\d+ results in \d+ s, \d+ missed their goal$", done.stdout)
