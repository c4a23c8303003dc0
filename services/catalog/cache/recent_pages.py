"""Keeps the pages of the last second in this process. They protect S3 from a rush while Redis is unavailable."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from catalog.listing import Page

SECONDS = 1.0
MOST_PAGES = 128
"""About 10 MB at most: a page of 200 pictures has about 80 kB."""


class RecentPages:
    """Keeps pages by name for one second. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._pages: OrderedDict[str, tuple[float, Page]] = OrderedDict()

    def get(self, name: str) -> Page | None:
        """Return the page, unless its LIST started more than a second ago."""
        with self._lock:
            began, page = self._pages.get(name, (0.0, None))
        return page if self.clock() < began + SECONDS else None

    def put(self, name: str, page: Page, began: float) -> None:
        """Keep a page whose LIST started at ``began`` (by ``clock``), unless a newer one is kept already."""
        with self._lock:
            if self._pages.get(name, (began, page))[0] > began:
                return
            self._pages[name] = (began, page)
            self._pages.move_to_end(name)
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
