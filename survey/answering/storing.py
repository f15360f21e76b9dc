"""What happens to sheets inside the transaction that takes them in.

Asked here: whether the sitting is open, whether the ticket is unspent, and what came under a
receipt before. Asked before the transaction, a sheet could land after the total was taken.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from survey.answering.models import Sheet
from survey.answering.sealing import sealed_receipts
from survey.db import by_first
from survey.sittings.holding import share_sitting, share_sitting_now
from survey.sittings.models import Sitting, State, Times
from survey.sittings.tickets import TicketHeld, hold_tickets, spend_tickets

Key = tuple[int, bytes]  # (sitting, receipt), or (sitting, mark of a ticket)
Outcome = Exception | None
Kept = dict[Key, str | None]  # the answers under a receipt; None where they were sealed apart


class Busy(Exception):
    """Not taken in now: the queue is full, the store could not write, or the sitting is being
    sealed. Send it again."""


class NotOpen(Exception):
    """The sitting does not take sheets; `state` says why."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.state = state


class OtherEdition(Exception):
    """The sitting now has another edition than the one that was answered."""


class AlreadyHandedIn(Exception):
    """This receipt came before with other answers; the first ones stand."""


class UnknownTicket(Exception):
    """No ticket of this sitting."""


class TicketSpent(Exception):
    """Another sheet came with this ticket."""


class Entry(NamedTuple):
    """A sheet on its way in, and when its page was issued. Its cell is known by its door or was
    chosen, or its ticket says it."""

    sitting_id: int
    edition_id: int
    receipt: bytes
    unit_id: int | None
    hall_id: int | None
    mode: str
    answers: str
    issued_at: datetime
    ticket: bytes | None = None
    homes: Mapping[int, int] = MappingProxyType({})  # {cell: its hall}, whatever door was used

    @property
    def key(self) -> Key:
        return self.sitting_id, self.receipt

    @property
    def ticket_key(self) -> Key | None:
        return (self.sitting_id, self.ticket) if self.ticket is not None else None


def store(
    connection: Connection, entries: Sequence[Entry], clock: Callable[[], datetime]
) -> list[Outcome]:
    """Store those that may land; for each entry nothing, or why it was refused."""
    shared = _share(connection, {entry.sitting_id for entry in entries}, clock)
    sittings = _ask(connection, shared)
    now = clock()  # read when the lock is held: whoever counts waits for it too
    refusals = [
        _refusal(sittings.get(entry.sitting_id), entry, now)
        if entry.sitting_id in shared
        else Busy()
        for entry in entries
    ]
    # Held before receipts are looked up: a repeat that meets its first self on another host
    # waits here, and then finds what that one stored.
    mine = (entry for entry in entries if entry.sitting_id in shared)
    held = hold_tickets(connection, {ticket for entry in mine if (ticket := entry.ticket_key)})
    kept = _kept(connection, entries, refusals)
    fresh: dict[Key, Entry] = {}
    taken: dict[Key, Key] = {}
    for place, entry in enumerate(entries):
        key = entry.key
        if refusals[place] or key in kept or key in fresh:
            continue
        refusals[place] = _ticket_refusal(entry, held, taken)
        if refusals[place] is None:
            fresh[key] = entry
    kept |= _insert(connection, fresh, held)
    return [
        _repeat(entry, kept[key]) if (key := entry.key) in kept else refusal
        for entry, refusal in zip(entries, refusals, strict=True)
    ]


def _insert(connection: Connection, fresh: dict[Key, Entry], held: dict[Key, TicketHeld]) -> Kept:
    """What now stands under these keys: another process may have stored one before."""
    if not fresh:
        return {}
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    # In one order everywhere: two processes that store the same receipts cannot deadlock.
    rows = [_row(fresh[key], held) for key in sorted(fresh)]
    stored = {
        (sitting_id, receipt)
        for lot in _lots(rows)
        for sitting_id, receipt in connection.exec_driver_sql(
            _insert_or_leave(mark, len(lot)), tuple(chain(*lot))
        )
    }
    # Of a receipt that came meanwhile with another ticket, that one is spent, and this one is not.
    if tickets := [ticket for key in stored if (ticket := fresh[key].ticket_key)]:
        spend_tickets(connection, tickets)
    if len(stored) == len(fresh):
        return {key: entry.answers for key, entry in fresh.items()}
    return _stored(connection, fresh)


_COLUMNS = ("sitting_id", "receipt", "unit_id", "hall_id", "mode", "answers")
_LOT = 250  # rows of one statement
Row = tuple[Any, ...]


def _row(entry: Entry, held: dict[Key, TicketHeld]) -> Row:
    ticket = entry.ticket_key
    cell = held[ticket].unit_id if ticket else entry.unit_id
    hall = entry.homes.get(cell, entry.hall_id) if cell else entry.hall_id
    return entry.sitting_id, entry.receipt, cell, hall, entry.mode, entry.answers


