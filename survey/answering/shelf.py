"""A bounded store of what was read or rendered last; safe between threads."""

from collections import OrderedDict
from collections.abc import Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
FOR_EVER = timedelta.max


class Shelf(Generic[Key, Value]):
    """The latest so many values, each good for a while after it was put here."""

    def __init__(self, size: int, lasts: timedelta = FOR_EVER) -> None:
        self._size, self._lasts = size, lasts
        self._values: OrderedDict[Key, tuple[datetime, Value]] = OrderedDict()

    def get(self, key: Key, now: datetime, *, late: int = 1) -> Value | None:
        """`late` 2: also what should have been read anew, up to twice its time."""
        found = self._values.get(key)
        if found is None or self._lasts is FOR_EVER:
            return found and found[1]
        # abs: a clock that was set back must not keep a value for ever.
        return found[1] if abs(now - found[0]) < self._lasts * late else None

    def last(self, key: Key) -> Value | None:
        """What was put here last, however long ago."""
        found = self._values.get(key)
        return found[1] if found else None

    def put(self, key: Key, value: Value, now: datetime) -> Value:
        self._values[key] = (now, value)
        # Not at each look: what is read anew now and then stays by that, and a look costs nothing.
        self._values.move_to_end(key)
        while len(self._values) > self._size:
            self._values.popitem(last=False)
        return value
