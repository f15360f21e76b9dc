"""The two answers that a hall asks for a thousand times a minute, given before Flask is woken.

The page of an open sitting whose pieces are all rendered, and the acknowledgement of a sheet: by
the same functions and under the same rules as the views, which give every other answer. What was
found out here is handed on to them, so that nothing is done twice.
"""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import NamedTuple
from urllib.parse import parse_qs, parse_qsl
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from survey import web
from survey.answering.entrances import Entrance
from survey.answering.operations import REFUSALS, Form, Handed
from survey.answering.pages import Visit
from survey.answering.process import Process, said

OUTCOME = "survey.answering.outcome"  # in the environ: how handing in ended, for the view to say
LARGEST_SHEET = 64 * 1024
FIELDS = 2000
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
        if answer is None:
            return self._app(environ, start)
        kind, body = answer
        start("200 OK", [*self._process.headers, *kind, ("Content-Length", str(len(body)))])
        return [body]

    def _asked(self, environ: WSGIEnvironment, key: str, now: datetime) -> Asked | None:
        entrance = self._process.entrances.at_hand(key.upper(), now)
        if entrance is None:
            return None
        query = environ.get("QUERY_STRING", "")
        return Asked(entrance, Visit.of(_once(query) if query else {}, entrance))

    def _page(self, environ: WSGIEnvironment, key: str, now: datetime) -> "Answer | None":
        asked = self._asked(environ, key, now)
        if (
            asked is None
            or not asked.entrance.state(now).takes_sheets
            or "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", "")
            or "q=" in environ["HTTP_ACCEPT_ENCODING"]
        ):
            return None
        page = self._process.kept_page(*asked, now)
        return None if page is None else (_PAGE, page)

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
        return _JSON, said(form, **words)


Kind = list[tuple[str, str]]
Answer = tuple[Kind, bytes]
Outcome = Handed | Exception
_PAGE: Kind = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Encoding", "gzip"),
    ("Vary", "Accept-Encoding"),
]
_JSON: Kind = [("Content-Type", "application/json")]


def _once(query: str) -> dict[str, str]:
    """The first value of each name, as Werkzeug gives it."""
    return dict(reversed(parse_qsl(query)))


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
    try:
        return parse_qs(sent.decode("ascii"), keep_blank_values=True, max_num_fields=FIELDS)
    except ValueError:
        return None
