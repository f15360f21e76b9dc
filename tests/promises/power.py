"""The power goes in a storm, in which one sitting is closed, sealed and swept while people hand in
at another: what was acknowledged is there when the store opens again, and what was begun of the
sealing is all there or not at all.

python -m tests.promises.power FOLDER SITTING     (with disk.c loaded) closes, seals and sweeps it
"""

import asyncio
import os
import random
import shutil
import subprocess
import sys
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from multiprocessing import get_context
from pathlib import Path

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from bench.world import Hall, World
from survey import create_app, db, web
from survey.desk.jobs import run_due
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show, Sitting
from survey.sittings.queries import doors_of
from tests.promises import disk, program
from tests.promises.disk import Marks
from tests.promises.faults import PLANTS
from tests.promises.phones import Crowd, run
from tests.promises.power_cuts import Cuts
from tests.promises.program import CHECKPOINT
from tests.promises.stage import ROOT, served

PROCESSES = 2
LONGEST = 60  # seconds of what goes on beside the storm
PHONES = 3  # at each sitting; few, so that commits are many and small
# What goes on beside the storm: a mark in the log where each begins. Half of the cuts fall into
# the last three, which are soon over.
STORM, *WORK, AFTER = "storm", "closing", "sealing", "sweeping", "after"
CLOSING, SEALING, SWEEPING = WORK


@dataclass(frozen=True)
class Outcome:
    cuts: dict[str, int]  # {what went on: cuts in it}
    acknowledged: int
    synced: int
    sealed: int  # cuts after which the sitting was sealed, with all its sheets
    unsealed: int  # cuts after its closing after which it was not, and was then sealed anew
    unopened: int  # cuts after which the store would not open, or was not sound
    lost: int  # cuts after which a sheet that was acknowledged before was not there
    doubled: int  # cuts after which a sheet that no phone sent was there
    half: int  # cuts after which a sitting was sealed in part, or with a wrong digest

    @property
    def faults(self) -> int:
        return self.unopened + self.lost + self.doubled + self.half


FOUND = "sealed unsealed unopened lost doubled half".split()


def play(folder: Path, world: World, *, cuts: int, seconds: float, plant: str = "") -> Outcome:
    """A storm of so many seconds at either sitting: at both, and then at the second alone."""
    log, before = folder / "disk.log", folder / "before"
    before.mkdir()
    second = _second(folder, world)
    shutil.copy(folder / "survey.sqlite", before)
    environment = disk.preloaded(log=log) | {CHECKPOINT: "100"}
    with served(folder, plant=plant, environment=environment) as house:
        storm = Storm(folder, (Crowd(house.port, world), Crowd(house.port, second)), Marks(log))
        play = storm.play(world.sitting_id, seconds, environment | {program.PLANT: plant})
        run(asyncio.wait_for(play, seconds + 2 * LONGEST))
    stages = _stages(log)
    syncs = {n for n, record in enumerate(disk.read_log(log)) if record.kind == "E"}
    places = _places(stages, syncs, cuts)
    with ProcessPoolExecutor(PROCESSES, get_context("fork")) as pool:
        playing = [
            pool.submit(
                Cuts(before, world.sitting_id, storm.sent, folder / f"cut {number}").play,
                log, Counter(places[number::PROCESSES]), number,
            )
            for number in range(PROCESSES)
        ]  # fmt: skip
        found = sum((one.result() for one in playing), Counter[str]())
    return Outcome(
        {stage: sum(n[0] <= place <= n[-1] for place in places) for stage, n in stages.items()},
        storm.told,
        len(syncs),
        **{name: found[name] for name in FOUND},
    )


def _second(folder: Path, world: World) -> World:
    """Another sitting of the same conference; of the first one there is no grace."""
    engine: Engine = create_app(instance=folder).extensions["survey_engine"]
    now = web.now()
    with Session(engine) as session:
        with db.writing(session):
            session.get_one(Sitting, world.sitting_id).grace = 0
        first = session.get_one(Sitting, world.sitting_id)
        assert first.conference_id
        sitting = sittings.plan_sitting(
            session, first.conference_id, world.edition_id, kind=Kind.AFTER, title="Khảo sát",
            show=Show.SCORE, opens_at=now - timedelta(hours=1), closes_at=None, now=now,
        )  # fmt: skip
        cells = {hall.hall_id: hall.cells for hall in world.halls}
        doors = doors_of(session, sitting)
        halls = [Hall(d.hall_id, d.key, cells[d.hall_id]) for d in doors if d.hall_id in cells]
        session.rollback()
        session.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    engine.dispose()
    return World(sitting, world.edition_id, tuple(halls))


@dataclass(frozen=True)
class Storm:
    folder: Path
    crowds: tuple[Crowd, Crowd]
    marks: Marks

    async def play(self, sitting: int, seconds: float, environment: dict[str, str]) -> None:
        for crowd in self.crowds:
            crowd.ledger.acknowledged = Told(self.marks)
        first, second = (asyncio.create_task(crowd.play(PHONES)) for crowd in self.crowds)
        await asyncio.sleep(seconds)
        self.crowds[0].stopped.set()
        await first
        work = [sys.executable, "-m", "tests.promises.power", str(self.folder), str(sitting)]
        await asyncio.to_thread(
            subprocess.run,
            work,
            cwd=ROOT,
            env=os.environ | environment,
            check=True,
            timeout=LONGEST,
        )
        self.crowds[1].stopped.set()
        await second
        self.marks.close()

    @property
    def sent(self) -> set[bytes]:
        return self.crowds[0].ledger.sent | self.crowds[1].ledger.sent

    @property
    def told(self) -> int:
        return sum(len(crowd.ledger.acknowledged) for crowd in self.crowds)


class Told(set[bytes]):
    """Acknowledged receipts, written into the disk's log in the moment that they come."""

    def __init__(self, marks: Marks) -> None:
        super().__init__()
        self._marks = marks

    def add(self, receipt: bytes) -> None:
        self._marks(receipt)
        super().add(receipt)


def _work(folder: Path, sitting: int) -> None:
    """What the button and the timer do, in a process beside the server."""
    program.checkpoint_often(100)
    PLANTS.get(os.environ[program.PLANT], lambda: None)()
    app, marks = create_app(instance=folder), Marks(Path(os.environ["DISK_LOG"]))
    with app.app_context():
        session = db.session()
        marks.begin(CLOSING)
        sittings.close_sitting(session, sitting, now=web.now())
        marks.begin(SEALING)
        seal_sitting(session, sitting, now=web.now())
        marks.begin(SWEEPING)
        assert run_due(session, now=web.now(), force=True).swept == [sitting]
        marks.begin(AFTER)


def _stages(log: Path) -> dict[str, list[int]]:
    """{what goes on: the numbers of the records in it}."""
    stage, found = STORM, defaultdict[str, list[int]](list)
    for number, record in enumerate(disk.read_log(log)):
        stage = record.data.decode() if record.kind == disk.STAGE else stage
        found[stage].append(number)
    return found


def _places(records: dict[str, list[int]], syncs: set[int], cuts: int) -> list[int]:
    """Half of them anywhere, and half in what goes on beside the storm: every second of these just
    after a sync, when one commit is on the disk and nothing is of the next."""
    chance = random.Random(2)
    places = chance.choices(list(chain(*records.values())), k=cuts - cuts // 2)
    for n in range(cuts // 2):
        begun = records[WORK[n % len(WORK)]]
        after = [number for number in begun if number in syncs]
        places.append(chance.choice(after if n % 2 and after else begun))
    return places


if __name__ == "__main__":
    _work(Path(sys.argv[1]), int(sys.argv[2]))
