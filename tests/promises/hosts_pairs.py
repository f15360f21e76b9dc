"""What two phones send at once, at whatever host: one sheet twice, or one slip in two hands."""

import asyncio
import json
import random
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy.orm import Session

from bench.phones import Connection, Refused, slip_in
from bench.world import QUESTIONS, Hall, World
from survey import create_app, web
from survey.sittings.models import Kind, Show, Sitting
from survey.sittings.operations import plan_sitting
from survey.sittings.queries import doors_of
from survey.sittings.tickets import lay_tickets, slips_of
from tests.promises.phones import LONGEST, PATIENCE, Crowd, key_of

PAUSE = 0.1  # seconds between two pairs of one kind, at most
Step = Callable[..., Awaitable[str]]


class Bowl(NamedTuple):
    """A sitting's door, and the slips that let in there."""

    door: str
    slips: tuple[str, ...]


def lay_bowl(folder: Path, world: World, url: str, count: int) -> Bowl:
    """A second sitting of the same paper, which admits by ticket."""
    app = create_app({"DATABASE_URL": url}, instance=folder)
    key, cell, now = str(app.config["SECRET_KEY"]), world.halls[0].cells[0], web.now()
    with Session(app.extensions["survey_engine"]) as session:
        conference = session.get_one(Sitting, world.sitting_id).conference_id
        assert conference
        sitting = plan_sitting(
            session,
            conference,
            world.edition_id,
            kind=Kind.AFTER,
            title="Bằng phiếu mã",
            show=Show.THANKS,
            opens_at=now,
            closes_at=None,
            tickets=True,
            now=now,
        )
        lay_tickets(session, sitting, {cell: count}, secret_key=key, now=now)
        slips = slips_of(session, sitting, [cell], secret_key=key)[cell]
        door = doors_of(session, sitting)[0].key
    app.extensions["survey_engine"].dispose()
    return Bowl(door, tuple(slips))


@dataclass
class Pairs:
    """Keys of sheets: what was sent with each slip, and which of it was acknowledged."""

    sent: list[set[bytes]] = field(default_factory=list)
    told: list[set[bytes]] = field(default_factory=list)

    def spent_twice(self, stored: set[bytes]) -> int:
        pairs = zip(self.sent, self.told, strict=True)
        return sum(len(told) > 1 or len(sent & stored) > 1 for sent, told in pairs)

    def lost(self, stored: set[bytes]) -> int:
        """Slips that were spent for nothing, or whose sheet was acknowledged and is not there."""
        return sum(not told or not told <= stored for told in self.told)


async def slips_in_two_hands(crowd: Crowd, bowl: Bowl) -> Pairs:
    """Until the crowd is stopped, or the bowl is empty."""
    pairs, path = Pairs(), f"/D/{bowl.door}"
    token = await _until_answered(_token, crowd, f"{path}/{bowl.slips[0]}")
    for slip in bowl.slips:
        if crowd.stopped.is_set():
            break
        receipts = [secrets.token_hex(16) for _ in range(2)]
        forms = [f"{_ticks()}&k={slip}&r={said}&t={token}" for said in receipts]
        ends = await asyncio.gather(*(_until_answered(_send, crowd, path, form) for form in forms))
        assert set(ends) <= {"recorded", "spent"}, ends
        keys = [key_of(said.encode()) for said in receipts]
        pairs.sent.append(set(keys))
        pairs.told.append({key for key, end in zip(keys, ends, strict=True) if end == "recorded"})
        await asyncio.sleep(random.uniform(0, PAUSE))
    return pairs


async def sheets_sent_twice(crowd: Crowd, hall: Hall) -> None:
    """As by a phone that sends again while its first try is on the way."""
    path = f"/D/{hall.key}"
    token = await _until_answered(_token, crowd, path)
    while not crowd.stopped.is_set():
        said = secrets.token_hex(16)
        form = f"{_ticks()}&cell={hall.cells[0]}&r={said}&t={token}"
        crowd.ledger.sent.add(key_of(said.encode()))
        ends = await asyncio.gather(*(_until_answered(_send, crowd, path, form) for _ in range(2)))
        assert ends == ["recorded", "recorded"]
        crowd.ledger.acknowledged.add(key_of(said.encode()))
        await asyncio.sleep(random.uniform(0, PAUSE))


def _ticks() -> str:
    return "&".join([*(f"q{n}={random.randrange(2)}" for n in range(QUESTIONS)), "anyway=1"])


async def _until_answered(step: Step, crowd: Crowd, path: str, *form: str) -> str:
    deadline = time.monotonic() + LONGEST
    while True:
        try:
            return await step(crowd, path, *form)
        except (Refused, OSError, TimeoutError):
            assert time.monotonic() < deadline, f"no answer from {path}"
            await asyncio.sleep(random.uniform(0, 2 * crowd.pause))


async def _token(crowd: Crowd, path: str) -> str:
    return slip_in(
        await _ask(crowd, f"GET {path}", "Accept: text/html\r\nAccept-Encoding: gzip")
    ).decode()


async def _send(crowd: Crowd, path: str, form: str) -> str:
    """How handing in ended."""
    accept = "Accept: application/json\r\nContent-Type: application/x-www-form-urlencoded"
    answer = await _ask(crowd, f"POST {path}", accept, form.encode())
    if answer[9:12] not in (b"200", b"409"):
        raise Refused(answer[9:12].decode())
    return str(json.loads(answer[answer.index(b"\r\n\r\n") + 4 :])["state"])


async def _ask(crowd: Crowd, what: str, head: str, body: bytes = b"") -> bytes:
    """One question on a connection of its own, so that any host may get it."""
    loop = asyncio.get_running_loop()
    _, connection = await loop.create_connection(Connection, "127.0.0.1", crowd.port, ssl=crowd.tls)
    request = (
        f"{what} HTTP/1.1\r\nHost: khaosat.test\r\n{head}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    try:
        return await asyncio.wait_for(connection.ask(request.encode() + body), PATIENCE)
    finally:
        connection.transport.close()
