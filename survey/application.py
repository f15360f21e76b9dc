"""Flask, but for how much of a request is taken in and what is written down of one that fails."""

from io import BytesIO
from itertools import chain
from traceback import format_tb
from types import TracebackType
from typing import IO, Any

import flask
from flask import Flask, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from itsdangerous import BadSignature
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_cookie
from werkzeug.utils import cached_property

# What anybody may send. Who is signed in may send as much as the settings say.
STRANGERS_BYTES = 64 * 1024
COOKIES_BYTES = 8 * 1024  # what browsers keep for one site; to read more takes a core's time
STRANGERS_FIELDS = 2000
ADDRESS_FIELDS = 100  # more than any link or search of ours has
Raised = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


class _Parser(FormDataParser):
    """Werkzeug counts the fields of a multipart body only, and parses the other kind whole: a
    megabyte of `a&a&…` would hold up everybody for half a second."""

    def parse(
        self,
        stream: IO[bytes],
        mimetype: str,
        content_length: int | None,
        options: dict[str, str] | None = None,
    ) -> Any:
        if mimetype == "application/x-www-form-urlencoded" and self.max_form_parts is not None:
            sent = stream.read()
            if sent.count(b"&") >= self.max_form_parts:
                raise RequestEntityTooLarge
            stream = BytesIO(sent)
        return super().parse(stream, mimetype, content_length, options)


class Request(flask.Request):
    """Asks who sends before the body is read: even the check that a form is ours reads it."""

    form_data_parser_class = _Parser

    @cached_property
    def args(self) -> MultiDict[str, str]:
        """An address with more fields than ours have is read as one without any."""
        many = self.query_string.count(b"&") >= ADDRESS_FIELDS
        return self.parameter_storage_class() if many else super().args

    @property
    def max_content_length(self) -> int | None:
        return _bounded(super().max_content_length, STRANGERS_BYTES)

    @max_content_length.setter
    def max_content_length(self, value: int | None) -> None:
        self._max_content_length = value

    @property  # type: ignore[override]
    def max_form_parts(self) -> int | None:
        return _bounded(super().max_form_parts, STRANGERS_FIELDS)

    @max_form_parts.setter
    def max_form_parts(self, value: int | None) -> None:
        self._max_form_parts = value


def _bounded(limit: int | None, strangers: int) -> int | None:
    """Whether the cookie names an account is read off its signature, and the store is not asked.
    A page that takes less from everybody does not look at the cookie either."""
    if limit is not None and limit <= strangers:
        return limit
    return limit if "account" in session else strangers


class _Sessions(SecureCookieSessionInterface):
    """Without a cookie there is nothing to unsign; to be ready for it costs as much as a page."""

    def open_session(self, app: Flask, request: flask.Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) in request.cookies:
            return super().open_session(app, request)
        return self.session_class()


class Application(Flask):
    request_class = Request
    session_interface = _Sessions()

    def largest_body(self, cookies: str) -> int:
        """How many bytes are read of a request with these cookies, before it is one of Flask's."""
        most: int = self.config["MAX_CONTENT_LENGTH"]
        if len(cookies) > COOKIES_BYTES:
            return min(most, STRANGERS_BYTES)
        kept = parse_cookie(cookies).get(self.config["SESSION_COOKIE_NAME"])
        signer = self.session_interface.get_signing_serializer(self)
        try:
            is_signed_in = bool(kept and signer and "account" in signer.loads(kept))
        except BadSignature:
            is_signed_in = False
        return most if is_signed_in else min(most, STRANGERS_BYTES)

    def log_exception(self, exc_info: Raised) -> None:
        """Where it went wrong and with what. Neither the address, in which stand a door's key and
        a person's ticket, nor what the exceptions say, which may be what was sent."""
        self.logger.error(
            "Exception in %s [%s]\n%s", request.endpoint, request.method, frames_of(exc_info[1])
        )


def frames_of(error: BaseException | None) -> str:
    """The traceback as Python gives it, the first cause first, each exception by its name: for
    logs, as what it says of itself may be what was sent."""
    told: list[list[str]] = []
    while error is not None:
        kind = type(error)
        # What the system and SQLite call it: a full disk is no other class than a broken one.
        code = getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None)
        name = f"{kind.__module__}.{kind.__qualname__}" + (f": {code}" if code else "")
        told.append([*format_tb(error.__traceback__), name + "\n"])
        error = error.__cause__ or error.__context__
    return "".join(chain.from_iterable(reversed(told)))
