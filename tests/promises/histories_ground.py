"""Where made-up histories are played: a store, two intakes, the desk, and a clock that is moved."""

import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from sqlalchemy.orm import Session

from survey import create_app, db
from survey.answering.intake import Intake
from tests.conftest import NOON, SETTINGS
from tests.promises.desk import administrator
from tests.world import World, make_world

KEY = str(SETTINGS["SECRET_KEY"])
PATIENCE = 20  # seconds for an intake to come to rest


class Ground:
    """One store for many histories, each in a sitting of its own. Sheets come to two intakes, as
    of two processes."""

    def __init__(self, app: Flask, session: Session, world: World, seed: int = 4) -> None:
        self.session, self.world = session, world
        self.chance = random.Random(seed)
        self.now = NOON
        self.pool = ThreadPoolExecutor(6)
        self._engine = app.extensions["survey_engine"]
        self._desk = administrator(app)
        self.reopen()

    def read(self, path: str) -> bytes:
        """A file or page, as the desk is given it."""
        answer = self._desk.get(path)
        assert answer.status_code == 200, path
        return answer.data

    def reopen(self) -> None:
        """As when the server is started again: connections and intakes are new."""
        self.rest()
        self.session.close()
        self._engine.dispose()
        self.intakes = cycle([Intake(self._engine, lambda: self.now) for _ in range(2)])

    def rest(self) -> None:
        """Wait for the intakes, which tell before they let go of their connections."""
        self.session.rollback()
        until = time.monotonic() + PATIENCE
        while held := self._engine.pool.checkedout():  # type: ignore[attr-defined]
            assert time.monotonic() < until, f"{held} connections are never let go"
            time.sleep(0.001)


@contextmanager
def made(seed: int) -> Iterator[Ground]:
    with TemporaryDirectory(prefix="promises-") as name:
        app = create_app(SETTINGS, instance=Path(name))
        engine = app.extensions["survey_engine"]
        db.Base.metadata.create_all(engine)
        with Session(engine) as session:
            yield Ground(app, session, make_world(session), seed)
        engine.dispose()
