"""`make release-check`: the promises at the size of a release, bounded, and what came of them.

    python -m tests.promises.release [NAME …] [--write]

Each part has a process group and a time of its own, and first has to catch its planted fault.
Prints a table; with --write it goes into docs/proof.md, where parts that were not played keep
what stood there.
"""

import json
import multiprocessing
import os
import platform
import re
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from bench.servers import all_processes, processes_below
from tests.promises.parts import PARTS, SOAK, Part
from tests.promises.stage import ROOT

PROOF = ROOT / "docs/proof.md"
CAUGHT = 3  # what a process ends with that saw its planted fault
LONGEST = 3 * 3600  # seconds in all
EVERY = PARTS | {"soak": SOAK}
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


class Row(NamedTuple):
    name: str
    verdict: str
    planted: str
    minutes: str
    figures: str
    played: str  # when, and on what

    def __str__(self) -> str:
        return "| " + " | ".join([EVERY[self.name].promise, *self[1:]]) + " |"


class Running:
    """One part in a process of its own."""

    def __init__(self, name: str) -> None:
        self.name, self._part, self._began = name, EVERY[name], time.monotonic()
        self._load = os.getloadavg()[0]  # what else goes on here; it is part of a figure
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.promises.release", "--part", name],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            start_new_session=True,
            text=True,
        )

    def row(self, until: float) -> Row:
        left = min(self._began + 60 * self._part.minutes, until) - time.monotonic()
        said: dict[str, str] = {}
        try:
            told, _ = self._process.communicate(timeout=max(1, left))
            said = json.loads(told.splitlines()[-1]) if told else {}
        except subprocess.TimeoutExpired:
            said = {"verdict": "**not ended in time**"}
        finally:
            self.end()
        return Row(
            self.name,
            said.get("verdict", "**broke off**"),
            said.get("planted", "–"),
            f"{(time.monotonic() - self._began) / 60:.1f}",
            said.get("figures", "–"),
            f"{datetime.now(UTC):%Y-%m-%d}, {_version()}, {_machine()}, "
            f"load {self._load:.1f} before it",
        )

    def end(self) -> None:
        """Its servers are children of it, in sessions of their own."""
        for pid in reversed(_below(self._process.pid)):
            _signal(pid, signal.SIGKILL)
        self._process.wait()


def _below(pid: int) -> list[int]:
    return processes_below(pid, all_processes()[1])


def _signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _version() -> str:
    """The commit that was played, with a + where files but the table have changed since."""
    commit = _git("rev-parse", "--short=8", "HEAD")
    changed = _git("status", "--porcelain", "--", ".", f":!{PROOF.relative_to(ROOT)}")
    return f"{commit}{'+' if changed else ''}" or "no commit"


def _git(*asked: str) -> str:
    done = subprocess.run(("git", *asked), cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _machine() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    name = model[1].strip() if model else platform.machine()
    return f"{os.cpu_count()} cores ({name}), Python {platform.python_version()}"


def play_part(part: Part) -> None:
    """In the process of the part: the planted fault, then the promise; a line of JSON."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # both ends of every connection
    # In a fork, because what is planted may stay in the process.
    planting = multiprocessing.get_context("fork").Process(target=_plant, args=(part,))
    planting.start()
    planting.join()
    told = {"verdict": "**means nothing**", "planted": "**missed**", "figures": "–"}
    if planting.exitcode == CAUGHT:
        said = part.play()
        verdict = "held" if said.held else "**not held**"
        told = {"verdict": verdict, "planted": "caught", "figures": said.figures}
    sys.stdout.write(json.dumps(told) + "\n")


def _plant(part: Part) -> None:
    sys.exit(CAUGHT if part.planted() else 0)


def play_all(names: list[str]) -> list[Row]:
    """One after another, and the soak beside them; never longer than three hours in all."""
    until = time.monotonic() + LONGEST
    running = [Running("soak")] if "soak" in names else []
    rows = []
    try:
        for name in [name for name in names if name != "soak"] + ["soak"] * len(running):
            if name != "soak":
                running.append(Running(name))
            rows.append(running.pop().row(until))
            sys.stdout.write(f"{rows[-1]}\n")
            sys.stdout.flush()
    finally:
        for part in running:
            part.end()
    return rows


def write(rows: list[Row]) -> None:
    """Put these rows into the document in place of what was said of the same promises."""
    before, _, rest = PROOF.read_text(encoding="utf-8").partition(BEGIN)
    figures, _, after = rest.partition(END)
    kept = {line.split(" | ")[0][2:]: line for line in figures.splitlines() if line[:2] == "| "}
    kept |= {EVERY[row.name].promise: str(row) for row in rows}
    head = [
        "| promise | | planted fault | minutes | figures | played |",
        "|---|---|---|---|---|---|",
    ]
    lines = [kept[part.promise] for part in EVERY.values() if part.promise in kept]
    table = "\n".join([BEGIN, *head, *lines, END])
    PROOF.write_text(before + table + after, encoding="utf-8")


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--part"]:
        play_part(EVERY[arguments[1]])
        return 0
    names = [name for name in arguments if name != "--write"] or list(EVERY)
    if unknown := set(names) - EVERY.keys():
        sys.stderr.write(f"{', '.join(unknown)}? {', '.join(EVERY)}\n")
        return 2
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    rows = play_all(names)
    if "--write" in arguments:
        write(rows)
    return 0 if all(row.verdict == "held" for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
