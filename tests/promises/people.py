"""People who come to a sitting one after the other, and all that could be known of each."""

import random
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Option
from quizzes.paper import Paper, Source
from survey import create_app, db, web
from survey.answering.models import Sheet
from survey.answering.tokens import receipt_of
from survey.papers.models import Edition
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Door, Kind, Show
from survey.sittings.tickets import lay_tickets, mark_of, slips_of
from tests.conftest import SETTINGS
from tests.world import World, make_world

QUESTIONS, OPTIONS = 12, 4  # so many different sheets that each person's is the only one
PAPER = Paper(
    title="Mười hai câu",
    edition=2,
    source=Source("01-NQ/TW", "Về việc thử", "Bộ Chính trị", date(2026, 1, 1), "https://e.vn/1"),
    clauses=(),
    items=tuple(
        Item(
            str(number),
            ItemKind.SINGLE,
            f"Câu hỏi {number}?",
            tuple(Option(f"Phương án {n}", correct=n == 0) for n in range(OPTIONS)),
        )
        for number in range(QUESTIONS)
    ),
)


@dataclass(frozen=True)
class Person:
    """What somebody may know who watched the door, the wifi, and the slip in the hand."""

    number: int  # the how manieth to come
    receipt: bytes  # under which the sheet was stored
    ticket: str
    mark: bytes
    address: str
    agent: str
    code: str  # that the phone was shown
    answers: str  # the truth, against which guesses are held
    said: str = ""  # the receipt as the phone made it
    slip: str = ""  # of the page


@dataclass(frozen=True)
class Occasion:
    """A sitting that admits by ticket."""

    app: Flask
    sitting: int
    key: str  # of its door
    tickets: tuple[str, ...]

    @property
    def session(self) -> Session:
        return Session(self.app.extensions["survey_engine"])


@contextmanager
def occasion(folder: Path, people: int, url: str | None = None) -> Iterator[Occasion]:
    """On SQLite, or on the PostgreSQL database of this address."""
    app = create_app(SETTINGS | {"DATABASE_URL": url}, instance=folder)
    engine = app.extensions["survey_engine"]
    db.Base.metadata.create_all(engine)
    with Session(engine) as session:
        world = make_world(session)
        sitting = _open_sitting(session, world)
        each = -(-people // 6)
        cells = [cell for commune in world.cells for cell in commune]
        counts = dict.fromkeys(cells, each)
        key = SETTINGS["SECRET_KEY"]
        lay_tickets(session, sitting, counts, secret_key=str(key), now=web.now())
        slips = slips_of(session, sitting, cells, secret_key=str(key))
        codes = [code for laid in slips.values() for code in laid]
        random.shuffle(codes)
        door = session.scalars(
            select(Door.key).where(Door.sitting_id == sitting, Door.hall_id.is_(None))
        ).one()
    yield Occasion(app, sitting, door, tuple(codes[:people]))
    engine.dispose()


def _open_sitting(session: Session, world: World) -> int:
    with db.writing(session):
        first = session.get_one(Edition, world.edition)
        edition = Edition(
            paper_id=first.paper_id,
            number=2,
            title=PAPER.title,
            resolution_number=first.resolution_number,
            items=QUESTIONS,
            content=PAPER.freeze(),
            digest=PAPER.digest,
            published_at=first.published_at,
        )
        session.add(edition)
    return sittings.plan_sitting(
        session,
        world.conference,
        edition.id,
        kind=Kind.AFTER,
        title="Khảo sát sau hội nghị",
        show=Show.SCORE,
        opens_at=web.now() - timedelta(minutes=1),
        closes_at=None,
        tickets=True,
        now=web.now() - timedelta(hours=1),
    )


def come(there: Occasion) -> list[Person]:
    """Everybody fetches the page by the slip and hands in, each waiting for the one before: the
    order that is left in the store is the order of the people."""
    phone = there.app.test_client()
    known = []
    for number, ticket in enumerate(there.tickets):
        address, agent = f"198.51.{number // 250}.{number % 250 + 1}", f"Zalo/7{number:05}.7"
        asked = {"environ_overrides": {"REMOTE_ADDR": address}}
        headers = {"User-Agent": agent, "X-Forwarded-For": address}
        if number % 10 == 0:  # to render a page for each would be most of the time
            page = phone.get(f"/D/{there.key}/{ticket}", headers=headers, **asked).text
        said = secrets.token_hex(16)
        form = {f"q{n}": str(random.randrange(OPTIONS)) for n in range(QUESTIONS)}
        form |= {"t": _hidden(page, "t"), "k": ticket, "r": said}
        headers["Accept"] = "application/json"
        answer = phone.post(f"/D/{there.key}", data=form, headers=headers, **asked)
        assert answer.json["state"] == "recorded", answer.text
        receipt = receipt_of(said)
        code = answer.json["code"]
        known.append(
            Person(
                number,
                receipt,
                ticket,
                mark_of(there.sitting, ticket, secret_key=str(SETTINGS["SECRET_KEY"])),
                address,
                agent,
                code,
                "",
                said,
                form["t"],
            )
        )
    with there.session as session:
        truth = dict(session.execute(select(Sheet.receipt, Sheet.answers)).all())
    return [replace(one, answers=truth[one.receipt]) for one in known]


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="?{name}"? value="?([^" >]+)', page)
    assert found, f"the page has no field {name}"
    return found[1]


def close_and_seal(there: Occasion) -> None:
    with there.session as session:
        sittings.close_sitting(session, there.sitting, now=web.now())
        seal_sitting(session, there.sitting, now=web.now() + timedelta(minutes=10))
