"""Sheets are taken in by one writer a process: many in one transaction, answered once it holds.

A commit that survives a power cut costs a sync of the disk. One a sheet makes a hall queue for
the disk; here whatever waits when the writer is free goes into its next transaction, and only
when that is committed are the callers told. Nothing lingers: a lone sheet is written at once.
"""

import logging
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, select, tuple_
from sqlalchemy.exc import SQLAlchemyError

from survey.answering.models import Sheet
from survey.answering.sealing import sealed_receipts
from survey.sittings.holding import share_sittings
from survey.sittings.models import Sitting, State, Times
from survey.sittings.tickets import TicketHeld, hold_tickets, spend_tickets

log = logging.getLogger(__name__)

WAITING = 4000  # sheets in the queue; more are asked to come again
BATCH = 500
PATIENCE = 20  # seconds a caller waits for its sheet
Key = tuple[int, bytes]  # (sitting, receipt), or (sitting, mark of a ticket)


class Busy(Exception):
    """Not taken in now: the queue is full, or the store could not write. Send it again."""


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


@dataclass(frozen=True, slots=True)
class Entry:
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

    @property
    def key(self) -> Key:
        return self.sitting_id, self.receipt

    @property
    def ticket_key(self) -> Key | None:
        return (self.sitting_id, self.ticket) if self.ticket is not None else None


class Waiting:
    """A caller and its entry. A bare lock, as a future costs more than all else in taking a
    sheet in."""

    __slots__ = ("done", "entry", "outcome")

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.outcome: Exception | None = None
        self.done = threading.Lock()
        self.done.acquire()


class Intake:
    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine.execution_options(writes=True)
        self._clock = clock
        self._queue: SimpleQueue[Waiting] = SimpleQueue()
        self._start = threading.Lock()
        self._writer: threading.Thread | None = None
        self._inserts = {size: _insert_or_leave(engine, size) for size in _LOTS}

    def take(self, entry: Entry) -> None:
        """Return once the sheet is safely stored (now or earlier, under the same receipt).

        Raises NotOpen, OtherEdition, AlreadyHandedIn, UnknownTicket, TicketSpent, or Busy.
        """
        self._ensure_writer()
        # Callers that look at the same moment may make it a few more: no matter.
        if self._queue.qsize() >= WAITING:
            raise Busy
        waiting = Waiting(entry)
        self._queue.put(waiting)
        if not waiting.done.acquire(timeout=PATIENCE):
            raise Busy
        if waiting.outcome is not None:
            raise waiting.outcome

    def _ensure_writer(self) -> None:
        # Started by the first sheet, not at import: a server forks its workers before that.
        if self._writer is None or not self._writer.is_alive():
            with self._start:
                if self._writer is None or not self._writer.is_alive():
                    self._writer = threading.Thread(
                        target=self._write_forever, name="intake", daemon=True
                    )
                    self._writer.start()

    def _write_forever(self) -> None:
        while True:
            batch = [self._queue.get()]
            while len(batch) < BATCH:
                try:
                    batch.append(self._queue.get_nowait())
                except Empty:
                    break
            self._write(batch)

    def _write(self, batch: list[Waiting]) -> None:
        """One transaction for the batch. Nobody is answered before it is committed."""
        try:
            with self._engine.begin() as connection:
                outcomes = self._store(connection, [waiting.entry for waiting in batch])
        except SQLAlchemyError as error:
            # Locked, full, gone: what was not committed was not stored, so all may come again.
            log.error("intake: %d sheets not stored: %s", len(batch), type(error.__cause__))
            outcomes = [Busy()] * len(batch)
        except BaseException:
            log.exception("intake failed")
            outcomes = [Busy()] * len(batch)
        for waiting, outcome in zip(batch, outcomes, strict=True):
            waiting.outcome = outcome
            waiting.done.release()

    def _store(self, connection: Connection, entries: Sequence[Entry]) -> list[Exception | None]:
        # Asked here, inside the transaction that inserts: asked before it, a sheet could land
        # after the total was taken.
        sittings = _sittings(connection, {entry.sitting_id for entry in entries})
        now = self._clock()  # read when the lock is held: whoever counts waits for it too
        refusals = [_refusal(sittings.get(entry.sitting_id), entry, now) for entry in entries]
        # Held before receipts are looked up: a repeat that meets its first self on another host
        # waits here, and then finds what that one stored.
        held = hold_tickets(connection, {t for e in entries if (t := e.ticket_key)})
        kept = _kept(connection, entries, refusals)
        fresh: dict[Key, Entry] = {}
        taken: dict[Key, Key] = {}
        for place, entry in enumerate(entries):
            if refusals[place] or entry.key in kept or entry.key in fresh:
                continue
            refusals[place] = _ticket_refusal(entry, held, taken)
            if refusals[place] is None:
                fresh[entry.key] = entry
        kept |= self._insert_all(connection, fresh, held)
        return [
            _repeat(entry, kept[entry.key]) if entry.key in kept else refusal
            for entry, refusal in zip(entries, refusals, strict=True)
        ]

    def _insert_all(
        self, connection: Connection, fresh: dict[Key, Entry], held: dict[Key, TicketHeld]
    ) -> "Kept":
        """What now stands under these keys: another process may have stored one before."""
        if not fresh:
            return {}
        # In one order everywhere: two processes that store the same receipts cannot deadlock.
        rows = [_row(fresh[key], held) for key in sorted(fresh)]
        stored = sum(
            connection.exec_driver_sql(self._inserts[len(lot)], tuple(chain(*lot))).rowcount
            for lot in _lots(rows)
        )
        if tickets := [ticket for entry in fresh.values() if (ticket := entry.ticket_key)]:
            spend_tickets(connection, tickets)
        if stored == len(fresh):
            return {key: entry.answers for key, entry in fresh.items()}
        return _stored(connection, fresh)


