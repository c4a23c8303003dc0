"""`make up` with a seam for its tests: services that start can be given another clock, and another way to the store.

`python -m tests.chaos.launch`; everything else, the supervisor and its ways included, is what people run. CHAOS_SEAMS
names the folder in which the seams of each service stand: see seams/sitecustomize.py, which its processes read.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import local.processes
from local.__main__ import main
from local.credentials import Credentials
from local.settings import Settings

_plain = local.processes.service_environment


def _with_seams(settings: Settings, credentials: Credentials, s3_endpoint: str, service: str) -> Mapping[str, str]:
    return {
        **_plain(settings, credentials, s3_endpoint, service),
        "CHAOS_SEAM": str(Path(os.environ["CHAOS_SEAMS"]) / service),
        "PYTHONPATH": str(Path(__file__).with_name("seams")),
    }


if __name__ == "__main__":
    local.processes.service_environment = _with_seams
    sys.exit(main(["up"]))
