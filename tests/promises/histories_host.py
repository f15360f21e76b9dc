"""The real server as histories are recorded at it: phones' requests, which may be lost, the desk's
button, and what stands in the store."""

import asyncio
import http.client
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

from flask import session as cookie_of
from flask_wtf.csrf import generate_csrf
from sqlalchemy.orm import Session

from bench.phones import Connection, Refused
from bench.world import World
from quizzes import marking
from survey import create_app
from survey.answering.entrance import Orders
from survey.answering.storing import Entry
from survey.answering.tokens import Tokens, derive, receipt_of
from survey.application import Application
from survey.papers.queries import load_paper
from survey.sittings.models import Sitting
from survey.sittings.tickets import mark_of
from tests.promises.desk import new_account
from tests.promises.histories_model import OK, REFUSED
from tests.promises.stage import instance, served

Made = TypeVar("Made")
PATIENCE = 15  # seconds for one answer
_FORM = "Host: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SAID = {
    "recorded": OK,
    "already": "AlreadyHandedIn",
    "spent": "TicketSpent",
    "ticket": "UnknownTicket",
    "planned": "NotOpen",
    "paused": "NotOpen",
    "closed": "NotOpen",
}


class Filled(NamedTuple):
    """A sheet as its phone sends it. Who brings a ticket chooses no cell."""

    slip: str
    receipt: str  # as the phone made it
    ticks: tuple[int, ...]
    cell: int | None
    code: str  # of the ticket


@dataclass
class Host:
    app: Application
    port: int
    world: World

    def __post_init__(self) -> None:
        self.secret_key = str(self.app.config["SECRET_KEY"])
        self.tokens = Tokens(self.secret_key)
        self._store = ThreadPoolExecutor(1)
        with self._session() as session:
            sitting = session.get_one(Sitting, self.world.sitting_id)
            self.conference = sitting.conference_id or 0
            paper = load_paper(session, sitting.edition_id)
        self._orders = Orders(paper, self.world.edition_id, derive(self.secret_key, b"order"))
        self._signed_in()

    def _signed_in(self) -> None:
        self._signer = self.app.session_interface.get_signing_serializer(self.app)
        account = new_account(self.app)
        with self.app.test_request_context():
            cookie_of["account"] = account
            self._csrf = generate_csrf()
            name = self.app.config["SESSION_COOKIE_NAME"]
            self._cookie = f"{name}={self._signer.dumps(dict(cookie_of))}"
            self._told = re.compile(rb"set-cookie: %b=([^;\r]+)" % name.encode(), re.IGNORECASE)

    def _session(self) -> Session:
        return Session(self.app.extensions["survey_engine"])

    async def work(self, work: Callable[[Session], Made]) -> Made:
        """In a thread, as the store makes whoever asks it wait."""

        def worked() -> Made:
            with self._session() as session:
                return work(session)

        return await asyncio.get_running_loop().run_in_executor(self._store, worked)

    # -------------------------------------------------------------- phones

    def entry_of(self, sitting: int, hall: int, filled: Filled) -> Entry:
        """What should be stored of a sheet: the places that were ticked, as the paper numbers
        them."""
        token = self.tokens.read(filled.slip)
        chosen = {
            item: frozenset([options[filled.ticks[item]]])
            for item, options in self._orders[token.seed]
        }
        key, code = self.secret_key, filled.code
        return Entry(
            sitting_id=sitting,
            edition_id=self.world.edition_id,
            receipt=receipt_of(filled.receipt),
            unit_id=filled.cell,
            hall_id=hall,
            mode="own",
            answers=marking.encode([chosen[item] for item in sorted(chosen)]),
            issued_at=token.issued_at,
            ticket=mark_of(sitting, code, secret_key=key) if code else None,
        )

    async def hand_in(self, door: str, filled: Filled, way: str) -> str | None:
        """What the phone heard, in the words of the model; nothing where something was lost."""
        ticks = "".join(f"q{item}={place}&" for item, place in enumerate(filled.ticks))
        knows = f"k={filled.code}" if filled.code else f"cell={filled.cell}"
        form = f"{ticks}{knows}&r={filled.receipt}&t={filled.slip}"
        answer = await self.send(_post(f"/D/{door}", form, "Accept: application/json\r\n"), way)
        if answer is None or answer[9:12] == b"503":
            return None
        told = json.loads(answer[answer.index(b"\r\n\r\n") + 4 :])
        if told["state"] == "recorded":
            mac = self.tokens.acknowledge(receipt_of(filled.receipt))
            assert (told["mac"], told["receipt"]) == (mac, filled.receipt), told
        return SAID[told["state"]]

    async def send(self, request: bytes, way: str = "heard") -> bytes | None:
        try:
            _, connection = await asyncio.get_running_loop().create_connection(
                Connection, "127.0.0.1", self.port
            )
        except OSError:
            return None
        try:
            if way == "request lost":
                connection.transport.write(request[:-9])  # the rest never comes
            elif way == "hung up":
                connection.transport.write(request)
            else:
                answer = await asyncio.wait_for(connection.ask(request), PATIENCE)
                return None if way == "answer lost" else answer
        except (Refused, OSError, TimeoutError):
            return None
        finally:
            connection.transport.close()
        return None

    # -------------------------------------------------------------- the desk

    async def press(self, sitting: int, button: str) -> str | None:
        """The button on the sitting's page. What became of it stands on the next page, and until
        then in the cookie."""
        more = f"Cookie: {self._cookie}\r\n"
        form = f"csrf_token={self._csrf}"
        answer = await self.send(_post(f"/sittings/{sitting}/{button}", form, more))
        if answer is None or answer[9:12] == b"503":
            return None
        found = self._told.search(answer)
        assert found, answer
        ((category, _words),) = self._signer.loads(found[1].decode())["_flashes"]
        return OK if category == "success" else REFUSED

    def read(self, path: str) -> bytes:
        """A file or page, as the desk is given it."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path, headers={"Cookie": self._cookie})
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        assert answer.status == 200, (path, answer.status)
        return content


def _post(path: str, form: str, more: str) -> bytes:
    length = f"Content-Length: {len(form)}\r\n"
    return f"POST {path} HTTP/1.1\r\n{_FORM}{more}{length}\r\n{form}".encode()


@contextmanager
def hosted(plant: str = "") -> Iterator[Host]:
    """A server of two workers, perhaps with a fault of histories_planted."""
    planted: dict[str, Any] = {"target": "tests.promises.histories_planted:worker"} if plant else {}
    with instance() as (folder, world):
        app = create_app(instance=folder)
        with served(folder, workers=2, plant=plant, granian=planted) as house:
            yield Host(app, house.port, world)
        app.extensions["survey_engine"].dispose()
