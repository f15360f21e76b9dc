"""After sealing nobody can tie a ticket or a phone to a sheet."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, text

from survey.answering.sweeping import sweep
from tests.promises.attacks import Finding, attack_all, files_of, traces
from tests.promises.people import close_and_seal, come, occasion

# Of a thousand guesses by lot one is right; that 12 are happens once in a billion runs.
LUCK = 12
ORDER = 6.5  # standard deviations


def is_chance(finding: Finding, people: int) -> bool:
    return finding.hits < LUCK and abs(finding.order) < ORDER / people**0.5


def play(
    people: int, folder: Path, url: str | None = None, *, seals: bool = True, sweeps: bool = True
) -> tuple[list[Finding], list[str]]:
    """So many come, the sitting is sealed, and every attack is tried on every file: what each
    attack found that chance would not, and what of people's traces stands in the files."""
    with occasion(folder, people, url) as there:
        engine = there.app.extensions["survey_engine"]
        known = come(there)
        if seals:
            close_and_seal(there)
        if sweeps:
            assert sweep(engine, thorough=True)
        files = _files(engine, folder)
        found = attack_all(engine, files, known)
    return [one for one in found if not is_chance(one, people)], traces(files, known)


def _files(engine: Engine, folder: Path) -> dict[Path, bytes]:
    """All files of the store as they are when all is written; of a server of PostgreSQL those of
    this database and those that all databases share."""
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


def names(found: Sequence[Finding]) -> set[str]:
    return {finding.attack for finding in found}
