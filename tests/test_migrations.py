"""A store that was upgraded is the store that the models describe."""

import re
import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import URL, text

from survey import create_app, db
from tests.conftest import SETTINGS

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


def upgraded(folder: Path, url: str | None = None) -> Flask:
    app = create_app(SETTINGS | {"DATABASE_URL": url}, instance=folder)
    with app.app_context():
        db.migrations().upgrade()
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
