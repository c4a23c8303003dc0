"""The options and servers that the parts of one run share. A server starts when a part first needs it."""

from contextlib import ExitStack
from functools import cached_property
from pathlib import Path

from tests.support.cache import Cache, running_cache
from tests.support.store import Store, running_store


class Run:
    """One run of the bench, in a folder of its own."""

    def __init__(
        self,
        folder: Path,
        running: ExitStack,
        *,
        seconds: float,
        rounds: int,
        pictures: int,
        mebibytes: int,
        watch: float,
    ) -> None:
        self._folder = folder
        self._running = running
        self.seconds = seconds
        """Length of one measurement."""
        self.rounds = rounds
        self.pictures = pictures
        """Pictures in the large gallery."""
        self.mebibytes = mebibytes
        """Size of the large file."""
        self.watch = watch
        """Seconds for which an idle store is watched after its restart."""

    @cached_property
    def store(self) -> Store:
        """The store that all parts share."""
        return self.another_store("store")

    @cached_property
    def cache(self) -> Cache:
        """The cache that all parts share."""
        return self._running.enter_context(running_cache(self.folder("cache")))

    def another_store(self, name: str) -> Store:
        """Start a store for one part; it runs until the end of the run."""
        return self._running.enter_context(running_store(self.folder(name)))

    def folder(self, name: str) -> Path:
        """Make a folder with a short path."""
        made = self._folder / name
        made.mkdir()
        return made
