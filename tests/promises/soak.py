"""Sheets for hours: what the server holds must not grow."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from bench.world import World
from tests.promises.phones import Count, Crowd, run
from tests.promises.stage import House

SLICE = 1.0  # seconds between two looks
WARM = 0.4  # of a period; by then all that is kept for good is kept


@dataclass(frozen=True)
class Outcome:
    seconds: float
    growth: float  # of the memory, the most in any period; 0.05 is five in a hundred
    descriptors: int  # how many more, the most in any period
    memory: int  # bytes, the most
    count: Count


def play(
    folder: Path,
    world: World,
    *,
    periods: int,
    seconds: float,
    a_second: float,
    plant: str = "",
) -> Outcome:
    """So many periods of so many seconds each, the server started anew for each of them."""
    crowd: Crowd | None = None
    looks: list[list[tuple[int, int]]] = []
    started = time.monotonic()
    for _ in range(periods):
        house = House(folder, plant=plant)
        house.start()
        try:
            house.wait_until_it_listens()
            crowd = crowd or Crowd(house.port, world)
            crowd.port = house.port
            looks.append(run(_period(house, crowd, seconds, a_second)))
        finally:
            house.end()
    assert crowd is not None
    return Outcome(
        time.monotonic() - started,
        max(_growth([memory for memory, _ in period]) for period in looks),
        max(period[-1][1] - period[round(len(period) * WARM)][1] for period in looks),
        max(memory for period in looks for memory, _ in period),
        crowd.ledger.check(folder / "survey.sqlite"),
    )


async def _period(
    house: House, crowd: Crowd, seconds: float, a_second: float
) -> list[tuple[int, int]]:
    """(memory, descriptors) of the worker, after each slice of phones."""
    seen = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await crowd.sheets(round(a_second * SLICE), within=SLICE)
        await asyncio.sleep(0.2)  # until connections that were hung up are gone
        seen.append(_held(house.ready_pids()[0]))
    return seen


def _held(pid: int) -> tuple[int, int]:
    status = Path(f"/proc/{pid}/status").read_text()
    memory = int(status.partition("VmRSS:")[2].split()[0]) * 1024
    return memory, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def _growth(memory: list[int]) -> float:
    """From when it was warm to the end, by the middle of some looks at each."""
    few = max(1, len(memory) // 10)
    start = round(len(memory) * WARM)
    first, last = sorted(memory[start : start + few]), sorted(memory[-few:])
    return last[few // 2] / first[few // 2] - 1
