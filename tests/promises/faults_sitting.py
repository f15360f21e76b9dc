"""One whole sitting on a store whose disk fails once, or for a while: opened, answered through an
open door and by ticket, closed, counted, sealed, swept. Each step is tried until it succeeds."""

import ctypes
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from flask import Flask
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from survey import create_app, db, web
from survey.access.models import Account, Role
from survey.answering.models import Seal, SealedReceipt, SealedSheet, Sheet
from survey.answering.sealing import check_seal
from survey.desk.jobs import run_due
from survey.results.models import TallyRun, UnitTally
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show, Ticket
from survey.sittings.queries import doors_of
from survey.sittings.tickets import lay_tickets, slips_of
from tests.conftest import SETTINGS
from tests.promises.phones import key_of
from tests.world import PAPER, make_world

PHONES = 3  # at each door
TRIES = 60
KEY = str(SETTINGS["SECRET_KEY"])
PLAIN = {name: value for name, value in SETTINGS.items() if name != "TESTING"}


class Way(NamedTuple):
    """A sitting's door, and what its phones type there: the cell, or a slip each."""

    sitting: int
    path: str
    typed: tuple[str, ...]


@dataclass(frozen=True)
class Stage:
    """Two sittings that are planned, and whoever presses their buttons."""

    account: list[int]
    ways: tuple[Way, Way]
    province: int


def lay(folder: Path) -> Stage:
    """A store with its two sittings in `folder`, nothing of it in a log."""
    app = create_app(PLAIN, instance=folder)
    engine: Engine = app.extensions["survey_engine"]
    db.Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = make_world(session)
        cell, now = world.cells[0][0], web.now()
        ways = []
        for tickets in (False, True):
            sitting = sittings.plan_sitting(
                session, world.conference, world.edition, kind=Kind.AFTER, title="Khảo sát",
                show=Show.SCORE, opens_at=None, closes_at=None, grace=0, tickets=tickets, now=now,
            )  # fmt: skip
            typed = [f"&cell={cell}"] * PHONES
            if tickets:
                lay_tickets(session, sitting, {cell: PHONES + 1}, secret_key=KEY, now=now)
                slips = slips_of(session, sitting, [cell], secret_key=KEY)[cell]
                typed = [f"&k={slip}" for slip in slips[:PHONES]]
            ways.append(Way(sitting, f"/D/{doors_of(session, sitting)[0].key}", tuple(typed)))
        with db.writing(session):
            account = Account(
                login="quantri", name="Q", role=Role.ADMINISTRATOR, unit_id=None, created_at=now
            )
            session.add(account)
        stage = Stage([account.id, account.generation], (ways[0], ways[1]), world.province)
        session.rollback()
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return stage


class Again(Exception):
    """Whoever did this step was told to try it again."""


