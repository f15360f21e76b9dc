"""Phones that come, read the page, and hand in a sheet. Kept cheap: they share the machine."""

import asyncio
import random
import re
import secrets
import time
import zlib
from array import array
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from bench.world import QUESTIONS, World

PATIENCE = 30  # seconds after the last one set out; who waits longer was not answered
AT_ONCE = 64
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_SLIP = b'name="t" value="'
_GZIP = 31  # zlib's number for: expect a gzip header, check its sum

clock = time.perf_counter


class Refused(Exception):
    """An answer that is not the wanted one; its words are counted."""


@dataclass(slots=True)
class Load:
    """What the phones saw. Times in seconds; a receipt is 16 bytes."""

    pages: "array[float]" = field(default_factory=lambda: array("d"))
    sheets: "array[float]" = field(default_factory=lambda: array("d"))
    sent: bytearray = field(default_factory=bytearray)
    acknowledged: bytearray = field(default_factory=bytearray)
    down: int = 0
    up: int = 0
    errors: Counter[str] = field(default_factory=Counter)


class Pace(NamedTuple):
    """`journeys` spread by chance over `seconds`, each phone on a connection of its own; or,
    as fast as it goes, as many as come first, on connections that stay."""

    journeys: int
    seconds: float
    fast: bool
    sheets_only: bool = False  # one page for all the sheets of a connection


class Connection(asyncio.Protocol):
    """One phone's connection: one question, then its answer."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.came_by: tuple[Visit, bytes] | None = None  # door and slip of its page
        self._came = bytearray()
        self._needed = 0
        self._answer: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  for the types
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        if not self._needed:
            head = self._came.find(b"\r\n\r\n") + 4
            length = _LENGTH.search(self._came, 0, head) if head > 3 else None
            if head > 3:
                self._needed = head + (int(length[1]) if length else 0)
        if self._needed and len(self._came) >= self._needed and self._answer:
            answer, self._answer = self._answer, None
            if not answer.done():
                answer.set_result(bytes(self._came))

    def connection_lost(self, error: Exception | None) -> None:
        if self._answer and not self._answer.done():
            self._answer.set_exception(Refused("connection lost"))

    async def ask(self, request: bytes) -> bytes:
        """The whole answer, head and body."""
        if self.transport.is_closing():
            raise Refused("connection lost")
        self._came.clear()
        self._needed = 0
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answer


class Visit(NamedTuple):
    """What a phone at one door sends, but for its receipt and the page's slip."""

    page: bytes
    sheet: bytes
    answers: bytes


