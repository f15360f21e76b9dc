"""A store that was upgraded is the store that the models describe."""

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL, text
from sqlalchemy.orm import Session

from survey import create_app, db
from survey.answering.models import Sheet
from survey.results.operations import tally_sitting
from survey.roll.operations import note_cells
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show
from tests.conftest import NOON, SETTINGS
from tests.world import World, make_world

LIST = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%alembic%' AND sql NOT NULL"


def schema(path: Path) -> set[tuple[str, str, str]]:
    """Every table and index of a SQLite file, in words that do not depend on who wrote them."""
    with sqlite3.connect(path) as store:
        rows = store.execute(LIST).fetchall()
    store.close()
    return {
        (kind, name, " ".join(sorted(re.findall(r"[\w<>=']+", sql.lower()))))
        for kind, name, sql in rows
    }


def upgraded(folder: Path, url: str | None = None, *, to: str = "heads") -> Flask:
    app = create_app(SETTINGS | {"DATABASE_URL": url}, instance=folder)
    with app.app_context():
        db.migrations().upgrade(to)
        db.engine().dispose()
    return app


@pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression")
def test_upgrading_an_empty_store_makes_the_tables_of_the_models(
    blank_store: Path, tmp_path: Path
) -> None:
    upgraded(tmp_path)
    assert schema(tmp_path / "survey.sqlite") == schema(blank_store)


def test_upgrading_twice_changes_nothing(tmp_path: Path) -> None:
    upgraded(tmp_path)
    before = schema(tmp_path / "survey.sqlite")
    upgraded(tmp_path)
    assert schema(tmp_path / "survey.sqlite") == before


def test_postgresql_gets_the_tables_of_the_models_too(postgresql: URL, tmp_path: Path) -> None:
    app = upgraded(tmp_path, postgresql.render_as_string(hide_password=False))
    with app.app_context():
        assert db.migrations().compare_metadata() == []
        with db.engine().connect() as connection:
            doors = connection.scalar(
                text("SELECT indexdef FROM pg_indexes WHERE indexname = 'uq_door_place'")
            )
        db.engine().dispose()
    assert "UNIQUE" in doors
    assert doors.count("COALESCE") == 2


# ------------------------------------------------------------------ a store that is in use

Rows = dict[str, list[tuple[object, ...]]]  # of each table


def fill(session: Session, world: World) -> None:
    """Doors of all kinds, sheets, tallies and a roll: all that refers to a sitting."""
    cells = world.cells[0]
    planned = sittings.plan_sitting(
        session,
        world.conference,
        world.edition,
        kind=Kind.AFTER,
        title="Khảo sát sau hội nghị",
        show=Show.SCORE,
        opens_at=NOON,
        closes_at=None,
        now=NOON,
    )
    sittings.add_cell_doors(session, planned, cells)
    check = sittings.start_check(
        session, cells[0], world.edition, period="2026-11", title="K", minutes=15, now=NOON
    )
    for sitting_id in (planned, check):
        note_cells(session, sitting_id, {cells[0]: (12, 0)}, now=NOON)
        with db.writing(session):
            for number in range(12):
                values = {"sitting_id": sitting_id, "mode": "own", "answers": "0;02;0"}
                key = number.to_bytes(16, "big")
                session.add(Sheet(receipt=key, unit_id=cells[0], hall_id=world.halls[0], **values))
        tally_sitting(session, sitting_id, now=NOON + timedelta(minutes=1))


def rows_of(store: sqlite3.Connection, tables: dict[str, list[str]]) -> Rows:
    return {
        table: sorted(store.execute(f"SELECT {', '.join(names)} FROM {table}"), key=str)  # noqa: S608
        for table, names in tables.items()
    }


def test_a_store_of_the_first_version_keeps_all_that_is_in_it(
    app: Flask, session: Session, tmp_path: Path
) -> None:
    fill(session, make_world(session))
    session.rollback()
    upgraded(tmp_path / "old", to="0001")
    with closing(sqlite3.connect(tmp_path / "old" / "survey.sqlite")) as store:
        found = "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
        tables = {
            table: [f'"{row[1]}"' for row in store.execute(f"PRAGMA table_info({table})")]
            for (table,) in store.execute(found).fetchall()
            if not table.startswith(("alembic", "sqlite"))
        }
        store.execute("ATTACH ? AS new", [app.config["DATABASE_URL"].removeprefix("sqlite:///")])
        for table, names in tables.items():
            columns = ", ".join(names)
            store.execute(f"INSERT INTO {table} ({columns}) SELECT {columns} FROM new.{table}")  # noqa: S608
        store.commit()
        before = rows_of(store, tables)
    upgraded(tmp_path / "old")
    with closing(sqlite3.connect(tmp_path / "old" / "survey.sqlite")) as store:
        assert rows_of(store, tables) == before
        assert store.execute("PRAGMA foreign_key_check").fetchall() == []
        assert store.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        last = dict(store.execute("SELECT * FROM sqlite_sequence").fetchall())
        for table in ("sitting", "door"):
            assert store.execute(f"SELECT max(id) FROM {table}").fetchone() == (last[table],)  # noqa: S608
    filled = {table for table, kept in before.items() if kept}
    assert {"sitting", "door", "sheet", "unit_tally", "hall_tally", "cell_roll"} < filled


def test_going_back_and_forth_ends_where_it_began(tmp_path: Path) -> None:
    app = upgraded(tmp_path)
    before = schema(tmp_path / "survey.sqlite")
    with app.app_context():
        db.migrations().downgrade("0004")
        db.engine().dispose()
    assert schema(tmp_path / "survey.sqlite") != before
    upgraded(tmp_path)
    assert schema(tmp_path / "survey.sqlite") == before
