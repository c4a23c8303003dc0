"""What the parts of one run share: how long they measure, and servers that start when the first part needs them."""

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
        """How long one measurement takes."""
        self.rounds = rounds
        self.pictures = pictures
        """The size of the large gallery."""
        self.mebibytes = mebibytes
        """The size of the large file."""
        self.watch = watch
        """How long a store is watched after its restart, in seconds."""

    @cached_property
    def store(self) -> Store:
        """A store for all parts."""
        return self.another_store("store")

    @cached_property
    def cache(self) -> Cache:
        """A cache for all parts."""
        return self._running.enter_context(running_cache(self.folder("cache")))

    def another_store(self, name: str) -> Store:
        """A store of the part's own, which runs until the end."""
        return self._running.enter_context(running_store(self.folder(name)))

    def folder(self, name: str) -> Path:
        """A new folder with a short path."""
        made = self._folder / name
        made.mkdir()
        return made
