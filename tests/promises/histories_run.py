"""Histories in processes of their own, and what must have come up in them."""

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence

from tests.promises import disk
from tests.promises.stage import ROOT

PROCESSES = 2
# What has to come up for a pass to mean anything, each at least once in so many histories.
MADE_UP = dict.fromkeys(
    (
        "ok",
        "NotOpen",
        "AlreadyHandedIn",
        "TicketSpent",
        "UnknownTicket",
        "requests lost",
        "answers lost",
        "lost again",
        "told at last",
        "bursts",
        "button ok",
        "button refused",
    ),
    10,
)
RECORDED = dict.fromkeys(
    (
        "ok",
        "NotOpen",
        "AlreadyHandedIn",
        "TicketSpent",
        "UnknownTicket",
        "request lost",
        "answer lost",
        "hung up",
        "lost again",
        "told at last",
        "receipts in two hands",
        "tickets in two hands",
        "calls that overlap",
        "button ok",
        "button refused",
        "let in late",
    ),
    25,
)


LONGEST = 45 * 60  # seconds; a run that hangs is ended


def made_up(histories: int, *, steps: int = 8, sealed: int = 40) -> Counter[str]:
    """In two processes, each with a store of its own. One history of `sealed` is sealed."""
    each = histories // PROCESSES, steps, sealed
    return _played([["histories", *each, seed] for seed in range(PROCESSES)])


def recorded(histories: int, *, sealed: int = 20, plant: str = "") -> Counter[str]:
    """In one process, that asks a server of two workers."""
    return _played([["histories_http", histories, sealed, plant]])


def _played(commands: Sequence[Sequence[object]]) -> Counter[str]:
    running = [
        subprocess.Popen(
            [sys.executable, "-m", f"tests.promises.{module}", *map(str, words)],
            cwd=ROOT,
            env=os.environ | disk.preloaded(delay=1e-6),  # no power cut here: nothing is synced
            stdout=subprocess.PIPE,
        )
        for module, *words in commands
    ]
    until = time.monotonic() + LONGEST
    found: Counter[str] = Counter()
    try:
        for process in running:
            said, _ = process.communicate(timeout=until - time.monotonic())
            if process.returncode:
                raise RuntimeError(f"histories ended with {process.returncode}")
            found.update(json.loads(said))
    finally:
        for process in running:
            process.terminate()
            process.wait()
    return found


def faults(found: Mapping[str, int]) -> dict[str, int]:
    return {what: count for what, count in found.items() if what.startswith("fault")}


def missing(found: Mapping[str, int], wanted: Mapping[str, int]) -> list[str]:
    """What should have come up and did not, or too seldom."""
    return [what for what, each in wanted.items() if found.get(what, 0) * each < found["histories"]]