class Phones:
    def __init__(self, port: int, world: World) -> None:
        self._port = port
        self._visits = list(visits_to(world))
        self._tickets = iter(world.tickets)
        self._by_ticket = bool(world.tickets)
        self.load = Load()

    async def warm(self, pages: int) -> None:
        """Fetch pages that nobody hands in: a server that just started renders its pieces."""
        connection = await self._connect()
        for _ in range(pages):
            await connection.ask(random.choice(self._visits).page)  # noqa: S311
        connection.transport.close()

    async def play(self, pace: Pace) -> float:
        """Play journeys at this pace; returns the seconds from the first step to the last."""
        started = clock()
        tasks = await self._crowd(pace) if pace.fast else await self._stream(pace)
        left = started + pace.seconds + PATIENCE - clock()
        _, late = await asyncio.wait(tasks, timeout=max(1, left))
        elapsed = clock() - started
        for task in late:
            task.cancel()
            self.load.errors["not answered"] += 1
        await asyncio.gather(*tasks, return_exceptions=True)
        return elapsed

    async def _crowd(self, pace: Pace) -> list[asyncio.Task[None]]:
        turns = iter(range(pace.journeys))
        end = clock() + pace.seconds
        return [
            asyncio.create_task(self._again_and_again(turns, end, pace)) for _ in range(AT_ONCE)
        ]

    async def _again_and_again(self, turns: Iterator[int], end: float, pace: Pace) -> None:
        connection: Connection | None = None
        while clock() < end and next(turns, None) is not None:
            if connection is None or connection.transport.is_closing():
                connection = None
            connection = await self._journey(connection, clock(), pace)
        if connection:
            connection.transport.close()

    async def _stream(self, pace: Pace) -> list[asyncio.Task[None]]:
        """Each sets out at its time, however slow the server is with those before it."""
        start = clock()
        dues = sorted(start + random.uniform(0, pace.seconds) for _ in range(pace.journeys))  # noqa: S311
        tasks = []
        for due in dues:
            if (early := due - clock()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self._alone(due, pace)))
        return tasks

    async def _alone(self, due: float, pace: Pace) -> None:
        connection = await self._journey(None, due, pace)
        if connection:
            connection.transport.close()

    async def _journey(
        self, connection: Connection | None, due: float, pace: Pace
    ) -> Connection | None:
        """Page, then sheet. Returns the connection if it can be used again."""
        visit = random.choice(self._visits)  # noqa: S311
        receipt = secrets.token_bytes(16)
        try:
            connection = connection or await self._connect()
            if connection.came_by is None:
                page = await connection.ask(visit.page)
                connection.came_by = visit, slip_in(page)
                self.load.pages.append(clock() - due)
                self.load.down += len(page)
                self.load.up += len(visit.page)
            visit, slip = connection.came_by
            if not pace.sheets_only:
                connection.came_by = None
            fetched = clock()
            said = receipt.hex().encode()
            form = b"%br=%b&t=%b" % (visit.answers, said, slip)
            if self._by_ticket:
                form += b"&k=" + next(self._tickets).encode()
            request = visit.sheet % len(form) + form
            self.load.sent += receipt
            answer = await connection.ask(request)
            _require(answer, b"sheet")
            if b'"recorded"' not in answer or said not in answer:
                raise Refused("sheet: not recorded")
        except (Refused, OSError) as error:
            self.load.errors[str(error) or type(error).__name__] += 1
            if connection:
                connection.transport.close()
            return None
        load = self.load
        load.sheets.append(clock() - fetched)
        load.acknowledged += receipt
        load.down += len(answer)
        load.up += len(request)
        return connection

    async def _connect(self) -> Connection:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, "127.0.0.1", self._port)
        return connection


def _require(answer: bytes, what: bytes) -> None:
    if answer[9:12] != b"200":
        raise Refused(f"{what.decode()}: {answer[9:12].decode('ascii', 'replace')}")


def slip_in(page: bytes) -> bytes:
    """The signed slip in the page, found where a phone finds it: after unpacking."""
    _require(page, b"page")
    plain = zlib.decompress(page[page.index(b"\r\n\r\n") + 4 :], _GZIP)
    start = plain.rfind(_SLIP) + len(_SLIP)
    if start < len(_SLIP):
        raise Refused("page: no slip")
    return plain[start : plain.index(b'"', start)]


def visits_to(world: World) -> Iterator[Visit]:
    """Sixteen visits to each hall, with cells and answers by chance."""
    for hall in world.halls:
        path = f"/D/{hall.key}"
        shared = "Host: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (Linux; Android 10) Zalo\r\n"
        page = f"GET {path} HTTP/1.1\r\n{shared}Accept: text/html\r\nAccept-Encoding: gzip\r\n\r\n"
        sheet = (
            f"POST {path} HTTP/1.1\r\n{shared}Accept: application/json\r\n"
            "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n"
        )
        for _ in range(16):
            # Every question has at least two options, shown at places 0 and 1.
            ticks = [f"q{n}={random.randrange(2)}" for n in range(QUESTIONS)]  # noqa: S311
            cell = random.choice(hall.cells)  # noqa: S311
            answers = "&".join([*ticks, f"cell={cell}", "anyway=1", ""])
            yield Visit(page.encode(), sheet.encode(), answers.encode())
