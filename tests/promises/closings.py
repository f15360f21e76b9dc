"""Closing in a storm: what was acknowledged is inside the sealed total, and nothing lands after."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_bytes

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from survey.answering.intake import Intake
from survey.answering.models import Seal, SealedReceipt, SealedSheet, Sheet
from survey.answering.sealing import NotDue
from survey.answering.storing import Busy, Entry, NotOpen, _ask, _refusal
from survey.results.models import TallyRun, UnitTally
from survey.results.sealing import UnequalTotals, seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.holding import share_sitting
from survey.sittings.models import Kind, Show
from tests.conftest import NOON
from tests.world import World, make_world

PHONES = 6
SECOND = timedelta(seconds=1)
Host = Callable[[Engine, Callable[[], datetime]], Intake]


class Clock:
    """One that a test moves, and that another host's may be ahead of or behind."""

    def __init__(self) -> None:
        self.now = NOON

    def behind(self, by: timedelta) -> Callable[[], datetime]:
        return lambda: self.now - by


class AskFirst(Intake):
    """The fault that is planted: is it open? then insert."""

    def take(self, entry: Entry) -> None:
        with self._engine.begin() as connection:
            share_sitting(connection, entry.sitting_id)
            row = _ask(connection, {entry.sitting_id}).get(entry.sitting_id)
            refusal = _refusal(row, entry, self._clock())
        if refusal is not None:
            raise refusal
        with self._engine.begin() as connection:
            connection.execute(Sheet.__table__.insert().values(_row(entry)))  # type: ignore[attr-defined]


def _row(entry: Entry) -> dict[str, object]:
    names = ("sitting_id", "receipt", "unit_id", "hall_id", "mode", "answers")
    return {name: getattr(entry, name) for name in names}


@dataclass
class Played:
    acknowledged: int = 0
    refused: int = 0
    late: int = 0  # let in after the closing, within the grace
    busy: int = 0  # asked to come again, for the sitting was being sealed
    lost: int = 0  # acknowledged and not sealed
    landed: int = 0  # there after sealing, or sealed and never acknowledged
    unequal: int = 0  # totals that differ, or could not be sealed for it
    forgotten: int = 0  # acknowledged, and refused when sent again

    @property
    def faults(self) -> int:
        return self.lost + self.landed + self.unequal + self.forgotten


def play(
    closings: int, engine: Engine, host: Host = Intake, skew: timedelta = timedelta(0)
) -> Played:
    """So many sittings are closed, by the button or by the clock, while phones hand in at two
    hosts whose clocks differ by `skew`, and sealed by a third while they still try."""
    clock, played = Clock(), Played()
    hosts = [host(engine, clock.behind(by)) for by in (timedelta(0), skew)]
    with Session(engine) as session:
        world = make_world(session)
        for number in range(closings):
            clock.now = NOON
            closing = _Closing(engine, clock, hosts, _plan(session, world, number % 2 == 0), world)
            closing.run(by_button=number % 2 == 0)
            closing.count(session, played)
    return played


def _plan(session: Session, world: World, by_button: bool) -> int:
    return sittings.plan_sitting(
        session,
        world.conference,
        world.edition,
        kind=Kind.AFTER,
        title="Khảo sát",
        show=Show.THANKS,
        opens_at=NOON - timedelta(hours=1),
        closes_at=None if by_button else NOON + 60 * SECOND,
        grace=0 if by_button else 120,
        now=NOON - timedelta(hours=2),
    )


@dataclass
class _Closing:
    engine: Engine
    clock: Clock
    hosts: list[Intake]
    sitting: int
    world: World
    acknowledged: list[Entry] = field(default_factory=list)
    late: list[Entry] = field(default_factory=list)
    refused: list[Entry] = field(default_factory=list)
    busy: list[Entry] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, *, by_button: bool) -> None:
        with ThreadPoolExecutor(PHONES + 2) as threads:
            phones = [threads.submit(self._phone, n) for n in range(PHONES)]
            try:
                self._await(random.randint(5, 25))
                self._end(by_button)
                for sealer in [threads.submit(self._seal) for _ in range(2)]:
                    sealer.result()
            finally:
                self.over.set()
            for phone in phones:
                phone.result()

    def _end(self, by_button: bool) -> None:
        if by_button:
            with Session(self.engine) as desk:
                sittings.close_sitting(desk, self.sitting, now=self.clock.now)
        else:
            # Closed by the clock: pages fetched before may hand in, later ones may not.
            self.clock.now = NOON + 60 * SECOND
            self._await(len(self.acknowledged) + 5)
            assert not self._seal(), "sealed within the grace"
            self.clock.now = NOON + 180 * SECOND

    def _await(self, acknowledged: int) -> None:
        for _ in range(2000):
            if len(self.acknowledged) >= acknowledged or self.refused:
                return
            threading.Event().wait(0.001)

    def _phone(self, number: int) -> None:
        """Hand in until refused, and once more after all is over."""
        while True:
            ends = self.over.is_set()
            at = self.clock.now
            entry = Entry(
                sitting_id=self.sitting,
                edition_id=self.world.edition,
                receipt=token_bytes(16),
                unit_id=self.world.cells[number % 2][0],
                hall_id=None,
                mode="own",
                answers=random.choice(("0;02;0", "1;;1", "2;012;0")),
                issued_at=NOON,
            )
            try:
                self.hosts[number % 2].take(entry)
                self.acknowledged.append(entry)
                if at > NOON:
                    self.late.append(entry)
            except NotOpen:
                self.refused.append(entry)
                self.over.wait(0.02)
            except Busy:
                self.busy.append(entry)
                self.over.wait(0.02)
                continue
            if ends:
                return
            self.over.wait(0.002)  # a phone is no loop: whoever closes comes to the store as well

    def _seal(self) -> bool:
        with Session(self.engine) as desk:
            try:
                return bool(seal_sitting(desk, self.sitting, now=self.clock.now).sheets)
            except (NotDue, UnequalTotals):
                return False

    def count(self, session: Session, played: Played) -> None:
        session.rollback()
        known = {entry.receipt for entry in self.acknowledged}
        mine = SealedReceipt.sitting_id == self.sitting
        sealed = set(session.scalars(select(SealedReceipt.receipt).where(mine)))
        seal = session.get(Seal, self.sitting)
        after = _count(session, Sheet, self.sitting)
        totals = {
            _count(session, SealedSheet, self.sitting),
            len(sealed),
            seal.sheets if seal else -1,
            run.sheets if (run := session.get(TallyRun, self.sitting)) else -1,
            self._answered(session, self.world.province),
            sum(self._answered(session, commune) for commune in self.world.communes),
        }
        session.rollback()
        played.acknowledged += len(self.acknowledged)
        played.refused += len(self.refused)
        played.late += len(self.late)
        played.busy += len(self.busy)
        played.lost += len(known - sealed)
        played.landed += after + len(sealed - known)
        played.unequal += len(totals) > 1
        played.forgotten += sum(not self._same_again(entry) for entry in self.acknowledged[:2])

    def _answered(self, session: Session, unit: int) -> int:
        tally = session.get(UnitTally, (self.sitting, unit))
        return tally.answered if tally else -1

    def _same_again(self, entry: Entry) -> bool:
        try:
            self.hosts[0].take(entry)
        except NotOpen:
            return False
        return True


def _count(session: Session, model: type[Sheet | SealedSheet], sitting: int) -> int:
    counted = select(func.count()).where(model.sitting_id == sitting)
    return session.scalar(counted) or 0
