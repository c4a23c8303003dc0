"""Runs `make up` with test hooks: a restarted service can get another clock and another route to the store.

`python -m tests.chaos.launch`; everything else, including the supervisor, is what people run. CHAOS_SEAMS names the
folder with the hooks of each service, which its processes read: see seams/sitecustomize.py.
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
