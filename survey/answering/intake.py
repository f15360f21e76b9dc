"""Sheets are taken in by one writer a process: many in one transaction, answered once it holds.

A commit that survives a power cut costs a sync of the disk. One a sheet makes a hall queue for
the disk; here whatever waits when the writer is free goes into its next transaction, and only
when that is committed are the callers told. Nothing lingers: a lone sheet is written at once.
"""

import logging
import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError

from survey.answering.models import Sheet
from survey.sittings.models import Sitting, State

log = logging.getLogger(__name__)

WAITING = 4000  # sheets in the queue; more are asked to come again
BATCH = 500
PATIENCE = 20  # seconds a caller waits for its sheet


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


@dataclass(frozen=True, slots=True)
class Entry:
    """A sheet on its way in, and when its page was issued."""

    sitting_id: int
    edition_id: int
    receipt: bytes
    unit_id: int
    hall_id: int | None
    mode: str
    answers: str
    issued_at: datetime

    @property
    def key(self) -> tuple[int, bytes]:
        return self.sitting_id, self.receipt

    @property
    def row(self) -> dict[str, Any]:
        return {
            "sitting_id": self.sitting_id,
            "receipt": self.receipt,
            "unit_id": self.unit_id,
            "hall_id": self.hall_id,
            "mode": self.mode,
            "answers": self.answers,
        }


Waiting = tuple[Entry, "Future[None]"]


class Intake:
    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine.execution_options(writes=True)
        self._clock = clock
        self._queue: queue.Queue[Waiting] = queue.Queue(WAITING)
        self._start = threading.Lock()
        self._writer: threading.Thread | None = None
        self._insert = _insert_or_leave(engine)

    def take(self, entry: Entry) -> None:
        """Return once the sheet is safely stored (now or earlier, under the same receipt).

        Raises NotOpen, AlreadyHandedIn, or Busy.
        """
        self._ensure_writer()
        done: Future[None] = Future()
        try:
            self._queue.put_nowait((entry, done))
            done.result(PATIENCE)
        except (queue.Full, TimeoutError) as error:
            raise Busy from error

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
                except queue.Empty:
                    break
            self._write(batch)

    def _write(self, batch: list[Waiting]) -> None:
        """One transaction for the batch. Nobody is answered before it is committed."""
        try:
            with self._engine.begin() as connection:
                outcomes = self._store(connection, [entry for entry, _ in batch])
        except SQLAlchemyError as error:
            # Locked, full, gone: what was not committed was not stored, so all may come again.
            log.error("intake: %d sheets not stored: %s", len(batch), type(error.__cause__))
            outcomes = [Busy()] * len(batch)
        except BaseException:
            log.exception("intake failed")
            outcomes = [Busy()] * len(batch)
        for (_, done), outcome in zip(batch, outcomes, strict=True):
            if outcome is None:
                done.set_result(None)
            else:
                done.set_exception(outcome)

    def _store(self, connection: Connection, entries: Sequence[Entry]) -> list[Exception | None]:
        # Asked here, inside the transaction that inserts: asked before it, a sheet could land
        # after the total was taken.
        sittings = _sittings(connection, {entry.sitting_id for entry in entries})
        now = self._clock()  # read when the lock is held: whoever counts waits for it too
        refusals = [_refusal(sittings.get(entry.sitting_id), entry, now) for entry in entries]
        open_ones = [e for e, no in zip(entries, refusals, strict=True) if no is None]
        if not open_ones:
            return refusals
        # In one order everywhere: two processes that store the same receipts cannot deadlock.
        rows = [entry.row for entry in sorted(open_ones, key=lambda entry: entry.key)]
        stored = connection.execute(self._insert, rows).rowcount
        if stored == len(open_ones):
            return refusals
        kept = _kept(connection, open_ones)
        return [
            no or (None if kept[entry.key] == entry.answers else AlreadyHandedIn())
            for entry, no in zip(entries, refusals, strict=True)
        ]


def _insert_or_leave(engine: Engine) -> Any:
    """INSERT that leaves a row of the same receipt as it is; the conflict is the repeat."""
    on_postgresql = engine.dialect.name == "postgresql"
    return (postgresql.insert if on_postgresql else sqlite.insert)(Sheet).on_conflict_do_nothing()


def _sittings(connection: Connection, ids: set[int]) -> dict[int, Any]:
    table = Sitting.__table__.c
    statement = select(
        table.id,
        table.edition_id,
        table.opens_at,
        table.closes_at,
        table.paused,
        table.grace,
        table.changed_at,
    ).where(table.id.in_(ids))
    # On PostgreSQL closing must wait for the sheets that are being let in, and they for it.
    return {row.id: row for row in connection.execute(statement.with_for_update(read=True))}


def _refusal(row: Any | None, entry: Entry, now: datetime) -> Exception | None:
    if row is None:
        return NotOpen(State.CLOSED)
    if row.edition_id != entry.edition_id:
        return OtherEdition()
    sitting = Sitting(
        opens_at=row.opens_at,
        closes_at=row.closes_at,
        paused=row.paused,
        changed_at=row.changed_at,
    )
    now = sitting.clock(now)
    state = sitting.state(now)
    if state.takes_sheets:
        return None
    if state is State.CLOSED and row.closes_at is not None:
        late = now < row.closes_at + timedelta(seconds=row.grace)
        if late and entry.issued_at < row.closes_at:
            return None
    return NotOpen(state)


def _kept(connection: Connection, entries: Sequence[Entry]) -> dict[tuple[int, bytes], str]:
    table = Sheet.__table__.c
    rows = connection.execute(
        select(table.sitting_id, table.receipt, table.answers).where(
            tuple_(table.sitting_id, table.receipt).in_([entry.key for entry in entries])
        )
    )
    return {(row.sitting_id, row.receipt): row.answers for row in rows}
