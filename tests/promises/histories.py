"""Made-up histories of a sitting: phones, tickets, buttons and the clock against a simple model.

What the model says: a receipt that is in stays in, and sending it again succeeds with the same
answers and never with others; a ticket lets one sheet in; nothing lands before opening, in a
pause, or after closing but for pages issued before it, within the grace; and the sealed total is
the sum of its sheets at every level.

    python -m tests.promises.histories HISTORIES STEPS SEED      (prints JSON)
"""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import create_app, db
from survey.answering import storing
from survey.answering.intake import Busy, Intake
from survey.answering.models import Sheet
from survey.answering.queries import seal_of
from survey.answering.sealing import check_seal
from survey.answering.storing import Entry
from survey.results.models import HallTally, TallyRun, UnitTally
from survey.results.operations import keep_up
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show
from survey.sittings.tickets import lay_tickets, mark_of, slips_of
from tests.conftest import NOON, SETTINGS
from tests.promises import disk
from tests.promises.stage import ROOT
from tests.world import World, make_world

GRACE = 120
SEALED = 3  # one history of so many ends with counting and sealing, which cost most
SECOND = timedelta(seconds=1)
OK = "ok"
PROCESSES = 2
KEY = str(SETTINGS["SECRET_KEY"])


@dataclass
class Model:
    """What ought to be."""

    tickets: dict[bytes, int] = field(default_factory=dict)  # mark -> cell
    spent: set[bytes] = field(default_factory=set)
    stored: dict[bytes, Entry] = field(default_factory=dict)
    opened: bool = False
    paused: bool = False
    closed: datetime | None = None
    sealed: bool = False

    def take(self, entry: Entry, now: datetime, *, by_ticket: bool) -> str:
        kept = self.stored.get(entry.receipt)
        if kept is not None:
            # Sealed apart from their receipts, answers can't be compared any more.
            return OK if self.sealed or kept.answers == entry.answers else "AlreadyHandedIn"
        if not self._lets_in(entry, now):
            return "NotOpen"
        if by_ticket and entry.ticket not in self.tickets:
            return "UnknownTicket"
        if by_ticket and entry.ticket in self.spent:
            return "TicketSpent"
        self.stored[entry.receipt] = entry
        if entry.ticket is not None:
            self.spent.add(entry.ticket)
        return OK

    def _lets_in(self, entry: Entry, now: datetime) -> bool:
        if self.closed is None:
            return self.opened and not self.paused
        return now < self.closed + GRACE * SECOND and entry.issued_at < self.closed


class Ground:
    """One store for many histories, each in a sitting of its own."""

    def __init__(self, app: Flask, session: Session, world: World, seed: int = 4) -> None:
        self.app, self.session, self.world = app, session, world
        self.chance = random.Random(seed)
        self.now = NOON
        self.pool = ThreadPoolExecutor(6)
        self.reopen()

    def reopen(self) -> None:
        """As when the server is started again: connections and intake are new."""
        self.session.close()
        engine = self.app.extensions["survey_engine"]
        engine.dispose()
        self.intake = Intake(engine, lambda: self.now)

    def play(self, histories: int, steps: int = 12) -> Counter[str]:
        """What happened, and what should not have: `fault …`."""
        found: Counter[str] = Counter()
        for number in range(histories):
            if number % 100 == 99:
                self.reopen()
            history = History(self)
            for _ in range(steps):
                history.step()
            history.end(seal=number % SEALED == 0)
            found.update(history.found)
        self.pool.shutdown()
        return +found


