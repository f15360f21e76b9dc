"""Sheets are taken in by one writer a process: many in one transaction, answered once it holds.

A commit that survives a power cut costs a sync of the disk. One a sheet makes a hall queue for
the disk; here whatever waits when the writer is free goes into its next transaction, and only
when that is committed are the callers told. Nothing lingers: a lone sheet is written at once.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from survey.answering.storing import Busy, Entry, OtherEdition, Outcome, store
from survey.application import frames_of

log = logging.getLogger(__name__)

WAITING = 4000  # sheets in the queue; more are asked to come again
BATCH = 500
PATIENCE = 20  # seconds a caller waits for its sheet


class Waiting:
    """A caller's entry, how it ended, and how the caller is told that it has."""

    __slots__ = ("entry", "is_told", "outcome", "tell")

    def __init__(self, entry: Entry, tell: Callable[[], object]) -> None:
        self.entry, self.tell = entry, tell
        self.outcome: Outcome = None
        self.is_told = False

    def conclude(self) -> None:
        """Nothing, or the outcome raised; Busy where the writer took too long."""
        if not self.is_told:
            raise Busy
        if self.outcome is not None:
            raise self.outcome


class Intake:
    def __init__(self, engine: Engine, clock: Callable[[], datetime]) -> None:
        self._engine = engine.execution_options(writes=True)
        self._clock = clock
        self._queue: SimpleQueue[Waiting] = SimpleQueue()
        self._start = threading.Lock()
        self._writer: threading.Thread | None = None
        self._connection: Connection | None = None

    def take(self, entry: Entry) -> None:
        """Return once the sheet is safely stored (now or earlier, under the same receipt).

        Raises NotOpen, OtherEdition, AlreadyHandedIn, UnknownTicket, TicketSpent, or Busy.
        """
        told = threading.Lock()  # bare, as a future costs more than all else in taking a sheet in
        told.acquire()
        waiting = self.submit(entry, told.release)
        told.acquire(timeout=PATIENCE)
        waiting.conclude()

    async def taken(self, entry: Entry) -> None:
        """The same for a caller in an event loop, whom it costs no thread to wait."""
        loop = asyncio.get_running_loop()
        told = loop.create_future()
        waiting = self.submit(entry, partial(loop.call_soon_threadsafe, _settle, told))
        late = loop.call_later(PATIENCE, _settle, told)
        await told
        late.cancel()
        waiting.conclude()

    def submit(self, entry: Entry, tell: Callable[[], object]) -> Waiting:
        """Put an entry into the queue; `tell` is called by the writer when its outcome stands.

        Raises Busy where too many wait.
        """
        self._ensure_writer()
        # Callers that look at the same moment may make it a few more: no matter.
        if self._queue.qsize() >= WAITING:
            raise Busy
        waiting = Waiting(entry, tell)
        self._queue.put(waiting)
        return waiting

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
            if self._queue.empty():
                self._let_go()

    def _write(self, batch: list[Waiting]) -> None:
        """One transaction for the batch. Nobody is answered before it is committed."""
        try:
            outcomes = self._transact([waiting.entry for waiting in batch])
        except IntegrityError:
            self._write_apart(batch)
            return
        except SQLAlchemyError as error:
            # Locked, full, gone: what was not committed was not stored, so all may come again.
            log.error("intake: %d sheets not stored: %s", len(batch), type(error.__cause__))
            outcomes = [Busy() for _ in batch]
        except BaseException as error:  # noqa: BLE001  the callers are told, whatever it was
            log.error("intake failed\n%s", frames_of(error))
            outcomes = [Busy() for _ in batch]
        for waiting, outcome in zip(batch, outcomes, strict=True):
            _tell(waiting, outcome)

    def _transact(self, entries: Sequence[Entry]) -> list[Outcome]:
        """On a connection that is kept while sheets go on coming: to take one from the pool costs
        as much as all the rest."""
        self._connection = self._connection or self._engine.connect()
        try:
            with self._connection.begin():
                return store(self._connection, entries, self._clock)
        except BaseException:
            self._let_go()
            raise

    def _let_go(self) -> None:
        kept, self._connection = self._connection, None
        if kept is not None:
            with suppress(SQLAlchemyError):  # cut off
                kept.close()

    def _write_apart(self, batch: list[Waiting]) -> None:
        """A sheet of a hall or a cell that was removed while its page was open: it must not keep
        the others out."""
        if len(batch) == 1:
            _tell(batch[0], OtherEdition())
            return
        middle = len(batch) // 2
        self._write(batch[:middle])
        self._write(batch[middle:])


def _settle(told: "asyncio.Future[None]") -> None:
    if not told.done():
        told.set_result(None)


def _tell(waiting: Waiting, outcome: Outcome) -> None:
    waiting.outcome, waiting.is_told = outcome, True
    try:
        waiting.tell()
    except RuntimeError:  # the loop has ended, and with it whoever waited there
        log.info("intake: a caller was gone")
