"""Every page and answer that a phone can get before its sheet is in, through the real front; and
what the order in which options come gives away of the one that the author wrote first."""

import gzip
import random
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.item import Item, ItemKind, Option
from quizzes.paper import Clause, Paper, Source
from survey import create_app, db
from survey.answering.front import Front
from survey.answering.tokens import Tokens
from survey.gateway import Gateway
from survey.papers.models import Edition
from survey.sittings import operations as sittings
from survey.sittings.models import Door, Kind, Show
from survey.sittings.tickets import lay_tickets, slips_of
from tests.conftest import NOON, SETTINGS
from tests.rsgi import Answer, Browser
from tests.world import World, make_world

KEY = str(SETTINGS["SECRET_KEY"])
SLIP = re.compile(rb'(name=\\?"t\\?" value=\\?")[\w=-]+')
MINUTE = timedelta(minutes=1)
JSON = {"accept": "application/json"}
PACKED = {"accept-encoding": "gzip"}
SHOWN = ("", "?lang=en", "?m=shared")
STATES = ("open", "tickets", "planned", "paused", "closed")


def made_up(chance: random.Random) -> Paper:
    """Any paper; the places of right options are by chance, as are the lengths of all texts."""
    return Paper(
        title=_words(chance),
        edition=1,
        source=Source("01-NQ/TW", _words(chance), "Bộ Chính trị", date(2026, 1, 1), ""),
        clauses=(Clause("1", "Mục I", _words(chance)), Clause("2", "Mục II", _words(chance))),
        items=tuple(_item(chance, f"i{n}") for n in range(chance.randrange(1, 6))),
        shuffle_items=chance.random() < 0.7,
        shuffle_options=chance.random() < 0.7,
    )


def _words(chance: random.Random) -> str:
    return " ".join(f"{chance.choice('bđghknt')}{chance.choice('aăeêioơu')}" for _ in range(
        chance.randrange(2, 12)
    ))  # fmt: skip


def _item(chance: random.Random, id: str) -> Item:
    kind = chance.choice(list(ItemKind))
    count = 2 if kind is ItemKind.TRUE_FALSE else chance.randrange(2, 7)
    return rekeyed(
        Item(
            id,
            kind,
            _words(chance) + "?",
            tuple(Option(f"{n} {_words(chance)}", correct=n == 0) for n in range(count)),
            clause=chance.choice(("1", "2")),
        ),
        chance,
    )


def rekeyed(item: Item, chance: random.Random) -> Item:
    """The same question with other right options and another explanation of another length."""
    count = len(item.options)
    most = count if item.kind is ItemKind.MULTIPLE else 1
    right = chance.sample(range(count), chance.randint(1, most))
    options = tuple(
        replace(option, correct=place in right) for place, option in enumerate(item.options)
    )
    return replace(item, options=options, explanation="Vì " + _words(chance))


def with_other_key(paper: Paper, chance: random.Random) -> Paper:
    """Another key for sure: where every item has two options, chance may give the same one."""
    while True:
        other = replace(paper, items=tuple(rekeyed(item, chance) for item in paper.items))
        if [item.key for item in other.items] != [item.key for item in paper.items]:
            return other


def right_first(items: int, *, shuffled: bool) -> Paper:
    """By an author who always writes the right one first, of four."""
    return Paper(
        title="Đúng trước",
        edition=1,
        source=made_up(random.Random(1)).source,
        clauses=(),
        items=tuple(
            Item(
                f"i{number}",
                ItemKind.SINGLE,
                f"Câu hỏi thứ {number}?",
                tuple(Option(f"Phương án {number:02}-{n}", correct=n == 0) for n in range(4)),
            )
            for number in range(items)
        ),
        shuffle_options=shuffled,
    )