@dataclass
class Trial:
    """One failure, on a store of its own."""

    app: Flask
    stage: Stage
    found: Counter[str] = field(default_factory=Counter)
    told: dict[int, set[bytes]] = field(default_factory=dict)  # {sitting: what phones were told}

    def __post_init__(self) -> None:
        self._disk = ctypes.CDLL(None)
        self._engine: Engine = self.app.extensions["survey_engine"]
        self._phone, self._desk = self.app.test_client(), self.app.test_client()
        with self._desk.session_transaction() as cookie:
            cookie["account"] = self.stage.account
        self._slips: dict[str, str] = {}

    def play(self, n: int, how: int, many: int) -> Counter[str]:
        """`many` calls fail from the n-th on, in this way."""
        before = self._disk.disk_renamed()
        self._disk.disk_fail(n, many, how)
        again = [name for name, step in self._steps() if self._tried(name, step)]
        self.found["calls"] = self._disk.disk_counted()
        self._disk.disk_fail(0, 0, 0)
        self.found.update(trials=1, renamed=self._disk.disk_renamed() - before)
        self.found["refusing" if again else "at once"] += 1
        self.found.update(f"again: {name}" for name in again)
        self._look()
        return self.found

    def _tried(self, name: str, step: Callable[[], None]) -> bool:
        """Whether it took more than one try."""
        for turn in range(TRIES):
            try:
                step()
                return turn > 0
            except Again:
                continue
        self.found.update({"stuck": 1, f"stuck: {name}": 1})
        return True

    # ------------------------------------------------------------------ the steps

    def _steps(self) -> Iterator[tuple[str, Callable[[], None]]]:
        for way in self.stage.ways:
            yield "open", lambda way=way: self._press(way, "open")
            yield "page", lambda way=way: self._fetch(way)
        # In turns, so that both kinds of sheets are among the first calls and among the last.
        for phone in range(PHONES):
            for way, name in zip(self.stage.ways, ("sheet", "sheet by ticket"), strict=True):
                said = secrets.token_hex(16)
                yield name, lambda way=way, said=said, at=phone: self._hand_in(way, said, at)
        for way in self.stage.ways:
            yield "close", lambda way=way: self._press(way, "close")
            yield "count", lambda way=way: self._count(way)
        yield "seal", lambda: self._run_due(all_sealed)
        yield "sweep", lambda: self._run_due(all_swept)

    def _press(self, way: Way, button: str) -> None:
        # Organisers hear of it by the page of an error: 500, where a phone gets 503.
        self._allowed(self._desk.post(f"/sittings/{way.sitting}/{button}"), 302, again=(500, 503))

    def _fetch(self, way: Way) -> None:
        typed = way.typed[0]
        slip = typed.removeprefix("&k=") if typed.startswith("&k=") else ""
        page = self._allowed(self._phone.get(f"{way.path}/{slip}".rstrip("/")), 200)
        self._slips[way.path] = page.text.rpartition('name="t" value="')[2].partition('"')[0]

    def _hand_in(self, way: Way, said: str, phone: int) -> None:
        ticks = "".join(f"q{n}=0&" for n in range(len(PAPER.items)))
        form = f"{ticks}anyway=1&r={said}&t={self._slips[way.path]}{way.typed[phone]}"
        self._allowed(
            self._phone.post(
                way.path,
                data=form,
                content_type="application/x-www-form-urlencoded",
                headers={"Accept": "application/json"},
            ),
            200,
        )
        self.told.setdefault(way.sitting, set()).add(key_of(said.encode()))

    def _count(self, way: Way) -> None:
        """By whoever looks at the results first."""
        page = self._desk.get(f"/results/{way.sitting}")
        self._allowed(page, 302, again=(500, 503))  # on to the results of the unit at the top

    def _run_due(self, done: Callable[[Session], bool]) -> None:
        """As the server's ticker does it, and with what the ticker bears."""
        with self.app.app_context():
            try:
                run_due(db.session(), now=web.now() + timedelta(seconds=1), force=done is all_swept)
            except SQLAlchemyError as error:
                raise Again from error
        with Session(self._engine) as session:
            if not done(session):
                raise Again

    def _allowed(
        self, answer: TestResponse, wanted: int, *, again: tuple[int, ...] = (503,)
    ) -> TestResponse:
        """What is neither a success nor "come again" is wrong."""
        if answer.status_code == wanted:
            return answer
        self.found[f"said {answer.status_code}"] += 1
        if answer.status_code not in again:
            self.found["wrong"] += 1
        raise Again

    # ------------------------------------------------------------------ what is there in the end

    def _look(self) -> None:
        self._engine.dispose()
        with Session(self._engine) as session:
            try:
                sound = session.scalars(text("PRAGMA integrity_check")).all() == ["ok"]
                for way in self.stage.ways:
                    self._look_at(session, way)
            except SQLAlchemyError:
                sound = False
        self._engine.dispose()
        self.found["unsound"] += not sound

    def _look_at(self, session: Session, way: Way) -> None:
        told, sitting = self.told.get(way.sitting, set()), way.sitting
        receipts = select(SealedReceipt.receipt).where(SealedReceipt.sitting_id == sitting)
        sealed = set(session.scalars(receipts))
        self.found["lost"] += not told <= sealed
        self.found["doubled"] += not sealed <= told
        seal, run = session.get(Seal, sitting), session.get(TallyRun, sitting)
        root = session.get(UnitTally, (sitting, self.stage.province))
        if not (seal and run and root):
            self.found["half"] += 1
            return
        left = select(func.count()).where(Sheet.sitting_id == sitting)
        kept = select(SealedSheet.answers).where(SealedSheet.sitting_id == sitting)
        spent = select(func.count()).where(Ticket.sitting_id == sitting, Ticket.spent)
        answers = list(session.scalars(kept))
        by_ticket = len(told) if way.typed[0].startswith("&k=") else 0
        self.found["half"] += not (
            (session.scalar(left), session.scalar(spent)) == (0, by_ticket)
            # All were sent with the same ticks on the same page.
            and (len(answers), len(set(answers))) == (len(told), 1)
            and (seal.sheets, run.sheets, root.answered) == (len(told),) * 3
            and run.final
            and check_seal(session, sitting)
        )


def all_sealed(session: Session) -> bool:
    return session.scalar(select(func.count()).select_from(Seal)) == 2


def all_swept(session: Session) -> bool:
    return session.scalar(select(func.count()).where(Seal.swept)) == 2
