"""The product's server in a process of its own, with settings of a test, and with a fault planted
where a harness shows that it would be caught.

    python -m tests.promises.program INSTANCE PORT WORKERS
"""

import json
import os
import secrets
import sqlite3
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask

from survey import create_app, db, server
from survey.answering import intake, operations
from survey.answering.front import Front
from survey.answering.intake import Intake, Waiting
from survey.answering.storing import Busy, Entry
from survey.application import Application

SETTINGS = "PROMISES_GRANIAN"  # JSON: settings of the server that differ
PLANT = "PROMISES_PLANT"
CHECKPOINT = "PROMISES_CHECKPOINT"  # pages of the store's log after which it is written back


def acknowledge_before_commit() -> None:
    """The phone is told first, and the sheet stored a little later."""
    submit = Intake.submit

    def told_first(self: Intake, entry: Entry, tell: Callable[[], object]) -> Waiting:
        threading.Timer(0.05, submit, (self, entry, lambda: None)).start()
        waiting = Waiting(entry, tell)
        waiting.is_told = True
        tell()
        return waiting

    Intake.submit = told_first  # type: ignore[method-assign]


def receipt_of_the_server() -> None:
    """Sent again, a sheet is another sheet."""
    operations.receipt_of = lambda *_: secrets.token_bytes(16)


def success_when_it_failed() -> None:
    """Nobody shall see an error message."""
    conclude = Waiting.conclude

    def told_anyway(self: Waiting) -> None:
        with suppress(Busy):
            conclude(self)

    Waiting.conclude = told_anyway  # type: ignore[method-assign]


def synchronous_normal() -> None:
    prepare = db._prepare_sqlite

    def prepared(connection: sqlite3.Connection, _record: object) -> None:
        prepare(connection, _record)
        connection.execute("PRAGMA synchronous = NORMAL")

    db._prepare_sqlite = prepared


def checkpoint_often(pages: int) -> None:
    """So that a short run sees many checkpoints, and the log begun anew after them."""
    prepare = db._prepare_sqlite

    def prepared(connection: sqlite3.Connection, _record: object) -> None:
        prepare(connection, _record)
        connection.execute(f"PRAGMA wal_autocheckpoint = {pages}")

    db._prepare_sqlite = prepared


def keep_everything() -> None:
    """A server that grows: some memory and a descriptor stay with every sheet."""
    submit = Intake.submit
    kept: list[object] = []

    def hoarding(self: Intake, entry: Entry, tell: Callable[[], object]) -> Waiting:
        kept.append((bytearray(20_000), os.dup(2)))
        return submit(self, entry, tell)

    Intake.submit = hoarding  # type: ignore[method-assign]


def one_commit_a_sheet() -> None:
    intake.BATCH = 1


def limit_per_address() -> None:
    """As a guard against scanners would have it: so many requests from one address."""
    seen: Counter[str] = Counter()
    inner = Front.__rsgi__

    async def limited(self: Front, scope: Any, proto: Any) -> None:
        address = scope.client.rpartition(":")[0]
        seen[address] += 1
        if seen[address] > 500:
            proto.response_empty(429, [])
            return
        await inner(self, scope, proto)

    Front.__rsgi__ = limited  # type: ignore[method-assign]


def log_the_path() -> None:
    """What goes wrong is written down as Flask does it."""
    Application.log_exception = Flask.log_exception  # type: ignore[method-assign]


BEFORE: dict[str, Callable[[], None]] = {
    plant.__name__: plant
    for plant in (
        acknowledge_before_commit,
        receipt_of_the_server,
        success_when_it_failed,
        synchronous_normal,
        one_commit_a_sheet,
        keep_everything,
        limit_per_address,
        log_the_path,
    )
}


class Forgetful(dict[int, float]):
    """When a worker was last replaced: granian ends the whole server if one dies twice within
    5.5 s, which a harness that kills many must not wait for."""

    def __setitem__(self, key: int, value: float) -> None:
        pass


def worker() -> Any:
    """The product's worker, with what was planted."""
    plant = os.environ.get(PLANT, "")
    BEFORE.get(plant, lambda: None)()
    if pages := os.environ.get(CHECKPOINT):
        checkpoint_often(int(pages))
    application = server.worker()
    ready = Path(os.environ["SURVEY_INSTANCE"]) / "ready"
    ready.mkdir(parents=True, exist_ok=True)  # an instance may keep all that it has elsewhere
    (ready / str(os.getpid())).touch()
    return application


def serve(instance: Path, port: int, workers: int) -> None:
    import granian

    product: Any = granian.Granian
    changed = {"target": "tests.promises.program:worker"}
    changed |= json.loads(os.environ.get(SETTINGS, "{}"))

    def other(**settings: Any) -> Any:
        made = product(**settings | changed)
        made.respawned_wrks = Forgetful()
        return made

    granian.Granian = other  # type: ignore[assignment]
    # Once here, so that the workers, which are forked, have it loaded: a harness kills hundreds.
    create_app(instance=instance).extensions["survey_engine"].dispose()
    server.run(host="127.0.0.1", port=port, workers=workers)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
