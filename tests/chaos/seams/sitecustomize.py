"""Gives a starting service another clock or another store; Python reads this file at its start.

<CHAOS_SEAM>.clock holds the clock's offset in seconds, <CHAOS_SEAM>.s3 the address of the store.
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