Kept = dict[Key, str | None]  # the answers under a receipt; None where they were sealed apart


_COLUMNS = ("sitting_id", "receipt", "unit_id", "hall_id", "mode", "answers")
_LOTS = (256, 128, 64, 32, 16, 8, 4, 2, 1)  # rows of one statement
Row = tuple[Any, ...]


def _row(entry: Entry, held: dict[Key, TicketHeld]) -> Row:
    ticket = entry.ticket_key
    cell = held[ticket].unit_id if ticket else entry.unit_id
    return entry.sitting_id, entry.receipt, cell, entry.hall_id, entry.mode, entry.answers


def _lots(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Many rows in few statements: between two of them the writer must wait for a moment at
    which no other thread computes, and row by row a hall would make it wait fifty times."""
    start = 0
    while left := len(rows) - start:
        size = next(size for size in _LOTS if size <= left)
        yield rows[start : start + size]
        start += size


def _repeat(entry: Entry, answers: str | None) -> Exception | None:
    return None if answers is None or answers == entry.answers else AlreadyHandedIn()


def _ticket_refusal(
    entry: Entry, held: dict[Key, TicketHeld], taken: dict[Key, Key]
) -> Exception | None:
    """`taken`: the tickets that this batch spends, and on which receipt."""
    ticket = entry.ticket_key
    if ticket is None:
        return None
    if ticket not in held:
        return UnknownTicket()
    if held[ticket].spent or taken.setdefault(ticket, entry.key) != entry.key:
        return TicketSpent()
    return None


def _insert_or_leave(engine: Engine, rows: int) -> str:
    """INSERT that leaves a row of the same receipt as it is; the conflict is the repeat."""
    mark = "?" if engine.dialect.name == "sqlite" else "%s"
    row = f"({', '.join([mark] * len(_COLUMNS))})"
    return (
        f"INSERT INTO {Sheet.__tablename__} ({', '.join(_COLUMNS)})"  # noqa: S608  names of ours
        f" VALUES {', '.join([row] * rows)} ON CONFLICT DO NOTHING"
    )


class Asked(NamedTuple):
    """What decides whether a sheet may land."""

    edition_id: int
    tickets: bool
    times: Times
    grace: timedelta


def _sittings(connection: Connection, ids: set[int]) -> dict[int, Asked]:
    # Closing must wait for the sheets that are being let in, and they for it.
    share_sittings(connection, ids)
    table = Sitting.__table__.c
    statement = select(
        table.id,
        table.edition_id,
        table.tickets,
        table.grace,
        table.opens_at,
        table.closes_at,
        table.paused,
        table.changed_at,
    ).where(table.id.in_(ids))
    rows = connection.execute(statement)
    return {
        sitting_id: Asked(edition_id, tickets, Times(*times), timedelta(seconds=grace))
        for sitting_id, edition_id, tickets, grace, *times in rows
    }


def _refusal(sitting: Asked | None, entry: Entry, now: datetime) -> Exception | None:
    if sitting is None:
        return NotOpen(State.CLOSED)
    # How people are let in may change until opening too, and the page be of before.
    if sitting.edition_id != entry.edition_id or sitting.tickets != (entry.ticket is not None):
        return OtherEdition()
    state, closes_at = sitting.times.state(now), sitting.times.closes_at
    if state.takes_sheets:
        return None
    if state is State.CLOSED and closes_at is not None:
        late = sitting.times.clock(now) < closes_at + sitting.grace
        if late and entry.issued_at < closes_at:
            return None
    return NotOpen(state)


def _kept(
    connection: Connection, entries: Sequence[Entry], refusals: Sequence[Exception | None]
) -> Kept:
    """Receipts that came before, looked up where a repeat would otherwise be turned away: after
    closing, or with the ticket that its first self has spent."""
    refused = [e.key for e, refusal in zip(entries, refusals, strict=True) if refusal]
    kept = _stored(connection, refused + [e.key for e in entries if e.ticket])
    if late := set(refused) - kept.keys():
        kept |= dict.fromkeys(sealed_receipts(connection, late))
    return kept


def _stored(connection: Connection, keys: Collection[Key]) -> Kept:
    if not keys:
        return {}
    table = Sheet.__table__.c
    rows = connection.execute(
        select(table.sitting_id, table.receipt, table.answers).where(
            tuple_(table.sitting_id, table.receipt).in_(keys)
        )
    )
    return {(row.sitting_id, row.receipt): row.answers for row in rows}
