"""Checks a picture that is composed of items (ISO/IEC 23008-12, sections 6.4 and 6.6), down to the coded ones.

What an item makes must fit the size that is declared for it. So decoders make no more than the file declares, however
it is composed.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Final

from upload.inspect import coded
from upload.inspect.bmff import Box
from upload.inspect.coded import Coded, Search
from upload.inspect.findings import (
    HiddenPixels,
    NotAnImage,
    Size,
    TooManyPixels,
    area,
    check_cropped,
    check_decoded,
    padded,
)
from upload.inspect.head import Head
from upload.inspect.items import Items
from upload.inspect.transforms import shown_size, stated_size

_DERIVED: Final = frozenset({b"grid", b"iden", b"iovl", b"tmap"})  # composed of other items, like many telephone photos
_MAX_DERIVATIONS: Final = 4
_LARGE_TILE: Final = 2048 * 2048
"""In pixels. Encoders use tiles of one size for all pictures, so a tile may be larger than a small picture."""
_LAYOUT: Final = 4
"""The bytes before the size in the data of a grid. The last two are the numbers of rows and columns, less one."""
_BEFORE_CANVAS: Final = {b"grid": _LAYOUT, b"iovl": 10}
"""The bytes before the size in the data of an item (6.6.2.3 and 6.6.2.2)."""
_MAX_NAME: Final = 64
_ALPHA: Final = (b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0")


def codec(items: Items) -> bytes:
    """Return the type of the first coded item in the primary item. Raises NotAnImage if it is not known here."""
    item: int | None = items.primary
    for _ in range(_MAX_DERIVATIONS):
        kind = items.types.get(item) if item is not None else None
        if kind in coded.KINDS:
            return kind
        if item is None or kind not in _DERIVED:
            break
        item = next(iter(items.sources(item)), None)
    raise NotAnImage("The file's picture is neither AVIF nor HEIC: it has another encoding.")


def check(head: Head, items: Items) -> None:
    """Check the primary item, and what decoders may decode with it: alpha, gain map, depth and thumbnails.

    Raises HiddenPixels and TooManyPixels; HeaderTooLarge, or NotAnImage if the primary item is damaged.
    """
    tree = _Tree(head, items)
    needed = list(tree.walk(items.primary, None))
    extra = list(tree.companions())
    # Of HEVC, the configuration states the size. Data that state another one are possible, but rare, and browsers do
    # not show HEVC: so look into the data of the first tile alone, and not of all the tiles of a telephone's photo.
    head.fetch_ahead(
        [
            extent
            for index, data in enumerate([data for data, _ in needed] + [data for data, _, _ in extra])
            if index == 0 or data.kind in coded.AV1
            for extent in data.start()
        ]
    )
    for index, (data, declared) in enumerate(needed):
        coded.check(head, data, declared, Search.KNOWN if index else Search.READ)
    for data, declared, search in extra:
        with _only_lies(head) if search is Search.TRY else nullcontext():
            coded.check(head, data, declared, search)


@contextmanager
def _only_lies(head: Head) -> Iterator[None]:
    """Ignore damage: viewers show the picture without what is damaged here. But count it as a look-up."""
    try:
        yield
    except (HiddenPixels, TooManyPixels):
        raise
    except NotAnImage:
        head.step()


class _Tree:
    """Walks through items, and remembers the stored size of each."""

    def __init__(self, head: Head, items: Items) -> None:
        self._head = head
        self._items = items
        self._is_heic = codec(items) in coded.HEVC
        self._stored: dict[int, Size] = {}
        self._sizes: dict[int, tuple[Size, Size]] = {}
        self._described: dict[tuple[Box, ...], tuple[Size, Size]] = {}

    def walk(self, item: int, limit: Size | None, depth: int = 0) -> Iterator[tuple[Coded, Size]]:
        """Check what the item and its sources state; yield the coded ones, each with its declared size.

        `limit` is the size that the item may have when it is shown; without one, it is its own.
        """
        stored, shown = self._stated(item)
        check_cropped(shown, stored)
        if limit:
            check_decoded(limit, shown)
        if item in self._stored:
            return
        if depth > _MAX_DERIVATIONS:
            raise NotAnImage("The file is damaged: its pictures are composed of each other without end.")
        self._stored[item] = stored
        kind = self._items.types.get(item)
        if kind in coded.KINDS:
            yield self._items.coded(item), stored
        if kind not in _DERIVED:
            return
        sources = self._items.sources(item)
        canvas = self._canvas(item, _BEFORE_CANVAS[kind]) if kind in _BEFORE_CANVAS else stored
        check_decoded(stored, canvas)
        if kind == b"grid":
            self._check_tiles(item, sources, canvas)
        for source in sources:
            yield from self.walk(source, None if kind == b"grid" else canvas, depth + 1)

    def companions(self) -> Iterator[tuple[Coded, Size, Search]]:
        """Do the same for the items that go with those seen so far: alpha and other auxiliary ones, and thumbnails.

        Alpha and gain maps are decoded with the picture. Alpha may not be larger, a gain map no more than twice as wide
        and high: some are sharper than their picture. The others count for themselves. Browsers show no AVIF with
        damaged alpha; without the others they show it.
        """
        seen = dict(self._stored)
        for (reference, item), targets in self._items.references.items():
            owner = next((target for target in targets if target in seen), None)
            if owner is None or item in seen:
                continue
            with _only_lies(self._head):
                if reference in (b"auxl", b"thmb"):
                    is_alpha = self._is_alpha(item)
                    search = Search.KNOWN if is_alpha and not self._is_heic else Search.TRY
                    for data, declared in self.walk(item, seen[owner] if is_alpha else None):
                        yield data, declared, search
                elif reference == b"dimg" and self._items.types.get(item) == b"tmap":
                    width, height = seen[owner]
                    for source in targets:
                        for data, declared in self.walk(source, (2 * width, 2 * height)):
                            yield data, declared, Search.TRY

    def _stated(self, item: int) -> tuple[Size, Size]:
        """Return the size of an item before and after its transformations. Tiles share properties: read them once."""
        self._head.step()
        if item not in self._sizes:
            properties = tuple(self._items.properties.get(item, ()))
            if properties not in self._described:
                stored = stated_size(self._head, properties)
                shown = shown_size(self._head, stored, properties, anywhere=self._is_heic)
                self._described[properties] = stored, shown
            self._sizes[item] = self._described[properties]
        return self._sizes[item]

    def _canvas(self, item: int, before: int) -> Size:
        """Return the size in the data of a grid or an overlay, which has so many bytes before it."""
        width = 2
        for _ in range(2):  # the flags in the second byte may say that the numbers are wider
            data = self._beginning(item, before + 2 * width)
            if data[1] & 1 == 0 or width == 4:
                break
            width = 4
        return int.from_bytes(data[before : before + width]), int.from_bytes(data[before + width :])

    def _beginning(self, item: int, length: int) -> bytes:
        """Return the first bytes of an item's data. Raises NotAnImage if there are fewer."""
        extents = self._items.extents.get(item, ())
        data = b"".join(self._head.at(*extent) for extent in coded.first(extents, length))
        if len(data) < length:
            raise NotAnImage("The file is damaged: it does not say how its picture is composed.")
        return data

    def _check_tiles(self, grid: int, tiles: list[int], canvas: Size) -> None:
        """Check that a grid has the tiles that it says, and that they overhang it by less than a tile on each side.

        The source of both is section 6.6.2.3. Decoders do not show a grid of more or fewer tiles.
        """
        rows, columns = (number + 1 for number in self._beginning(grid, _LAYOUT)[2:])
        if len(tiles) != rows * columns:
            raise NotAnImage(
                f"The file is damaged: its picture has {rows:,} by {columns:,} tiles, but {len(tiles):,} are listed."
            )
        shown = [self._stated(tile)[1] for tile in tiles]
        largest = max(shown, key=area, default=canvas)
        if area(largest) > max(area(padded(canvas)), _LARGE_TILE):
            raise HiddenPixels(canvas, largest)
        width, height = (max((size[side] for size in shown), default=0) for side in (0, 1))
        if sum(map(area, shown)) > area((canvas[0] + width, canvas[1] + height)):
            raise NotAnImage(
                f"The file says that its picture has {canvas[0]:,} by {canvas[1]:,} pixels, "
                f"but it is composed of {len(shown):,} tiles of {width:,} by {height:,}."
            )

    def _is_alpha(self, item: int) -> bool:
        """Whether an auxiliary item says that it is an alpha channel (`auxC`, 6.5.8)."""
        for box in self._items.properties.get(item, ()):
            if box.kind == b"auxC":
                body = self._head.at(box.start, min(box.end - box.start, _MAX_NAME))
                return body[4:].startswith(_ALPHA)
        return False
