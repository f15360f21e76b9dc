"""The answers that are asked for a thousand times a minute, given before Flask is woken.

A hall asks for the page of a sitting and for the acknowledgement of a sheet; a guesser for doors
that are not there. They are answered in the server's own loop, by the same functions and under the
same rules as by the views, which give every other answer and render what is kept here. What was
found out about a sheet is handed on to them, so that nothing is done twice. Nothing in this file
may block: the store is asked in a thread, and the intake tells when a sheet is in.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qsl, unquote_plus

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as StoreIsSilent
from sqlalchemy.orm import Session

from survey import web
from survey.answering.entrance import Entrance
from survey.answering.entrances import PATIENCE
from survey.answering.operations import REFUSALS, Handed, first
from survey.answering.packing import plain_of
from survey.answering.pages import Visit
from survey.answering.process import Process
from survey.answering.storing import UnknownTicket
from survey.application import ADDRESS_FIELDS, frames_of
from survey.files import Files
from survey.gateway import (
    RETRY_AFTER,
    Gateway,
    Gone,
    Headers,
    Scope,
    TooLong,
    come_again,
    give_up,
    read,
)
from survey.sittings.queries import has_code

OUTCOME = "survey.answering.outcome"  # in the environ: how handing in ended, for the view to say
PACED = "survey.answering.paced"  # and that a wrong guess has waited
LARGEST_SHEET = 16 * 1024  # several times what a page can send; the view reads what is longer
FIELDS = 2000
LOOKED_UP = 1000  # guesses at a time; more are asked to come again
CODES = "codes"  # what wrong guesses of doors are counted under
_KEY = len("/D/") + 26
_FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"

Outcome = Handed | Exception
Result = TypeVar("Result")

log = logging.getLogger(__name__)


class Front:
    """The application as the server calls it (RSGI)."""

    def __init__(self, app: Flask, gateway: Gateway) -> None:
        self._process: Process = app.extensions["answering"]
        self._gateway, self._files = gateway, Files(Path(str(app.static_folder)))
        self._reading: dict[str, asyncio.Future[Entrance | None]] = {}
        # Apart from the threads of Flask, which may all be busy with what people ask of it; and
        # what guessers ask for apart from doors that are known.
        self._known = ThreadPoolExecutor(2, "doors")
        self._unknown = ThreadPoolExecutor(2, "guesses")
        self._looked_up = 0
        html = [*self._process.headers, ("content-type", "text/html; charset=utf-8")]
        self._plain: Headers = html
        self._packed: Headers = [*html, ("content-encoding", "gzip"), ("vary", "Accept-Encoding")]
        self._json: Headers = [*self._process.headers, ("content-type", _JSON)]

    async def __rsgi__(self, scope: Scope, proto: Any) -> None:
        try:
            await self._answer(scope, proto)
        except Exception as error:  # noqa: BLE001  the server would log what it says: what was sent
            log.error("front\n%s", frames_of(error))
            proto.response_empty(500, [])

    async def _answer(self, scope: Scope, proto: Any) -> None:
        path, method = scope.path, scope.method
        is_answered = False
        if len(path) == _KEY and path.startswith("/D/"):
            if method == "GET":
                is_answered = await self._page(scope, proto, path[3:].upper())
            elif method == "POST":
                is_answered = await self._sheet(scope, proto, path[3:].upper())
        elif path == "/" and method == "GET":
            is_answered = await self._code(scope, proto)
        elif path.startswith("/static/") and method == "GET":
            is_answered = self._files.send(scope, proto)
        if not is_answered:
            await self._gateway.answer(scope, proto)

    # ------------------------------------------------------------------ the page

    async def _page(self, scope: Scope, proto: Any, key: str) -> bool:
        began, now, process = time.monotonic(), web.now(), self._process
        entrance = process.entrances.at_hand(key, now)
        if entrance is None:
            try:
                entrance = await self._entrance(key)
            except SQLAlchemyError:
                return False  # the store is away; the view finds the words
        query = _query(scope)
        if entrance is None:
            return await self._wrong(proto, "unknown", Visit.of(query, None), began)
        page = process.kept_page(
            entrance, Visit.of(query, entrance), now, any_order=self._gateway.is_busy
        )
        accepted = scope.headers.get("accept-encoding", "")
        if page is None or "q=" in accepted:
            return False
        if "gzip" in accepted:
            proto.response_bytes(200, self._packed, page)
        else:
            proto.response_bytes(200, self._plain, plain_of(page))
        return True

    async def _entrance(self, key: str) -> Entrance | None:
        """What is behind a door that is not at hand; None where there is none. Of those who come in
        one moment one reads, and the others wait for it. Raises SQLAlchemyError."""
        reading = self._reading.get(key)
        if reading is None:
            if self._process.entrances.is_known(key):
                work = asyncio.get_running_loop().run_in_executor(self._known, self._read, key)
            else:
                work = asyncio.ensure_future(self._look_up(self._read, key))
            self._reading[key] = reading = work
            reading.add_done_callback(lambda done: self._is_read(key, done))
        try:
            return await asyncio.wait_for(asyncio.shield(reading), PATIENCE)
        except TimeoutError as late:
            raise StoreIsSilent from late

    def _is_read(self, key: str, reading: "asyncio.Future[Entrance | None]") -> None:
        del self._reading[key]
        if not reading.cancelled():
            reading.exception()  # known to whoever waited, if anybody still did

    async def _look_up(self, work: Callable[[str], Result], guess: str) -> Result:
        """Raises SQLAlchemyError, too where so many guess that no more can be looked up."""
        if self._looked_up >= LOOKED_UP:
            raise StoreIsSilent
        self._looked_up += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._unknown, work, guess)
        finally:
            self._looked_up -= 1

    def _read(self, key: str) -> Entrance | None:
        if not (key.isascii() and key.isalnum()):
            return None
        with Session(self._process.engine) as session:
            return self._process.entrances.get(session, key, now=web.now())

    # ------------------------------------------------------------------ wrong guesses

    async def _code(self, scope: Scope, proto: Any) -> bool:
        """A code typed from a poster, behind which there is no door."""
        began, query = time.monotonic(), _query(scope)
        typed, visit = query.get("code", "").strip(), Visit.of(query, None)
        if not typed:
            return False
        try:
            if not self._gateway.is_crowded and await self._look_up(self._is_known, typed):
                return False
        except SQLAlchemyError:
            return False
        return await self._wrong(proto, "front", visit, began, typed)

    def _is_known(self, typed: str) -> bool:
        with self._process.engine.connect() as store:
            return has_code(store, typed)

    async def _wrong(
        self, proto: Any, name: str, visit: Visit, began: float, typed: str = ""
    ) -> bool:
        page = self._process.lasting(name, visit, typed)
        busy = self._process.lasting("busy", visit)
        if page is None or busy is None:
            return False
        if self._gateway.is_crowded:  # whether right or wrong
            proto.response_bytes(503, [*self._plain, ("retry-after", RETRY_AFTER)], busy)
            return True
        await self._gateway.held(self._process.guesses.pace(CODES, began))
        proto.response_bytes(404, self._plain, page)
        return True

    # ------------------------------------------------------------------ the sheet

    async def _sheet(self, scope: Scope, proto: Any, key: str) -> bool:
        began, process = time.monotonic(), self._process
        kind, _, _parameters = scope.headers.get("content-type", "").partition(";")
        if kind.strip() != _FORM:  # `; charset=UTF-8` may follow, which says nothing new
            return False
        try:
            body = await read(scope, proto, LARGEST_SHEET)
        except TooLong:
            return False
        except Gone as gone:
            give_up(proto, gone)
            return True
        found: dict[str, object] = {}
        form, now = form_of(body), web.now()
        entrance = process.entrances.at_hand(key, now)
        if entrance is None:
            with suppress(SQLAlchemyError):  # the store is away; the view finds the words
                entrance = await self._entrance(key)
        if entrance is not None and form is not None:
            outcome: Outcome
            visit = Visit.of(_query(scope), entrance)
            try:
                entry, handed = process.reception.read(entrance, form, mode=visit.mode, now=now)
                await process.reception.intake.taken(entry)
                receipt = first(form, "r")
                if self._acknowledge(scope, proto, entrance, handed, visit, receipt):
                    return True
                outcome = handed
            except REFUSALS as refusal:
                outcome = refusal.with_traceback(None)  # else it would hold what was sent
            found[OUTCOME] = outcome
            if isinstance(outcome, UnknownTicket) and first(form, "k"):
                # Nothing typed is no guess.
                if self._gateway.is_crowded:
                    come_again(proto)
                    return True
                await self._gateway.held(process.guesses.pace(entrance.sitting_id, began))
                found[PACED] = True
        await self._gateway.answer(scope, proto, body=body, found=found)
        return True

    def _acknowledge(
        self,
        scope: Scope,
        proto: Any,
        entrance: Entrance,
        handed: Handed,
        visit: Visit,
        receipt: str,
    ) -> bool:
        process, accepted = self._process, scope.headers.get("accept", "")
        try:
            told = process.acknowledgement(
                entrance, handed, process.kept_part, visit.language, web.now()
            )
        except LookupError:
            return False
        if accepted.partition(",")[0].strip() == _JSON and ";" not in accepted:
            proto.response_bytes(200, self._json, told.message(receipt))
        elif "json" not in accepted:
            proto.response_bytes(200, self._plain, told.page())
        else:
            return False
        return True


def _query(scope: Scope) -> dict[str, str]:
    """The first value of each name, as Werkzeug gives it."""
    query = scope.query_string
    if not query or query.count("&") >= ADDRESS_FIELDS:
        return {}
    return dict(reversed(parse_qsl(query, keep_blank_values=True)))


def form_of(body: bytes) -> Mapping[str, list[str]] | None:
    """What a browser sends, as `urllib.parse.parse_qs` reads it, in a third of its time; None
    for anything else, which the view reads itself."""
    try:
        text = body.decode("ascii")
    except ValueError:
        return None
    if text.count("&") >= FIELDS:
        return None
    pairs = [pair.partition("=") for pair in text.split("&") if pair]
    if "%" in text or "+" in text:
        pairs = [(unquote_plus(name), "=", unquote_plus(value)) for name, _, value in pairs]
    form: dict[str, list[str]] = {}
    for name, _, value in pairs:
        if name in form:
            form[name].append(value)
        else:
            form[name] = [value]
    return form
