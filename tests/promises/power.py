"""The power goes in a storm: what was acknowledged is there when the store opens again."""

import asyncio
import random
import shutil
import sqlite3
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from bench.world import World
from tests.promises import disk
from tests.promises.disk import Disk, Marks
from tests.promises.phones import Crowd, run
from tests.promises.program import CHECKPOINT
from tests.promises.stage import served

PHONES = 6  # few, so that commits are many and small


@dataclass(frozen=True)
class Outcome:
    cuts: int
    acknowledged: int
    unopened: int  # cuts after which the store would not open, or was not sound
    lost: int  # cuts after which a sheet that was acknowledged before was not there
    doubled: int  # cuts after which a sheet that no phone sent was there
    synced: int


def play(folder: Path, world: World, *, cuts: int, seconds: float, plant: str = "") -> Outcome:
    log = folder / "disk.log"
    before = folder / "before"
    before.mkdir()
    _settle(folder / "survey.sqlite")
    shutil.copy(folder / "survey.sqlite", before)
    environment = disk.preloaded(log=log) | {CHECKPOINT: "100"}
    with served(folder, plant=plant, environment=environment) as house:
        sent = run(_storm(house.port, world, log, seconds))
    return _cut(before, log, sent, cuts)


def _settle(store: Path) -> None:
    connection = sqlite3.connect(store)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


async def _storm(port: int, world: World, log: Path, seconds: float) -> set[bytes]:
    marks = Marks(log)
    crowd = Crowd(port, world)
    crowd.ledger.acknowledged = Told(marks)
    playing = asyncio.create_task(crowd.play(PHONES))
    await asyncio.sleep(seconds)
    crowd.stopped.set()
    await playing
    marks.close()
    return crowd.ledger.sent


class Told(set[bytes]):
    """Acknowledged receipts, written into the disk's log in the moment that they come."""

    def __init__(self, marks: Marks) -> None:
        super().__init__()
        self._marks = marks

    def add(self, receipt: bytes) -> None:
        self._marks(receipt)
        super().add(receipt)


def _cut(before: Path, log: Path, sent: set[bytes], cuts: int) -> Outcome:
    chance = random.Random(2)
    records = sum(1 for _ in disk.read_log(log))
    places = Counter(chance.randrange(records) for _ in range(cuts))
    found: Counter[str] = Counter()
    rest = Disk(before)
    place = before.parent / "cut"
    place.mkdir()
    for number, record in enumerate(disk.read_log(log)):
        found["synced"] += record.kind == "E"
        rest.take(record)
        for _ in range(places[number]):
            rest.cut(place, chance)
            found.update(_look(place / "survey.sqlite", rest.told, sent))
    return Outcome(
        cuts, len(rest.told), found["unopened"], found["lost"], found["doubled"], found["synced"]
    )


def _look(store: Path, told: set[bytes], sent: set[bytes]) -> list[str]:
    connection = sqlite3.connect(store)
    try:
        sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = [receipt for (receipt,) in connection.execute("SELECT receipt FROM sheet")]
    except sqlite3.DatabaseError:
        return ["unopened"]
    finally:
        connection.close()
    found = [] if sound else ["unopened"]
    if not told <= set(stored):
        found.append("lost")
    if len(stored) != len(set(stored) & sent):
        found.append("doubled")
    return found
