"""A bounded store of what was read or rendered last; safe between threads."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
FOR_EVER = timedelta.max
# What a process keeps, so that a nation's doors, and a province's checks of one evening, do not
# push one another out: what is not there has to be read, or rendered, again at each visit.
DOORS, SITTINGS = 50_000, 5_000
# And how long at the most: a process runs for months, and most sittings are over in an hour.
FORGOTTEN = timedelta(hours=2)
FIRST = datetime.min.replace(tzinfo=UTC)
LAST = datetime.max.replace(tzinfo=UTC)


class Shelf(Generic[Key, Value]):
    """The latest so many values, each good for a while after it was put here."""

    def __init__(self, size: int, lasts: timedelta = FOR_EVER) -> None:
        self._size, self._lasts = size, lasts
        # The longest here first: (good since, good until, value, put here at).
        self._values: OrderedDict[Key, tuple[datetime, datetime, Value, datetime]] = OrderedDict()
        self._changing = Lock()

    def get(self, key: Key, now: datetime, *, late: int = 1) -> Value | None:
        """`late` 2: also what should have been read anew, up to twice its time."""
        found = self._values.get(key)
        if found is None:
            return None
        since, until, value, _at = found
        # Not before it was put here either: a clock that was set back must not keep it for ever.
        if since <= now < until or (late > 1 and since <= now < until + self._lasts):
            return value
        return None

    def last(self, key: Key) -> Value | None:
        """What was put here last, good or not, as long as it is not forgotten."""
        found = self._values.get(key)
        return found[2] if found else None

    def drop(self, key: Key) -> None:
        self._values.pop(key, None)

    def put(self, key: Key, value: Value, now: datetime) -> Value:
        # Of what is good for ever nobody need know since when.
        ever = self._lasts is FOR_EVER
        since, until = (FIRST, LAST) if ever else (now, now + self._lasts)
        with self._changing:
            self._values[key] = (since, until, value, now)
            # Not at each look: what is read anew now and then stays by that, and a look is free.
            self._values.move_to_end(key)
            while len(self._values) > self._size or self._first() < now - FORGOTTEN:
                self._values.popitem(last=False)
        return value

    def _first(self) -> datetime:
        """When what is here longest was put here."""
        return next(iter(self._values.values()))[3]
