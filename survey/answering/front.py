"""The answers that are asked for a thousand times a minute, given before Flask is woken.

A hall asks for the page of an open sitting and for the acknowledgement of a sheet; a guesser for
doors that are not there. By the same functions and under the same rules as the views, which give
every other answer and render what is kept here. What was found out about a sheet is handed on to
them, so that nothing is done twice.
"""

import time
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import NamedTuple
from urllib.parse import parse_qs, parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from sqlalchemy.exc import SQLAlchemyError

from survey import web
from survey.answering.entrances import Entrance
from survey.answering.intake import Busy
from survey.answering.operations import REFUSALS, Form, Handed
from survey.answering.pages import Visit
from survey.answering.process import Process, said
from survey.sittings.queries import has_code, has_key

OUTCOME = "survey.answering.outcome"  # in the environ: how handing in ended, for the view to say
LARGEST_SHEET = 64 * 1024
FIELDS = 2000
CODES = "codes"  # what wrong guesses of doors are counted under
RETRY_AFTER = "5"
_KEY = len("/D/") + 26
_FORM = "application/x-www-form-urlencoded"


class Asked(NamedTuple):
    entrance: Entrance
    visit: Visit


class Front:
    def __init__(self, app: WSGIApplication, process: Process) -> None:
        self._app, self._process = app, process

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        answer, now = None, web.now()
        path = environ["PATH_INFO"]
        if len(path) == _KEY and path.startswith("/D/"):
            if environ["REQUEST_METHOD"] == "GET":
                answer = self._page(environ, path[3:], now)
            elif environ["REQUEST_METHOD"] == "POST":
                answer = self._sheet(environ, path[3:], now)
        elif path == "/" and environ["REQUEST_METHOD"] == "GET":
            answer = self._unless_known(environ, "")
        if answer is None:
            return self._app(environ, start)
        status, kind, body = answer
        start(status, [*self._process.headers, *kind, ("Content-Length", str(len(body)))])
        return [body]

    def _asked(self, environ: WSGIEnvironment, key: str, now: datetime) -> Asked | None:
        entrance = self._process.entrances.at_hand(key.upper(), now)
        return Asked(entrance, Visit.of(_query(environ), entrance)) if entrance else None

    def _page(self, environ: WSGIEnvironment, key: str, now: datetime) -> "Answer | None":
        asked = self._asked(environ, key, now)
        if asked is None:
            return self._unless_known(environ, key)
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "")
        if not asked.entrance.state(now).takes_sheets or "gzip" not in accepted or "q=" in accepted:
            return None
        page = self._process.kept_page(*asked, now)
        return None if page is None else ("200 OK", _PAGE, page)

    def _unless_known(self, environ: WSGIEnvironment, key: str) -> "Answer | None":
        """For a key or a typed code behind which there is no door."""
        began, process, query = time.monotonic(), self._process, _query(environ)
        typed = query.get("code", "").strip()
        if not typed and not (key.isascii() and key.isalnum()):
            return None
        try:
            with process.engine.connect() as store:
                if has_key(store, key.upper()) if key else has_code(store, typed):
                    return None
        except SQLAlchemyError:
            return None  # the store is away; the view finds the words
        visit = Visit.of(query, None)
        page = process.lasting("unknown" if key else "front", visit, typed)
        busy = process.lasting("busy", visit)
        if page is None or busy is None:
            return None
        try:
            process.guesses.wrong(CODES, began=began)
        except Busy:
            return "503 SERVICE UNAVAILABLE", [*_HTML, ("Retry-After", RETRY_AFTER)], busy
        return "404 NOT FOUND", _HTML, page

    def _sheet(self, environ: WSGIEnvironment, key: str, now: datetime) -> "Answer | None":
        asked = self._asked(environ, key, now)
        form = asked and _form(environ)
        if asked is None or form is None:
            return None
        process = self._process
        try:
            handed = process.reception.hand_in(
                asked.entrance, form, mode=asked.visit.mode or "", now=now
            )
        except REFUSALS as refusal:
            environ[OUTCOME] = refusal
            return None
        environ[OUTCOME] = handed
        try:
            words = process.acknowledgement(
                asked.entrance,
                handed,
                process.kept_part,
                language=asked.visit.language,
                now=web.now(),
            )
        except LookupError:
            return None
        return "200 OK", _JSON, said(form, **words)


Kind = list[tuple[str, str]]
Answer = tuple[str, Kind, bytes]
Outcome = Handed | Exception
_HTML: Kind = [("Content-Type", "text/html; charset=utf-8")]
_PAGE: Kind = [*_HTML, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
_JSON: Kind = [("Content-Type", "application/json")]


def _query(environ: WSGIEnvironment) -> dict[str, str]:
    """The first value of each name, as Werkzeug gives it."""
    query = environ.get("QUERY_STRING", "")
    return dict(reversed(parse_qsl(query))) if query else {}


def _form(environ: WSGIEnvironment) -> Form | None:
    """What a phone with scripts sends; None for anything else, which the view reads itself."""
    length = environ.get("CONTENT_LENGTH", "")
    if (
        environ.get("HTTP_ACCEPT") != "application/json"
        or environ.get("CONTENT_TYPE") != _FORM
        or not length.isdecimal()
        or int(length) > LARGEST_SHEET
    ):
        return None
    sent = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = BytesIO(sent)  # for the view, should it have to answer
    # A phone that was cut off in the middle: without its end a receipt would be another one.
    if len(sent) != int(length):
        return None
    try:
        return parse_qs(sent.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        return None
