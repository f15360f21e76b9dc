"""kill -9 in a storm: of workers while the others go on, and of the whole server at once."""

import asyncio
import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

from bench.world import World
from tests.promises.phones import Count, Crowd, Ledger, run
from tests.promises.stage import House

WORKERS = 4
PHONES = 24
WORKER, WHOLE = "worker", "whole"


@dataclass(frozen=True)
class Plan:
    """So many kills of workers with so many of the whole server among them, for so long at most,
    and at least so many sheets."""

    kills: int
    whole: int
    sheets: int = 0
    seconds: float = math.inf


@dataclass(frozen=True)
class Outcome:
    kills: int
    whole: int
    count: Count
    seconds: float


def play(
    folder: Path,
    world: World,
    plan: Plan,
    *,
    plant: str = "",
) -> Outcome:
    """The storm, and then the count."""
    house = House(folder, workers=WORKERS, plant=plant)
    house.start()
    started = time.monotonic()
    try:
        house.wait_until_it_listens()
        storm = Storm(house, world)
        ledger = run(storm.play(plan))
    finally:
        house.kill_all()
    count = ledger.check(folder / "survey.sqlite")
    return Outcome(storm.kills, storm.whole, count, time.monotonic() - started)


class Storm:
    def __init__(self, house: House, world: World) -> None:
        self._house = house
        self._crowd = Crowd(house.port, world)
        self.kills = self.whole = 0

    async def play(self, plan: Plan) -> Ledger:
        playing = asyncio.create_task(self._crowd.play(PHONES))
        until = time.monotonic() + plan.seconds
        turns = [WORKER] * plan.kills + [WHOLE] * plan.whole
        random.shuffle(turns)
        while turns and time.monotonic() < until:
            await _progress(self._crowd)
            if turns[-1] == WHOLE:
                turns.pop()
                await asyncio.to_thread(_kill_whole, self._house)
                self.whole += 1
            else:
                await self._kill_workers(turns)
        while len(self._crowd.ledger.acknowledged) < plan.sheets and time.monotonic() < until:
            await asyncio.sleep(0.5)
        self._crowd.stopped.set()
        await playing
        await asyncio.sleep(0.2)  # until connections that were hung up are gone
        return self._crowd.ledger

    async def _kill_workers(self, turns: list[str]) -> None:
        for pid in await _ready(self._house):
            if turns and turns[-1] == WORKER:
                turns.pop()
                await asyncio.sleep(random.uniform(0, 0.02))
                self._house.kill(pid)
                self.kills += 1


async def _progress(crowd: Crowd) -> None:
    """Some sheets between two kills, so that each kill finds the server at work."""
    target = len(crowd.ledger.acknowledged) + random.randrange(1, 8)
    deadline = time.monotonic() + 60
    while len(crowd.ledger.acknowledged) < target:
        assert time.monotonic() < deadline, "no sheet came in for a minute after a kill"
        await asyncio.sleep(0.002)


async def _ready(house: House) -> list[int]:
    """Workers to be killed shortly after one another: now one, now all that are up."""
    deadline = time.monotonic() + 60
    while True:
        ready = house.ready_pids()
        if ready:
            return ready[: random.randrange(1, len(ready) + 1)]
        assert time.monotonic() < deadline, "no worker came back for a minute"
        await asyncio.sleep(0.01)


def _kill_whole(house: House) -> None:
    house.kill_all()
    house.start()
    house.wait_until_it_listens()
