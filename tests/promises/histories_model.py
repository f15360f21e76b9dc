"""What ought to be, in a few lines: the model that histories of a sitting are held against.

A receipt that is in stays in, and sending it again succeeds with the same answers and never with
others; a ticket lets one sheet in; nothing lands before opening, in a pause, or after closing but
for pages issued before it, within the grace.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import inf
from typing import NamedTuple

from survey.answering.storing import Entry

OK, REFUSED = "ok", "refused"
# What can be asked of a sitting beside taking a sheet and pressing a button.
SEAL, SHEETS, RECEIPTS = "seal", "sheets", "receipts"
Row = tuple[bytes, int | None, int | None, str]  # receipt, cell, hall, answers


@dataclass
class Model:
    grace: timedelta
    tickets: Mapping[bytes, int] = field(default_factory=dict)  # {mark: cell}
    spent: set[bytes] = field(default_factory=set)
    stored: dict[bytes, Entry] = field(default_factory=dict)
    opened: bool = False
    paused: bool = False
    closed: datetime | None = None
    sealed: bool = False

    def take(self, entry: Entry, now: datetime) -> str:
        kept = self.stored.get(entry.receipt)
        if kept is not None:
            # Sealed apart from their receipts, answers can't be compared any more.
            return OK if self.sealed or kept.answers == entry.answers else "AlreadyHandedIn"
        if not self._lets_in(entry, now):
            return "NotOpen"
        if entry.ticket is not None:
            if entry.ticket not in self.tickets:
                return "UnknownTicket"
            if entry.ticket in self.spent:
                return "TicketSpent"
            self.spent.add(entry.ticket)
        self.stored[entry.receipt] = entry
        return OK

    def _lets_in(self, entry: Entry, now: datetime) -> bool:
        if self.sealed:
            return False
        if self.closed is None:
            return self.opened and not self.paused
        return now < self.closed + self.grace and entry.issued_at < self.closed

    def press(self, button: str, now: datetime) -> str:
        running = self.opened and self.closed is None
        may = {
            "open": not self.opened,
            "pause": running and not self.paused,
            "resume": running and self.paused,
            "close": running,
        }[button]
        if not may:
            return REFUSED
        self.opened = True
        if button == "close":
            self.closed = now
        else:
            self.paused = button == "pause"
        return OK

    def cell_of(self, entry: Entry) -> int | None:
        return entry.unit_id if entry.ticket is None else self.tickets[entry.ticket]

    def hall_of(self, entry: Entry) -> int | None:
        cell = self.cell_of(entry)
        return entry.homes.get(cell, entry.hall_id) if cell else entry.hall_id

    def rows(self) -> frozenset[Row]:
        """What the store should hold."""
        return frozenset(
            (entry.receipt, self.cell_of(entry), self.hall_of(entry), entry.answers)
            for entry in self.stored.values()
        )


# ------------------------------------------------------------------ calls that overlap


class Call(NamedTuple):
    """What somebody asked of a sitting, when, and what was heard."""

    began: float
    ended: float  # infinity: nobody heard, so it may yet come to pass, or never
    asked: Entry | str
    said: object = None


def explained(calls: Sequence[Call], model: Model, now: datetime) -> Model | None:
    """The model after these calls, if it would have said the same to each in some order; else None.

    The order may be any in which no call comes before one that had ended when it began, and calls
    that nobody heard may have come to pass or not (linearizability: Herlihy and Wing, 1990; the
    search is that of Wing and Gong, with states seen before left out as Lowe does).
    """
    heard = sum(1 << place for place, call in enumerate(calls) if call.ended < inf)
    waiting, seen = [(0, model)], set()
    while waiting:
        done, before = waiting.pop()
        if done & heard == heard:
            return before
        left = [(n, call) for n, call in enumerate(calls) if not done >> n & 1]
        horizon = min(call.ended for _, call in left)
        # The last to be put there is tried first: of those that were heard the first that ended.
        for n, call in sorted(left, key=lambda some: -some[1].ended):
            if call.began > horizon:
                continue
            after = replace(before, spent=set(before.spent), stored=dict(before.stored))
            said = _ask(after, call.asked, now)
            if call.ended < inf and said != call.said:
                continue
            state = done | 1 << n, *_changing(after)
            if state not in seen:
                seen.add(state)
                waiting.append((done | 1 << n, after))
    return None


def _ask(model: Model, asked: Entry | str, now: datetime) -> object:
    if isinstance(asked, Entry):
        return model.take(asked, now)
    if asked == SHEETS:
        return model.rows()
    if asked == RECEIPTS:
        return frozenset(model.stored)
    if asked == SEAL:
        model.sealed = True
        return OK
    return model.press(asked, now)


def _changing(model: Model) -> tuple[object, ...]:
    stored = frozenset((receipt, entry.answers) for receipt, entry in model.stored.items())
    return stored, model.opened, model.paused, model.closed, model.sealed