def public_routes(app: Flask) -> set[tuple[str, str]]:
    """(method, rule) of all that is open to the world."""
    return {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.endpoint == "static" or app.view_functions[rule.endpoint].rule == "public"  # type: ignore[attr-defined]
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


class Phone(Browser):
    """Asks the front of an application, and notes which routes it has asked."""

    def __init__(self, app: Flask) -> None:
        super().__init__(Front(app, Gateway(app, largest=lambda _cookies: 10_000_000)))
        self._routes = app.url_map.bind("khaosat.test")
        self.visited: set[tuple[str, str]] = set()

    def ask(self, method: str, address: str, **more: object) -> Answer:
        rule, _ = self._routes.match(address.partition("?")[0], method, return_rule=True)
        self.visited.add((method, rule.rule))
        return super().ask(method, address, **more)


@dataclass
class Ground:
    """Sittings of one edition in every state, in a store whose edition can be exchanged."""

    folder: Path
    world: World
    doors: dict[str, str]  # state -> key of the first hall's door
    code: str
    slips: list[str]
    missed: set[tuple[str, str]] = field(default_factory=set)  # public routes that were not asked

    def seen(self, paper: Paper) -> dict[str, bytes]:
        """{what was asked: the answer, but for the slip}, from a server that just started."""
        app = self._lay(paper)
        phone = Phone(app)
        answers = {
            name: _plain(answer)
            for asked in (self._read, self._sent)
            for name, answer in asked(phone, paper)
        }
        self.missed |= public_routes(app) - phone.visited
        app.extensions["survey_engine"].dispose()
        return answers

    def _lay(self, paper: Paper) -> Flask:
        app = create_app(SETTINGS, instance=self.folder)
        engine = app.extensions["survey_engine"]
        with Session(engine) as session, db.writing(session):
            edition = session.get_one(Edition, self.world.edition)
            edition.content, edition.digest = paper.freeze(), paper.digest
            edition.title, edition.items = paper.title, len(paper.items)
        return app

    def guessed(self, paper: Paper, phones: int) -> Counter[str]:
        """{attack: how often it told the option that the author wrote first}, over all questions
        on so many phones: by its place, and by the seed, which everybody can read in the slip."""
        app = self._lay(paper)
        phone = Phone(app)
        hits: Counter[str] = Counter()
        for _ in range(phones):
            page = phone.get(f"/D/{self.doors['open']}").text
            unkeyed = dict(paper.order(Tokens(KEY).read(_form_of(page)["t"]).seed))
            for index, item in enumerate(paper.items):
                shown = sorted(page.index(option.text) for option in item.options)
                place = shown.index(page.index(item.options[0].text))
                hits[f"place {place}"] += 1
                hits["seed"] += unkeyed[index].index(0) == place
        app.extensions["survey_engine"].dispose()
        return hits

    def after(self, paper: Paper) -> bytes:
        """What is said once a sheet is in: here the key may be seen."""
        client = Phone(create_app(SETTINGS, instance=self.folder))
        path = f"/D/{self.doors['open']}"
        form = _form(client.get(path), {"cell": str(self.world.cells[0][0]), "anyway": "1"})
        return _plain(client.post(path, form, JSON))

    def _read(self, client: Phone, _paper: Paper) -> Iterator[tuple[str, Answer]]:
        paths = ["/sign-in", "/sign-in/x", "/static/css/tokens.css", f"/A/{'0' * 32}"]
        paths += ["/", f"/?code={self.code}", "/?code=00000000", "/D/sw.js", f"/D/{'0' * 26}"]
        for state in STATES:
            path = f"/D/{self.doors[state]}"
            paths += [path + query for query in SHOWN]
            paths += [f"{path}/cells", f"{path}?cell={self.world.cells[0][0]}"]
        paths += [f"/D/{self.doors['tickets']}/{slip}" for slip in (self.slips[0], "BCFGHJKMNPQR")]
        for path in paths:
            yield path, client.get(path)
            yield f"{path} packed", client.get(path, PACKED)
            yield f"{path} again", client.get(path)  # now the front has it at hand

    def _sent(self, client: Phone, paper: Paper) -> Iterator[tuple[str, Answer]]:
        """Sheets that are not let in: something is missing, wrong, late or early."""
        cell = {"cell": str(self.world.cells[0][0])}
        every = {f"q{n}": "0" for n in range(len(paper.items))}
        wrong = {
            "blank": cell,
            "one blank": cell | dict(list(every.items())[1:]),
            "no cell": every,
            "other cell": every | {"cell": "999999"},
            "no such option": cell | every | {"q0": "77", "anyway": "1"},
            "no slip": cell | every | {"t": "", "anyway": "1"},
        }
        page = client.get(f"/D/{self.doors['open']}")
        for name, more in wrong.items():
            for headers in ({}, JSON):
                path = f"/D/{self.doors['open']}"
                form = _form(page, more)
                yield f"{name} {headers}", client.post(path, form, headers)
        for state in ("planned", "paused", "closed"):
            for headers in ({}, JSON):
                path = f"/D/{self.doors[state]}"
                form = _form(page, cell | every)
                yield f"{state} {headers}", client.post(path, form, headers)
        page = client.get(f"/D/{self.doors['tickets']}")
        for headers in ({}, JSON):
            form = _form(page, every | {"k": "BCFG-HJKM-NPQR", "anyway": "1"})
            path = f"/D/{self.doors['tickets']}"
            yield f"ticket {headers}", client.post(path, form, headers)
            path += "/BCFGHJKMNPQR"
            yield f"ticket in the address {headers}", client.post(path, form, headers)
        for path in ("/sign-in", "/sign-in/x", "/sign-out"):
            yield f"sent {path}", client.post(path, {"login": "x", "password": "x"})


def _form(page: Answer, more: dict[str, str]) -> dict[str, str]:
    return _form_of(page.text) | more


def _form_of(page: str) -> dict[str, str]:
    slip = page.rpartition('name="t" value="')[2].partition('"')[0]
    return {"t": slip, "r": "a" * 32}


def _plain(answer: Answer) -> bytes:
    body = answer.body
    if answer.headers.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    kept = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return SLIP.sub(rb"\1", b"%d %b\n%b" % (answer.status, str(kept).encode(), body))


def make_ground(folder: Path, session: Session) -> Ground:
    world = make_world(session)
    doors, numbers = {}, {}
    for state in STATES:
        sitting = numbers[state] = sittings.plan_sitting(
            session,
            world.conference,
            world.edition,
            kind=Kind.AFTER,
            title="Khảo sát",
            show=Show.ANSWERS,
            opens_at=None if state == "planned" else NOON - 2 * MINUTE,
            closes_at=None,
            tickets=state == "tickets",
            now=NOON - 3 * MINUTE,
        )
        if state == "paused":
            sittings.pause_sitting(session, sitting, now=NOON - MINUTE)
        if state == "closed":
            sittings.close_sitting(session, sitting, now=NOON - MINUTE)
        doors[state] = _door(session, sitting, world).key
    cell = world.cells[0][0]
    ticketed = numbers["tickets"]
    lay_tickets(session, ticketed, {cell: 2}, secret_key=KEY, now=NOON)
    slips = slips_of(session, ticketed, [cell], secret_key=KEY)[cell]
    code = _door(session, numbers["open"], world).code
    session.rollback()
    return Ground(folder, world, doors, code, slips)


def _door(session: Session, sitting: int, world: World) -> Door:
    return session.scalars(
        select(Door).where(Door.sitting_id == sitting, Door.hall_id == world.halls[0])
    ).one()