class History:
    def __init__(self, ground: Ground) -> None:
        self._ground, self._chance = ground, ground.chance
        self._by_ticket = self._chance.random() < 0.5
        self.found: Counter[str] = Counter(histories=1)
        self.model = Model()
        self._known: list[Entry] = []  # sent once at least
        self._unknown: list[Entry] = []  # sent, and nobody heard the answer
        self.sitting = self._plan()
        if self._chance.random() < 0.9:
            self._press("open")

    def _plan(self) -> int:
        ground = self._ground
        sitting = sittings.plan_sitting(
            ground.session,
            ground.world.conference,
            ground.world.edition,
            kind=Kind.AFTER,
            title="Khảo sát",
            show=Show.SCORE,
            opens_at=None,
            closes_at=None,
            grace=GRACE,
            tickets=self._by_ticket,
            now=ground.now,
        )
        if self._by_ticket:
            cells = [cells[0] for cells in ground.world.cells]
            lay_tickets(
                ground.session, sitting, dict.fromkeys(cells, 3), secret_key=KEY, now=ground.now
            )
            slips = slips_of(ground.session, sitting, cells, secret_key=KEY)
            self.model.tickets = {
                mark_of(sitting, code, secret_key=KEY): cell
                for cell, codes in slips.items()
                for code in codes
            }
        return sitting

    def step(self) -> None:
        steps: list[tuple[Callable[[], None], int]] = [
            (self._new, 5),
            (self._again, 3),
            (self._with_other_answers, 2),
            (self._unheard, 2),
            (self._burst, 2),
            (self._button, 2),
            (self._wait, 2),
            (self._look, 1),
        ]
        chosen, weights = zip(*steps, strict=True)
        self.found["steps"] += 1
        self._chance.choices(chosen, weights)[0]()

    # -------------------------------------------------------------- phones

    def _entry(self) -> Entry:
        world, chance = self._ground.world, self._chance
        place = chance.randrange(len(world.communes))
        mark = chance.choice([*self.model.tickets, chance.randbytes(16)])
        return Entry(
            sitting_id=self.sitting,
            edition_id=world.edition,
            receipt=chance.randbytes(16),
            unit_id=None if self._by_ticket else chance.choice(world.cells[place]),
            hall_id=world.halls[place],
            mode="own",
            answers=chance.choice(("0;02;0", "1;02;1", ";;0", "2;1;1")),
            issued_at=self._ground.now - chance.randrange(0, 300) * SECOND,
            ticket=mark if self._by_ticket else None,
        )

    def _new(self) -> None:
        self._send(self._entry())

    def _again(self) -> None:
        if self._known:
            self._send(self._chance.choice(self._known))

    def _with_other_answers(self) -> None:
        if self._known:
            first = self._chance.choice(self._known)
            self._send(first._replace(answers="0;0;1"))

    def _unheard(self) -> None:
        """The answer is cut off on its way. The phone sends the same again until it hears."""
        entry = self._entry()
        self._take(entry)
        self.model.take(entry, self._ground.now, by_ticket=self._by_ticket)
        self._unknown.append(entry)

    def _send(self, entry: Entry) -> None:
        said = self._take(entry)
        meant = self.model.take(entry, self._ground.now, by_ticket=self._by_ticket)
        self.found[said] += 1
        if entry not in self._known:
            self._known.append(entry)
        if said != meant:
            self.found[f"fault: {said}, not {meant}"] += 1

    def _take(self, entry: Entry) -> str:
        try:
            self._ground.intake.take(entry)
        except REFUSALS as refusal:
            return type(refusal).__name__
        return OK

    def _burst(self) -> None:
        """Several at the same moment, some with one ticket, some the same sheet twice."""
        first = self._entry()
        entries = [first, first]
        entries += [self._entry()._replace(ticket=first.ticket) for _ in range(2)]
        said = list(self._ground.pool.map(self._take, entries))
        self.found["bursts"] += 1
        if not self._some_order_explains(entries, said):
            self.found[f"fault: in a burst {said}"] += 1

    def _some_order_explains(self, entries: list[Entry], said: list[str]) -> bool:
        """Those that were let in came first, in whatever order; then the model must agree."""
        order = sorted(range(len(entries)), key=lambda place: said[place] != OK)
        now = self._ground.now
        meant = [self.model.take(entries[n], now, by_ticket=self._by_ticket) for n in order]
        return meant == [said[n] for n in order]

    # -------------------------------------------------------------- buttons, clock, looks

    def _wait(self) -> None:
        self._ground.now += self._chance.choice((1, 20, 119, 120, 121)) * SECOND

    def _button(self) -> None:
        buttons = ("open", "pause", "resume", "pause", "resume", "close")
        self._press(self._chance.choice(buttons))

    def _press(self, button: str) -> None:
        ground, model = self._ground, self.model
        press: Any = getattr(sittings, f"{button}_sitting")
        may = {
            "open": not model.opened,
            "pause": model.opened and not model.paused and model.closed is None,
            "resume": model.paused and model.closed is None,
            "close": model.opened and model.closed is None,
        }[button]
        ground.now += SECOND
        try:
            press(ground.session, self.sitting, now=ground.now)
        except sittings.WrongState:
            self.found["fault: button refused"] += may
            return
        self.found["fault: button taken"] += not may
        model.opened = True
        model.paused = button == "pause" if button in ("pause", "resume") else model.paused
        model.closed = ground.now if button == "close" else model.closed

    def _look(self) -> None:
        if self.model.opened:
            keep_up(self._ground.session, self.sitting, now=self._ground.now)
        self._ground.session.rollback()

    # -------------------------------------------------------------- the end

    def end(self, *, seal: bool) -> None:
        """Phones that heard nothing send again, it is closed, and then all add up."""
        for entry in self._unknown:
            self._send(entry)
        if not self.model.opened:
            self._press("open")
        if self.model.closed is None:
            self._press("close")
        self._ground.now += GRACE * SECOND
        self._new()
        session = self._ground.session
        table = Sheet.__table__.c
        rows = select(table.receipt, table.unit_id, table.answers)
        stored = session.execute(rows.where(table.sitting_id == self.sitting)).all()
        meant = {(e.receipt, self._cell(e), e.answers) for e in self.model.stored.values()}
        self.found["fault: stored"] += {tuple(row) for row in stored} != meant
        if seal:
            seal_sitting(session, self.sitting, now=self._ground.now)
            self.model.sealed = True
            self.found["sealed"] += 1
            self._again()
            self._new()
            self.found.update(f"fault: {fault}" for fault in self._faults_of_total())
        session.rollback()

    def _faults_of_total(self) -> Iterator[str]:
        session, sheets = self._ground.session, list(self.model.stored.values())
        seal = seal_of(session, self.sitting)
        if seal is None or seal.sheets != len(sheets):
            yield "sealed total"
        if not check_seal(session, self.sitting):
            yield "digest"
        cells = Counter(self._cell(entry) for entry in sheets)
        halls = Counter(entry.hall_id for entry in sheets)
        world = self._ground.world
        meant = {cell: cells[cell] for group in world.cells for cell in group}
        meant |= {
            commune: sum(cells[cell] for cell in group)
            for commune, group in zip(world.communes, world.cells, strict=True)
        }
        meant[world.province] = len(sheets)
        units = select(UnitTally.unit_id, UnitTally.answered)
        told = session.execute(units.where(UnitTally.sitting_id == self.sitting))
        if any(meant[unit] != count for unit, count in told):
            yield "total of a unit"
        in_halls = select(HallTally.hall_id, HallTally.answered)
        told = session.execute(in_halls.where(HallTally.sitting_id == self.sitting))
        if any(halls[hall] != count for hall, count in told):
            yield "total of a hall"
        if session.get_one(TallyRun, self.sitting).sheets != len(sheets):
            yield "total of the sitting"

    def _cell(self, entry: Entry) -> int | None:
        return entry.unit_id if entry.ticket is None else self.model.tickets[entry.ticket]


