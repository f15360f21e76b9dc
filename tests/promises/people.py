"""People who come to a sitting one after the other, and all that could be known of each."""

import gzip
import http.client
import json
import random
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Option
from quizzes.paper import Paper, Source
from survey import create_app, db, web
from survey.answering.models import Sheet
from survey.answering.tokens import receipt_of
from survey.papers.models import Edition
from survey.results.operations import tally_sitting
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Door, Kind, Show
from survey.sittings.tickets import lay_tickets, mark_of, slips_of
from tests.conftest import SETTINGS
from tests.promises.stage import served
from tests.world import World, make_world

KEY = str(SETTINGS["SECRET_KEY"])
LOOKS = 100  # people between two looks at the results
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
    """What somebody may know who watched the door, the wifi, the phone and the slip in the hand."""

    number: int  # the how manieth to come
    receipt: bytes  # under which the sheet was stored
    ticket: str
    mark: bytes
    address: str  # of the phone on the network
    agent: str
    code: str  # that the phone was shown
    borrowed: bool  # handed in on somebody else's phone, which everybody saw
    said: str  # the receipt as the phone made it
    slip: str  # of the page
    cell: int = 0
    answers: str = ""  # the truth, against which guesses are held


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
    def served(self, plant: str = "") -> Iterator[int]:
        """By the real server; the port."""
        environment = {
            "SURVEY_SECRET_KEY": KEY,
            "SURVEY_DATABASE_URL": str(self.app.config["DATABASE_URL"]),
        }
        folder = Path(self.app.instance_path)
        stumbling = {"target": "tests.promises.mishaps:worker"}
        with served(folder, environment=environment, granian=stumbling, plant=plant) as house:
            yield house.port


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
        lay_tickets(session, sitting, counts, secret_key=KEY, now=web.now())
        slips = slips_of(session, sitting, cells, secret_key=KEY)
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
    with there.served() as port:
        return come_to(there, port)


def come_to(there: Occasion, port: int) -> list[Person]:
    """Everybody fetches the page by the slip and hands in, each on a phone with an address of its
    own and waiting for the one before: the order that is left in the store is that of the people.
    Now and then somebody looks at the results, whose sums tell of those who came since."""
    known, slip = [], ""
    for number, ticket in enumerate(there.tickets):
        phone = Phone(port, number)
        if number % 10 == 0:  # to render a page for each would be most of the time
            slip = hidden(phone.ask("GET", f"/D/{there.key}/{ticket}")[1], "t")
        said, borrowed = secrets.token_hex(16), number % 7 == 3
        form = {f"q{n}": str(random.randrange(OPTIONS)) for n in range(QUESTIONS)}
        form |= {"t": slip, "k": ticket, "r": said}
        path = f"/D/{there.key}" + ("?m=shared" if borrowed else "")
        told = json.loads(phone.ask("POST", path, form)[1])
        assert told["state"] == "recorded", told
        phone.hang_up()
        mark = mark_of(there.sitting, ticket, secret_key=KEY)
        known.append(
            Person(
                number, receipt_of(said), ticket, mark, phone.address, phone.agent, told["code"],
                borrowed, said, slip,
            )
        )  # fmt: skip
        if number % LOOKS == LOOKS // 2:
            with there.session as session:
                tally_sitting(session, there.sitting, now=web.now())
    with there.session as session:
        rows = session.execute(select(Sheet.receipt, Sheet.unit_id, Sheet.answers))
        truth = {receipt: (cell, answers) for receipt, cell, answers in rows}
    return [
        replace(one, cell=truth[one.receipt][0], answers=truth[one.receipt][1]) for one in known
    ]


class Phone:
    """One with an address and a browser of its own: the loopback has sixteen million addresses."""

    def __init__(self, port: int, number: int) -> None:
        self.address = f"127.51.{number // 250}.{number % 250 + 1}"
        self.agent = f"Zalo/7{number:05}.7"
        self._line = http.client.HTTPConnection(
            "127.0.0.1", port, timeout=30, source_address=(self.address, 0)
        )

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, str]:
        """The status, and what was said."""
        headers = {"User-Agent": self.agent, "X-Forwarded-For": self.address}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Accept"] = "application/json"
        self._line.request(method, path, form and urlencode(form), headers)
        answer = self._line.getresponse()
        body = answer.read()
        if answer.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        return answer.status, body.decode()

    def hang_up(self) -> None:
        self._line.close()


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="?{name}"? value="?([^" >]+)', page)
    assert found, f"the page has no field {name}"
    return found[1]


def close_and_seal(there: Occasion) -> None:
    with there.session as session:
        sittings.close_sitting(session, there.sitting, now=web.now())
        seal_sitting(session, there.sitting, now=web.now() + timedelta(minutes=10))
