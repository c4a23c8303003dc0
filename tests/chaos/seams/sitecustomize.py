"""Read by Python at its start: a service that starts while its seam is set has another clock, or another store.

<CHAOS_SEAM>.clock holds an offset of the clock in seconds, <CHAOS_SEAM>.s3 the address at which it finds the store.
"""

import os
from datetime import timedelta
from pathlib import Path

_seam = os.environ.get("CHAOS_SEAM", "")
_clock, _s3 = Path(f"{_seam}.clock"), Path(f"{_seam}.s3")
if _seam and _s3.is_file():
    os.environ["S3_ENDPOINT_URL"] = _s3.read_text()
if _seam and _clock.is_file():
    import time_machine

    time_machine.travel(timedelta(seconds=float(_clock.read_text())), tick=True).start()