def _lots(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Many rows in one statement: between two of them the writer must wait for a moment at which
    no other thread computes, and row by row a hall would make it wait fifty times."""
    return (rows[start : start + _LOT] for start in range(0, len(rows), _LOT))


def _repeat(entry: Entry, answers: str | None) -> Outcome:
    return None if answers is None or answers == entry.answers else AlreadyHandedIn()


def _ticket_refusal(entry: Entry, held: dict[Key, TicketHeld], taken: dict[Key, Key]) -> Outcome:
    """`taken`: the tickets that this batch spends, and on which receipt."""
    ticket = entry.ticket_key
    if ticket is None:
        return None
    if ticket not in held:
        return UnknownTicket()
    if held[ticket].spent or taken.setdefault(ticket, entry.key) != entry.key:
        return TicketSpent()
    return None


@lru_cache(_LOT)
def _insert_or_leave(mark: str, rows: int) -> str:
    """INSERT that leaves a row of the same receipt as it is, for the conflict is the repeat, and
    tells which keys are new."""
    row = f"({', '.join([mark] * len(_COLUMNS))})"
    return (
        f"INSERT INTO {Sheet.__tablename__} ({', '.join(_COLUMNS)})"  # noqa: S608  names of ours
        f" VALUES {', '.join([row] * rows)} ON CONFLICT DO NOTHING"
        f" RETURNING {', '.join(_COLUMNS[:2])}"
    )


class Asked(NamedTuple):
    """What decides whether a sheet may land."""

    edition_id: int
    tickets: bool
    times: Times
    grace: int  # seconds


_SITTING = Sitting.__table__.c
# Built once: putting it together costs more than asking.
_SITTINGS = select(
    _SITTING.id,
    _SITTING.edition_id,
    _SITTING.tickets,
    _SITTING.grace,
    _SITTING.opens_at,
    _SITTING.closes_at,
    _SITTING.paused,
    _SITTING.changed_at,
).where(_SITTING.id == bindparam("sitting"))


def _share(connection: Connection, ids: Collection[int], clock: Callable[[], datetime]) -> set[int]:
    """Keep these sittings as they are: closing must wait for the sheets that are being let in, and
    they for it. But not for a sitting that is over, which may be being sealed: for as long as that
    takes, all that came with a straggler's sheet would wait. What is left out is not shared."""
    shared = set()
    for id in sorted(ids):
        if not share_sitting_now(connection, id):
            if _is_over(_ask(connection, {id}).get(id), clock()):
                continue
            share_sitting(connection, id)
        shared.add(id)
    return shared


def _is_over(sitting: Asked | None, now: datetime) -> bool:
    """Whether no sheet can land any more."""
    if sitting is None:
        return False
    end = sitting.times.over_at(sitting.grace)
    return end is not None and sitting.times.clock(now) >= end


def _ask(connection: Connection, ids: Collection[int]) -> dict[int, Asked]:
    # One after the other, as most batches are of one sitting.
    rows = (connection.execute(_SITTINGS, {"sitting": id}).one_or_none() for id in ids)
    return {
        row.id: Asked(
            row.edition_id,
            row.tickets,
            Times(row.opens_at, row.closes_at, row.paused, row.changed_at),
            row.grace,
        )
        for row in rows
        if row is not None
    }


def _refusal(sitting: Asked | None, entry: Entry, now: datetime) -> Outcome:
    if sitting is None:
        return NotOpen(State.CLOSED)
    # How people are let in may change until opening too, and the page be of before.
    if sitting.edition_id != entry.edition_id or sitting.tickets != (entry.ticket is not None):
        return OtherEdition()
    state, closes_at = sitting.times.state(now), sitting.times.closes_at
    if state.takes_sheets:
        return None
    late = state is State.CLOSED and not _is_over(sitting, now)
    if late and closes_at is not None and entry.issued_at < closes_at:
        return None
    return NotOpen(state)


def _kept(connection: Connection, entries: Sequence[Entry], refusals: Sequence[Outcome]) -> Kept:
    """Receipts that came before, looked up where a repeat would otherwise be turned away: after
    closing, or with the ticket that its first self has spent."""
    refused = [e.key for e, refusal in zip(entries, refusals, strict=True) if refusal]
    kept = _stored(connection, refused + [e.key for e in entries if e.ticket])
    if late := set(refused) - kept.keys():
        kept |= dict.fromkeys(sealed_receipts(connection, late))
    return kept


def _stored(connection: Connection, keys: Collection[Key]) -> Kept:
    table = Sheet.__table__.c
    stored: Kept = {}
    for sitting_id, receipts in by_first(keys):
        rows = connection.execute(
            select(table.receipt, table.answers).where(
                table.sitting_id == sitting_id, table.receipt.in_(receipts)
            )
        )
        stored |= {(sitting_id, row.receipt): row.answers for row in rows}
    return stored
