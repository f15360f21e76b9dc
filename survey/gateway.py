"""Flask behind a server that speaks RSGI: its pages are made in a few threads.

A request gets a thread when all of it has come, and gives it back when its answer is made. So
phones that stall in the middle of a body or of an answer, and guesses that are held back, cost a
connection and no thread, and whatever the pages cost, the answers given in the server's own loop
(survey/answering/front.py) do not wait for them.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from threading import Semaphore
from time import sleep
from typing import Any, NamedTuple, Protocol
from wsgiref.types import WSGIApplication, WSGIEnvironment

from flask import request

THREADS = 32
WAITING = 1000  # requests for which there is no thread yet; more are asked to come again
PATIENCE = 30  # seconds for a body of up to SMALL bytes; longer ones get more in proportion
SMALL = 65_536
MOST_HELD = 4000  # answers that are held back at a time
RETRY_AFTER = "5"  # seconds, for whoever comes while there are too many
# In both languages, for nothing is known of whoever is told.
BUSY = """Máy chủ đang bận. Đồng chí chờ 5 giây rồi tải lại trang.

The server is busy. Please wait 5 seconds, then load the page again.
""".encode()
HELD = "survey.held"  # in the environ: seconds for which an answer is held back
FILE = "survey.file"  # and the file that holds its body

Headers = list[tuple[str, str]]


class Scope(Protocol):
    """What RSGI tells of a request: https://github.com/emmett-framework/granian, RSGI."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def query_string(self) -> str: ...
    @property
    def scheme(self) -> str: ...
    @property
    def http_version(self) -> str: ...
    @property
    def server(self) -> str: ...
    @property
    def headers(self) -> Any: ...


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes
    file: str = ""  # in which the body is instead


class TooLong(Exception):
    """The body, by what it says of itself or by what came of it."""


class Gone(Exception):
    """The rest of the body did not come."""

    status = 408


class Unmeasured(Gone):
    """The body does not say how long it is. Browsers and proxies do; and where a body in chunks is
    cut off, the server does not tell that from its end."""

    status = 411


def hold(seconds: float) -> None:
    """In a view: send its answer after so many seconds. Behind the gateway no thread waits."""
    if HELD in request.environ:
        request.environ[HELD] = seconds
    elif _asleep.acquire(blocking=False):
        sleep(seconds)
        _asleep.release()


def send_from(file: Path) -> None:
    """In a view: the body of its answer, or the range of it, is what this file holds. Behind the
    gateway it is sent from there: whoever reads slowly keeps no copy of it in memory."""
    if FILE in request.environ and request.method == "GET":
        request.environ[FILE] = str(file)


_asleep = Semaphore(16)  # threads that wait where another server runs the application


class Gateway:
    def __init__(self, app: WSGIApplication, *, largest: Callable[[str], int]) -> None:
        """`largest`: how many bytes of a body are read, for the cookies that came with it."""
        self._app, self._largest = app, largest
        self._pool = ThreadPoolExecutor(THREADS, "flask")
        self._waiting = self._held = 0

    @property
    def is_crowded(self) -> bool:
        """Whether so many answers are held back that no more can be."""
        return self._held >= MOST_HELD

    @property
    def is_busy(self) -> bool:
        """Whether a request would have to wait for a thread."""
        return self._waiting >= THREADS

    async def held(self, seconds: float) -> None:
        """Hold an answer back."""
        self._held += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._held -= 1

    async def answer(
        self,
        scope: Scope,
        proto: Any,
        *,
        body: bytes | None = None,
        found: Mapping[str, object] | None = None,
    ) -> None:
        """Let the application answer. `body`: what was read already; `found`: what is handed to
        the views in the environ."""
        environ = environ_of(scope)
        try:
            if body is None:
                body = await self._body(scope, proto)
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        except TooLong:
            # The application finds the words; it sees by the length that there is too much.
            environ |= {"wsgi.input": BytesIO(), "CONTENT_LENGTH": str(sys.maxsize)}
        except Gone as gone:
            give_up(proto, gone)
            return
        if self._waiting >= WAITING:
            come_again(proto)
            return
        environ |= found or {}
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._pool, respond, self._app, environ)
        finally:
            self._waiting -= 1
        if environ[HELD]:
            if self.is_crowded:
                come_again(proto)
                return
            await self.held(environ[HELD])
        send(proto, answer)

    async def _body(self, scope: Scope, proto: Any) -> bytes:
        if scope.method in ("GET", "HEAD"):
            return b""
        return await read(scope, proto, self._largest(scope.headers.get("cookie", "")))


async def read(scope: Scope, proto: Any, most: int) -> bytes:
    """The whole body. Raises TooLong, Unmeasured, and Gone where it does not come in time."""
    headers = scope.headers
    told = headers.get("content-length")
    if told is None:
        if "transfer-encoding" in headers:
            raise Unmeasured
        return b""
    length = int(told) if told.isdecimal() and len(told) < 20 else sys.maxsize
    if length > most:
        raise TooLong
    coming = proto()
    late = asyncio.get_running_loop().call_later(PATIENCE * max(1, length / SMALL), coming.cancel)
    try:
        body: bytes = await coming
    except (asyncio.CancelledError, RuntimeError) as error:
        raise Gone from error
    finally:
        late.cancel()
    if len(body) != length:
        raise Gone
    return body


def environ_of(scope: Scope) -> WSGIEnvironment:
    """PEP 3333's; without the address of whoever asks, which nobody here needs."""
    host, _, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        HELD: 0.0,
        FILE: "",
    }
    for name, value in scope.headers.items():
        # X_Forwarded_Proto would pass for what the proxy says; how long the body is, is known.
        if "_" in name or name in ("content-length", "transfer-encoding"):
            continue
        key = "CONTENT_TYPE" if name == "content-type" else f"HTTP_{name.upper().replace('-', '_')}"
        joint = "; " if name == "cookie" else ","
        environ[key] = f"{environ[key]}{joint}{value}" if key in environ else value
    return environ


def come_again(proto: Any) -> None:
    headers = [
        ("retry-after", RETRY_AFTER),
        ("content-type", "text/plain; charset=utf-8"),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
    ]
    proto.response_bytes(503, headers, BUSY)


def give_up(proto: Any, gone: Gone) -> None:
    proto.response_empty(gone.status, [("connection", "close")])


def send(proto: Any, answer: Answer) -> None:
    status, headers, body, file = answer
    if not file:
        proto.response_bytes(status, headers, body)
    elif status == 200:
        proto.response_file(status, headers, file)
    else:
        span = next(value for name, value in headers if name.lower() == "content-range")
        first, _, last = span.removeprefix("bytes ").partition("/")[0].partition("-")
        proto.response_file_range(status, headers, file, int(first), int(last) + 1)


def respond(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    begun: list[Any] = []

    def start(status: str, headers: Headers, _error: Any = None) -> Callable[[bytes], object]:
        begun[:] = [int(status[:3]), headers]
        return lambda _written: None

    chunks = app(environ, start)
    try:
        # Whether the file is sent: its view may have failed afterwards, or found nothing new.
        file = environ[FILE] if begun and begun[0] in (200, 206) else ""
        body = b"" if file else b"".join(chunks)
    finally:
        if hasattr(chunks, "close"):
            chunks.close()
    status, headers = begun
    return Answer(status, headers, body, file)
