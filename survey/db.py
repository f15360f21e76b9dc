"""The store: one engine an application, one session a request, one transaction an operation."""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Flask, current_app, g
from sqlalchemy import (
    DateTime,
    Dialect,
    Engine,
    MetaData,
    TypeDecorator,
    create_engine,
    event,
    make_url,
)
from sqlalchemy.orm import DeclarativeBase, Session

if TYPE_CHECKING:
    from flask_alembic import Alembic

T = TypeVar("T")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the store. A naive time is a mistake and is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012  SQLAlchemy reads it as is


# After how long a database that says nothing is given up: 10 s where it has not even confirmed what
# it was sent, 15 s where it has. By the system's own times it would be hours.
SILENCE = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 5,
    "keepalives_count": 2,
}


def make_engine(url: str, *, connections: int = 8, more: int = 8) -> Engine:
    """An engine that keeps what it acknowledges, however the store was set by others. To another
    store than SQLite it has so many connections that stay, and so many more when needed."""
    if make_url(url).get_backend_name() != "sqlite":
        # No parameters in error messages: they hold logins, and what was answered.
        engine = create_engine(
            url,
            connect_args={k: v for k, v in SILENCE.items() if k not in make_url(url).query},
            pool_pre_ping=True,
            pool_size=connections,
            max_overflow=more,
            hide_parameters=True,
        )
        event.listen(engine, "connect", _prepare_postgresql)
        return engine
    # A connection for each of the server's threads, and some for the intake and the commands.
    engine = create_engine(
        url, connect_args={"timeout": 10}, pool_size=8, max_overflow=72, hide_parameters=True
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def engine_apart(engine: Engine) -> Engine:
    """To the same store, with connections that pages cannot use up: one for whoever takes sheets
    in, and four to look at doors. On SQLite there are enough for all."""
    if engine.dialect.name == "sqlite":
        return engine
    url = engine.url.render_as_string(hide_password=False)
    apart = make_engine(url, connections=5, more=0)
    event.listen(engine, "engine_disposed", lambda _: apart.dispose())
    return apart


# And after how long the database gives up a host that vanished, with all that this one holds: until
# then whoever needs it waits. A host that is killed hangs up; one without power or cable does not.
VANISHED = """
SET tcp_keepalives_idle = 5; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 2;
SET tcp_user_timeout = '10s'
"""


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # A server, database or role may be set to `off`, and would lose what was acknowledged.
    connection.execute("SET synchronous_commit = on")
    connection.execute(VANISHED)
    connection.commit()


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    # The driver opens no transaction of its own: its late BEGIN lets two readers of one row
    # both write it, and one of the writes is lost without an error.
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    # NORMAL may lose what was acknowledged when the power goes; FULL syncs at every commit.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA secure_delete = ON")  # a deleted row is zeroes, not free space


def _begin_sqlite(connection: Any) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def insert_into(model: type[Base], dialect: Dialect) -> Any:
    """INSERT that can say ON CONFLICT. Only the dialect in use is loaded: each takes 3 MB."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert

        return insert(model)
    from sqlalchemy.dialects.sqlite import insert as insert_on_sqlite

    return insert_on_sqlite(model)


def by_first(pairs: Iterable[tuple[int, T]]) -> Iterator[tuple[int, list[T]]]:
    """The parts of keys of two columns, in order, for a statement about each first part: `first = ?
    AND second IN (…)`. For pairs among pairs, or one such condition OR another, SQLite may read the
    whole table from end to end."""
    grouped: dict[int, list[T]] = {}
    for first, second in pairs:
        grouped.setdefault(first, []).append(second)
    return ((first, grouped[first]) for first in sorted(grouped))


LOT = 5000  # values; a statement of SQLite may have 32,766, where it was built so


def lots(values: Iterable[T]) -> Iterator[list[T]]:
    """For `IN (…)` of what may be all units of a province: one statement a lot."""
    rest = iter(values)
    while lot := list(islice(rest, LOT)):
        yield lot


@contextmanager
def writing(session: Session) -> Iterator[Session]:
    """The transaction of one operation, committed at its end, undone by any exception.

    What the session read before is let go first: a reader that turns writer on SQLite holds an
    old snapshot and fails at once. BEGIN IMMEDIATE then waits its turn instead.
    """
    session.rollback()
    session.connection(execution_options={"writes": True})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def engine() -> Engine:
    """The engine of the current application."""
    return current_app.extensions["survey_engine"]  # type: ignore[no-any-return]


def session() -> Session:
    """The session of this request (or of this command); closed with its application context."""
    if "db_session" not in g:
        g.db_session = Session(engine())
    return g.db_session  # type: ignore[no-any-return]


def migrations() -> "Alembic":
    """What brings a store to the present schema. Made for the commands that do so: a worker
    that serves is 10 MB smaller without it."""
    from flask_alembic import Alembic

    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    if "alembic" in app.extensions:
        return app.extensions["alembic"]  # type: ignore[no-any-return]
    return Alembic(
        app, run_mkdir=False, metadatas=Base.metadata, engines=app.extensions["survey_engine"]
    )


def init_app(app: Flask) -> None:
    url = make_url(app.config["DATABASE_URL"])
    if url.get_backend_name() == "sqlite" and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    app.extensions["survey_engine"] = make_engine(app.config["DATABASE_URL"])

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        held: Session | None = g.pop("db_session", None)
        if held is not None:
            held.close()
