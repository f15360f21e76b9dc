"""The n-th write, sync or truncation of the store fails, for every n of a whole sitting.

python -m tests.promises.faults FOLDER FIRST STEP EVERY     (with disk.c loaded; prints JSON)
"""

import ctypes
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy.orm import Session

from survey import create_app
from survey.answering import sealing
from survey.answering.entrances import TIMES_KEPT
from tests.promises import disk, program
from tests.promises.faults_sitting import PLAIN, Stage, Trial, lay
from tests.promises.stage import ROOT

EIO, ENOSPC, SHORT = range(3)  # as in disk.c
# How a call fails, and how many in a row. Half a write alone is no failure: SQLite writes the rest.
# With more to come the rest meets a full disk, as when a disk fills up in the middle of a write.
WAYS = ((EIO, 1), (ENOSPC, 1), (SHORT, 1), (SHORT, 2), (EIO, 6), (ENOSPC, 25), (SHORT, 25))
NEVER = (10**9, EIO, 0)
PROCESSES = 2
FORK = multiprocessing.get_context("fork")
LONGEST = 60  # seconds of a trial; an undisturbed one takes a sixth of one
IN_ALL = 14 * 60


@dataclass(frozen=True)
class Outcome:
    calls: int  # of a whole sitting in which none fails
    trials: int  # each an n of those and a way to fail
    refusing: int  # trials in which somebody was told to try again, and did
    at_once: int  # trials in which nobody noticed
    again: dict[str, int]  # {step: trials in which it was tried again}
    said: dict[str, int]  # {status other than the wanted one: how often}
    wrong: int  # answers that were neither a success nor "try again"
    lost: int  # sittings that were sealed without an acknowledged sheet
    doubled: int
    half: int  # sittings whose seal, digest, tally and tickets did not agree
    unsound: int  # stores
    stuck: int  # trials in which a step never succeeded again
    renamed: int  # files, and links to them

    @property
    def faults(self) -> int:
        return self.wrong + self.lost + self.doubled + self.half + self.unsound + self.stuck

    def __str__(self) -> str:
        return (
            f"{self.trials:,} trials of the {self.calls} calls of a sitting in {len(WAYS)} ways: "
            f"{self.refusing:,} refused something, {self.at_once:,} succeeded at once; "
            f"{self.wrong} wrong answers, {self.lost} with a loss, {self.doubled} with a double, "
            f"{self.half} half-written, {self.unsound} unsound, {self.stuck} stuck"
        )


def play(*, step: int = 1, every_way: bool = False, plant: str = "") -> Outcome:
    """Each n, or each so manieth, in one of the ways by turns, or in every way."""
    with TemporaryDirectory(prefix="promises-") as folder:
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.promises.faults", f"{folder}/{first}"]
                + [str(number) for number in (first, step, int(every_way))],
                cwd=ROOT,
                env=os.environ | disk.preloaded(delay=1e-6) | {program.PLANT: plant},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            for first in range(PROCESSES)
        ]
        try:
            found, calls = _sum_of(running)
        finally:
            for process in running:
                process.kill()
                process.wait()
    return Outcome(
        max(calls),
        again=_under(found, "again: "),
        said=_under(found, "said "),
        at_once=found["at once"],
        **{
            name: found[name]
            for name in "trials refusing wrong lost doubled half unsound stuck renamed".split()
        },
    )


def _sum_of(running: Sequence["subprocess.Popen[bytes]"]) -> tuple[Counter[str], list[int]]:
    found: Counter[str] = Counter()
    calls, until = [], time.monotonic() + IN_ALL
    for process in running:
        said, _ = process.communicate(timeout=until - time.monotonic())
        if process.returncode:
            raise RuntimeError(f"a trial ended with {process.returncode}")
        told = json.loads(said)
        calls.append(told.pop("calls"))
        found.update(told)
    return found, calls


def _under(found: Counter[str], begins: str) -> dict[str, int]:
    return {
        what.removeprefix(begins): count
        for what, count in sorted(found.items())
        if what.startswith(begins)
    }


def sealed_in_two_steps() -> None:
    """The fault that is planted: sheets are written anew and committed, then their receipts."""
    draw = sealing._draw_places

    def committed(session: Session, sitting_id: int) -> None:
        draw(session, sitting_id)
        session.commit()

    sealing._draw_places = committed


PLANTS: dict[str, Callable[[], None]] = program.BEFORE | {
    sealed_in_two_steps.__name__: sealed_in_two_steps
}


class Ground:
    """A store, and an application that is begun and warmed once: that takes longer than a trial,
    each of which is played in a fork of it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._laid, self._place = folder / "laid", folder / "place"
        self._stage: Stage = lay(self._laid)
        (folder / "draft").mkdir()
        (folder / "draft").rename(self._place)
        assert ctypes.CDLL(None).disk_renamed() == 1  # so the library sees what is renamed
        self._app: Flask = create_app(PLAIN, instance=self._place)
        self._lay_down()
        sound = Trial(self._app, self._stage).play(*NEVER)
        assert sound["at once"], sound
        self.calls = sound["calls"]
        time.sleep(TIMES_KEPT.total_seconds())  # it knows that the sittings of that one are closed

    def play(self, n: int, how: int, many: int) -> Counter[str]:
        self._lay_down()
        here, there = FORK.Pipe(duplex=False)
        trial = FORK.Process(target=self._tell, args=(there, n, how, many))
        trial.start()
        there.close()
        try:
            if not here.poll(LONGEST):
                return Counter(trials=1, stuck=1)
            found: Counter[str] = here.recv()
            return found
        finally:
            trial.kill()  # it has told all, or will not
            trial.join()
            here.close()

    def _tell(self, there: Connection, *fault: int) -> None:
        there.send(Trial(self._app, self._stage).play(*fault))

    def _lay_down(self) -> None:
        for path in self._place.glob("survey.sqlite*"):
            path.unlink()
        shutil.copy(self._laid / "survey.sqlite", self._place)


def _trials(folder: Path, first: int, step: int, *, every_way: bool) -> Counter[str]:
    """Those that fall to the process with this number."""
    program.checkpoint_often(20)  # so that the log is written back many times in a sitting
    PLANTS.get(os.environ.get(program.PLANT, ""), lambda: None)()
    ground = Ground(folder)
    found: Counter[str] = Counter()
    for turn, n in enumerate(range(1, ground.calls + 1, step)):
        for way in WAYS if every_way else (WAYS[turn % len(WAYS)],):
            if turn % PROCESSES == first:
                found.update(ground.play(n, *way))
    found["calls"] = ground.calls
    return found


if __name__ == "__main__":
    where, first, step, every_way = sys.argv[1:]
    counted = _trials(Path(where), int(first), int(step), every_way=every_way == "1")
    sys.stdout.write(json.dumps(counted))