REFUSALS = (
    storing.NotOpen,
    storing.OtherEdition,
    storing.AlreadyHandedIn,
    storing.UnknownTicket,
    storing.TicketSpent,
    Busy,
)


def play(histories: int, *, steps: int = 12) -> Counter[str]:
    """In two processes, each with a store of its own."""
    command = [sys.executable, "-m", "tests.promises.histories"]
    running = [
        subprocess.Popen(
            command + [str(word) for word in (histories // PROCESSES, steps, seed)],
            cwd=ROOT,
            env=os.environ | disk.preloaded(delay=1e-6),  # no power cut here: nothing is synced
            stdout=subprocess.PIPE,
        )
        for seed in range(PROCESSES)
    ]
    found: Counter[str] = Counter()
    for process in running:
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"histories ended with {process.returncode}")
        found.update(json.loads(said))
    return found


@contextmanager
def ground(seed: int) -> Iterator[Ground]:
    with TemporaryDirectory(prefix="promises-") as name:
        app = create_app(SETTINGS, instance=Path(name))
        engine = app.extensions["survey_engine"]
        db.Base.metadata.create_all(engine)
        with Session(engine) as session, app.test_request_context():
            yield Ground(app, session, make_world(session), seed)
        engine.dispose()


if __name__ == "__main__":
    with ground(int(sys.argv[3])) as own:
        sys.stdout.write(json.dumps(own.play(int(sys.argv[1]), int(sys.argv[2]))))
