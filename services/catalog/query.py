"""Parses and checks the parameters of a list request. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from catalog.api.schemas import DEFAULT_LIMIT, MAX_LIMIT, ListParameters
from common.domain.keys import MAX_TIME_MS, first_id_at_or_before, id_time_ms, is_id, start_after, start_at
from common.http.problems import BadRequest

PARAMETERS = frozenset(ListParameters.__struct_fields__)


@dataclass(frozen=True)
class Query:
    """One page of the list, newest first."""

    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    """The last id of the previous page."""
    before_ms: int | None = None
    """Start with pictures of this time or older, in milliseconds since 1970."""
    after_ms: int | None = None
    """Leave out pictures older than this, in milliseconds since 1970."""

    @property
    def start_after(self) -> str:
        """The StartAfter of this page's LIST."""
        if self.cursor is not None:
            return start_after(self.cursor)
        return start_at(first_id_at_or_before(self.before_ms)) if self.before_ms is not None else ""

    @property
    def start_ms(self) -> int | None:
        """The time at which the page starts, in milliseconds since 1970; None for the first page of the list."""
        return id_time_ms(self.cursor) if self.cursor is not None else self.before_ms

    @property
    def cache_key(self) -> str:
        """A text that identifies this page."""
        return f"{self.limit}:{self.cursor or ''}:{'' if self.before_ms is None else self.before_ms}:" + (
            "" if self.after_ms is None else str(self.after_ms)
        )


def parse(arguments: Mapping[str, str]) -> Query:
    """Parse the query parameters of a URL. Raises BadRequest that names the parameter."""
    for name in arguments:
        if name not in PARAMETERS:
            raise BadRequest(f"Unknown parameter; expected one of {', '.join(sorted(PARAMETERS))}.")
    cursor, before, after = (arguments.get(name) for name in ("cursor", "before", "after"))
    if cursor is not None and before is not None:
        raise BadRequest("cursor and before both set where the page starts: send only one of them.")
    if cursor is not None and not is_id(cursor):
        raise BadRequest("cursor is not valid: use the next_cursor of a page unchanged, or leave it out.")
    return Query(
        limit=_limit(arguments.get("limit")),
        cursor=cursor,
        before_ms=None if before is None else _time("before", before),
        after_ms=None if after is None else _time("after", after),
    )


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdecimal() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
        raise BadRequest(f"limit must be a whole number from 1 to {MAX_LIMIT}.")
    return int(text)


def _time(name: str, text: str) -> int:
    """Parse an RFC 3339 time to milliseconds since 1970. It needs an offset, as visitors are in many time zones."""
    try:
        time = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that is not percent-encoded arrives as a space
    except ValueError:
        time = None
    if time is None or time.tzinfo is None or not 0 <= time.timestamp() * 1000 <= MAX_TIME_MS:
        raise BadRequest(f"{name} must be an RFC 3339 time with its offset, such as 2026-01-31T12:00:00Z.")
    return int(time.timestamp() * 1000)
