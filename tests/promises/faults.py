"""The n-th write, sync, truncation or renaming of the store fails, for every n.

python -m tests.promises.faults FOLDER FIRST LAST STEP     (with disk.c loaded; prints JSON)
"""

import ctypes
import json
import os
import secrets
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bench.phones import Visit, visits_to
from bench.world import read_world
from survey import create_app
from tests.promises import disk, program
from tests.promises.phones import key_of
from tests.promises.stage import ROOT

# How a call fails, and how many in a row: one, or as while a disk is full.
WAYS = ((0, 1), (1, 1), (2, 1), (1, 25), (0, 6))
PROCESSES = 2
TRIES = 60


@dataclass(frozen=True)
class Outcome:
    trials: int  # each an n and a way to fail
    refused: int  # answers 503
    wrong: int  # answers that were neither 200 nor 503
    lost: int  # trials after which an acknowledged sheet was missing
    doubled: int
    unsound: int  # trials after which the store was not sound, or a sheet was half there
    stuck: int  # trials in which the intake did not work again

    @property
    def faults(self) -> int:
        return self.wrong + self.lost + self.doubled + self.unsound + self.stuck


def play(folder: Path, *, last: int, every_way: bool = False, plant: str = "") -> Outcome:
    """For each n up to `last`: in one of the ways by turns, or in every way."""
    command = [sys.executable, "-m", "tests.promises.faults"]
    running = [
        subprocess.Popen(
            command + [str(word) for word in (folder, first, last, PROCESSES, int(every_way))],
            cwd=ROOT,
            env=os.environ | disk.preloaded(delay=1e-6) | {program.PLANT: plant},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        for first in range(1, PROCESSES + 1)
    ]
    found: Counter[str] = Counter()
    for process in running:
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"a trial ended with {process.returncode}")
        found.update(json.loads(said))
    return Outcome(**{name: found[name] for name in Outcome.__dataclass_fields__})


def _trials(folder: Path, first: int, last: int, step: int, *, every_way: bool) -> Counter[str]:
    program.checkpoint_often(20)  # so that 300 calls hold checkpoints
    program.BEFORE.get(os.environ.get(program.PLANT, ""), lambda: None)()
    found: Counter[str] = Counter()
    for n in range(first, last + 1, step):
        for way in WAYS if every_way else (WAYS[n // step % len(WAYS)],):
            with TemporaryDirectory(prefix="promises-") as name:
                place = Path(name)
                for file in folder.iterdir():
                    if file.is_file():
                        shutil.copy(file, place)
                found["trials"] += 1
                found.update(Trial(place).play(n, *way))
    return found


class Trial:
    """One store of its own, one failure, sheets until it is over and one more."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._disk = ctypes.CDLL(None)
        self._visit: Visit = next(visits_to(read_world(folder)))
        self._path = self._visit.page.split()[1].decode()
        self._found: Counter[str] = Counter()
        self._sent: set[bytes] = set()
        self._told: set[bytes] = set()

    def play(self, n: int, how: int, many: int) -> Counter[str]:
        self._disk.disk_fail(n, many, how)
        app = create_app(instance=self._folder)
        client = app.test_client()
        slip = self._slip(client)
        while self._disk.disk_counted() < n + many + 5 and not self._found["stuck"]:
            self._hand_in(client, slip)
        app.extensions["survey_engine"].dispose()
        self._disk.disk_fail(0, 0, 0)
        self._look()
        return self._found

    def _slip(self, client: FlaskClient) -> str:
        for _ in range(TRIES):
            answer = client.get(self._path)
            if self._allowed(answer):
                return answer.text.rpartition('name="t" value="')[2].partition('"')[0]
        self._found["stuck"] += 1
        return ""

    def _hand_in(self, client: FlaskClient, slip: str) -> None:
        said = secrets.token_hex(16)
        form = f"{self._visit.answers.decode()}r={said}&t={slip}"
        self._sent.add(key_of(said.encode()))
        for _ in range(TRIES):
            answer = client.post(
                self._path,
                data=form,
                content_type="application/x-www-form-urlencoded",
                headers={"Accept": "application/json"},
            )
            if self._allowed(answer):
                self._told.add(key_of(said.encode()))
                return
        self._found["stuck"] += 1

    def _allowed(self, answer: TestResponse) -> bool:
        """Whether it is a success; what is neither that nor "come again" is wrong."""
        self._found["refused"] += answer.status_code == 503
        if answer.status_code not in (200, 503):
            self._found["wrong"] += 1
        return answer.status_code == 200

    def _look(self) -> None:
        connection = sqlite3.connect(self._folder / "survey.sqlite")
        try:
            sound = connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            rows = connection.execute("SELECT receipt, answers FROM sheet").fetchall()
        except sqlite3.DatabaseError:
            sound, rows = False, []
        finally:
            connection.close()
        stored = {receipt for receipt, _ in rows}
        # All were sent with the same ticks on the same page.
        self._found["unsound"] += not sound or len({answers for _, answers in rows}) > 1
        self._found["lost"] += not self._told <= stored
        self._found["doubled"] += not stored <= self._sent


if __name__ == "__main__":
    where, first, last, step, every_way = sys.argv[1:]
    counted = _trials(Path(where), int(first), int(last), int(step), every_way=every_way == "1")
    sys.stdout.write(json.dumps(counted))
