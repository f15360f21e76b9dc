"""Phones that do not give up: the same receipt is sent until the server says that it is in."""

import asyncio
import json
import random
import secrets
import sqlite3
import ssl
import time
from collections import Counter
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from bench.phones import Connection, Refused, Visit, slip_in, visits_to
from bench.world import World
from survey.answering.tokens import receipt_of

Played = TypeVar("Played")
PATIENCE = 15  # seconds for one answer; a phone then asks again
LONGEST = 180  # seconds for one sheet, after which the phone reports that it was never told


def run(played: Coroutine[Any, Any, Played]) -> Played:
    """Play it in a thread of its own: the tests of browsers leave a loop running in the first."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, played).result()


class Count(NamedTuple):
    """What the store holds, against what phones sent and were told."""

    acknowledged: int
    lost: int  # acknowledged, and not in the store
    doubled: int  # in the store, and no phone's sheet
    untold: int  # sheets whose phone was never told

    def __bool__(self) -> bool:
        """Whether there is a fault."""
        return bool(self.lost or self.doubled or self.untold)


@dataclass
class Ledger:
    """Keys of sheets, by what their phones did and saw."""

    sent: set[bytes] = field(default_factory=set)
    acknowledged: set[bytes] = field(default_factory=set)
    times: list[float] = field(default_factory=list)  # seconds from the first try to the answer
    tries: Counter[str] = field(default_factory=Counter)  # how each try ended

    def check(self, store: Path) -> Count:
        return self.compare(stored_receipts(store))

    def compare(self, stored: list[bytes]) -> Count:
        held = set(stored)
        return Count(
            len(self.acknowledged),
            len(self.acknowledged - held),
            len(stored) - len(held & self.sent),
            len(self.sent - self.acknowledged),
        )


def stored_receipts(store: Path) -> list[bytes]:
    connection = sqlite3.connect(store)
    try:
        return [receipt for (receipt,) in connection.execute("SELECT receipt FROM sheet")]
    finally:
        connection.close()


def key_of(said: bytes) -> bytes:
    """The key under which a phone's receipt is stored."""
    return receipt_of(said.decode())


@dataclass
class Crowd:
    """So many phones, each handing in sheet after sheet, each sheet until it is acknowledged."""

    port: int
    world: World
    ledger: Ledger = field(default_factory=Ledger)
    pause: float = 0.05  # seconds before another try, on average
    tls: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        self._visits = list(visits_to(self.world))
        self.stopped = asyncio.Event()

    async def play(self, phones: int) -> None:
        """Until `stopped`, and then until the last sheet is in."""
        async with asyncio.TaskGroup() as group:
            for _ in range(phones):
                group.create_task(self._phone())

    async def sheets(self, phones: int, *, within: float = 0.0) -> None:
        """One sheet a phone, each setting out at its time."""
        async with asyncio.TaskGroup() as group:
            for _ in range(phones):
                group.create_task(self._one(random.uniform(0, within)))

    async def _one(self, delay: float) -> None:
        await asyncio.sleep(delay)
        phone = Phone(self, random.choice(self._visits))
        await phone.hand_in()
        phone.hang_up()

    async def _phone(self) -> None:
        while not self.stopped.is_set():
            phone = Phone(self, random.choice(self._visits))
            for _ in range(20):
                if self.stopped.is_set():
                    break
                await phone.hand_in()
            phone.hang_up()


class Phone:
    def __init__(self, crowd: Crowd, visit: Visit) -> None:
        self._crowd = crowd
        self._visit = visit
        self._connection: Connection | None = None
        self._slip = b""

    def hang_up(self) -> None:
        if self._connection:
            self._connection.transport.close()
        self._connection = None

    async def hand_in(self) -> None:
        """One sheet, told or given up after LONGEST."""
        ledger = self._crowd.ledger
        started = time.monotonic()
        said = secrets.token_hex(16).encode()
        while not self._slip:
            if time.monotonic() - started > LONGEST:
                return
            self._slip = await self._try(self._fetch()) or b""
        ledger.sent.add(key_of(said))
        while time.monotonic() - started < LONGEST:
            if await self._try(self._send(said)):
                ledger.acknowledged.add(key_of(said))
                ledger.times.append(time.monotonic() - started)
                return

    async def _try(self, step: Any) -> Any:
        tries = self._crowd.ledger.tries
        try:
            answer = await asyncio.wait_for(step, PATIENCE)
            tries["answered"] += 1
            return answer
        except (Refused, OSError, TimeoutError) as error:
            tries[str(error) or type(error).__name__] += 1
            self.hang_up()
            await asyncio.sleep(random.uniform(0, 2 * self._crowd.pause))
            return None

    async def _ask(self, request: bytes) -> bytes:
        if self._connection is None or self._connection.transport.is_closing():
            loop = asyncio.get_running_loop()
            _, self._connection = await loop.create_connection(
                Connection, "127.0.0.1", self._crowd.port, ssl=self._crowd.tls
            )
        return await self._connection.ask(request)

    async def _fetch(self) -> bytes:
        return slip_in(await self._ask(self._visit.page))

    async def _send(self, said: bytes) -> bool:
        form = b"%br=%b&t=%b" % (self._visit.answers, said, self._slip)
        answer = await self._ask(self._visit.sheet % len(form) + form)
        status = answer[9:12]
        if status in (b"502", b"503", b"504", b"429"):
            raise Refused(f"sheet: {status.decode()}")
        told = json.loads(answer[answer.index(b"\r\n\r\n") + 4 :])
        if status != b"200" or told["state"] != "recorded":
            raise AssertionError(f"{status.decode()}: {told}")
        assert told["receipt"] == said.decode()
        assert told["mac"]
        return True
