"""What this process listed within the last second: all that stands between S3 and a rush while Redis is away."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from catalog.listing import Page

SECONDS = 1.0
MOST_PAGES = 128
"""At most 10 MB: a page of 200 pictures is about 80 kB."""


class RecentPages:
    """Pages by name for one second. Threads share it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, tuple[float, Page]] = OrderedDict()

    def get(self, name: str) -> Page | None:
        """The page, unless its LIST began more than a second ago."""
        with self._lock:
            began, page = self._pages.get(name, (0.0, None))
        return page if self.clock() < began + SECONDS else None

    def put(self, name: str, page: Page, began: float) -> None:
        """Keep a page whose LIST began at that time of ``clock``, unless a later one is here."""
        with self._lock:
            if self._pages.get(name, (began, page))[0] > began:
                return
            self._pages[name] = (began, page)
            self._pages.move_to_end(name)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
