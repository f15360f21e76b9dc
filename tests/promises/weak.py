"""A weak network between phones and the server: a relay on the loopback."""

import asyncio
import random
from contextlib import suppress

LATENCY = 0.8  # seconds one way
RATE = 8000  # bytes a second, a phone
CUT = 0.2  # of the acknowledgements


class Weak:
    """`async with Weak(port) as other_port`: what is sent there comes to `port`, late and slowly,
    and of the answers to sheets some are cut off after the server has given them."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._chance = random.Random(8)

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._phone, "127.0.0.1", 0, backlog=2000)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    async def _phone(self, down: asyncio.StreamReader, up: asyncio.StreamWriter) -> None:
        await asyncio.sleep(2 * LATENCY)  # TCP's own greeting
        there, onward = await asyncio.open_connection("127.0.0.1", self._port)
        told = Told()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._upwards(down, onward, told))
                group.create_task(self._downwards(there, up, told))
        except* (OSError, Cut):
            pass
        for writer in (onward, up):
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def _upwards(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, told: "Told"
    ) -> None:
        while data := await source.read(RATE // 4):
            told.sheet = told.sheet or data.startswith(b"POST")
            await asyncio.sleep(LATENCY + len(data) / RATE)
            target.write(data)
            await target.drain()
        raise Cut

    async def _downwards(
        self, source: asyncio.StreamReader, target: asyncio.StreamWriter, told: "Told"
    ) -> None:
        late = LATENCY
        while data := await source.read(RATE // 4):
            if told.sheet and self._chance.random() < CUT:
                raise Cut
            # What follows closely was under way meanwhile.
            await asyncio.sleep(late + len(data) / RATE)
            late = 0.0
            target.write(data)
            await target.drain()
            if told.sheet:
                late, told.sheet = LATENCY, False
        raise Cut


class Told:
    """Whether the answer that comes next is to a sheet."""

    sheet = False


class Cut(Exception):
    """This connection is over."""
