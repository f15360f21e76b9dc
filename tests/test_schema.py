"""The columns of what must never hold a person, spelled out: a name, a phone, an address or a
fine time can't creep in without this test being read."""

from flask import Flask
from sqlalchemy import URL, Table, text
from sqlalchemy.orm import Session

import survey.app  # noqa: F401  with the tables of every room
from survey import db
from survey.answering.models import Seal, SealedMode, SealedReceipt, SealedSheet, Sheet
from survey.sittings.models import Ticket


def columns(table: Table) -> dict[str, str]:
    return {column.name: str(column.type) for column in table.columns}


def test_a_sheet_has_no_person_no_time_and_no_order() -> None:
    assert columns(Sheet.__table__) == {  # type: ignore[arg-type]
        "sitting_id": "INTEGER",
        "receipt": "BLOB",
        "unit_id": "INTEGER",
        "hall_id": "INTEGER",
        "mode": "VARCHAR(8)",
        "answers": "TEXT",
    }


def test_a_sheet_is_stored_without_the_row_number_that_would_keep_its_place() -> None:
    assert Sheet.__table__.dialect_options["sqlite"]["with_rowid"] is False
    assert [column.name for column in Sheet.__table__.primary_key] == ["sitting_id", "receipt"]


def test_a_ticket_has_no_code_no_person_no_time_and_no_order() -> None:
    assert columns(Ticket.__table__) == {  # type: ignore[arg-type]
        "sitting_id": "INTEGER",
        "mark": "BLOB",
        "unit_id": "INTEGER",
        "number": "INTEGER",
        "spent": "BOOLEAN",
    }
    assert Ticket.__table__.dialect_options["sqlite"]["with_rowid"] is False
    assert [column.name for column in Ticket.__table__.primary_key] == ["sitting_id", "mark"]


def test_only_a_sheet_refers_to_what_was_answered() -> None:
    holding = {
        table.name
        for table in db.Base.metadata.tables.values()
        if {"answers", "receipt"} & set(table.columns.keys())
    }
    assert holding == {"sheet", "sealed_sheet", "sealed_receipt"}


def test_a_sealed_sheet_has_no_receipt_and_a_sealed_receipt_nothing_else() -> None:
    assert columns(SealedSheet.__table__) == {  # type: ignore[arg-type]
        "sitting_id": "INTEGER",
        "place": "INTEGER",
        "unit_id": "INTEGER",
        "hall_id": "INTEGER",
        "answers": "TEXT",
    }
    assert columns(SealedReceipt.__table__) == {  # type: ignore[arg-type]
        "sitting_id": "INTEGER",
        "receipt": "BLOB",
    }
    assert columns(Seal.__table__) == {  # type: ignore[arg-type]
        "sitting_id": "INTEGER",
        "sheets": "INTEGER",
        "digest": "VARCHAR(64)",
        "intact": "BOOLEAN",
        "swept": "BOOLEAN",
    }
    for table in (SealedSheet, SealedReceipt):
        assert table.__table__.dialect_options["sqlite"]["with_rowid"] is False


def test_by_which_phones_sheets_came_is_kept_of_a_sealed_sitting_as_counts_of_cells() -> None:
    assert columns(SealedMode.__table__) == {  # type: ignore[arg-type]
        "sitting_id": "INTEGER",
        "unit_id": "INTEGER",
        "mode": "VARCHAR(8)",
        "sheets": "INTEGER",
    }
    key = [column.name for column in SealedMode.__table__.primary_key]
    assert key == ["sitting_id", "unit_id", "mode"]
    assert SealedMode.__table__.dialect_options["sqlite"]["with_rowid"] is False


def test_every_reference_is_a_constraint() -> None:
    loose = {
        f"{table.name}.{column.name}"
        for table in db.Base.metadata.tables.values()
        for column in table.columns
        if column.name.endswith("_id") and not column.foreign_keys
    }
    assert loose == set()


def test_sqlite_syncs_at_every_commit_and_writes_ahead(app: Flask) -> None:
    """NORMAL would lose acknowledged sheets when the power goes."""
    with app.extensions["survey_engine"].connect() as connection:
        found = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("synchronous", "journal_mode", "foreign_keys", "secure_delete")
        ]
    assert found == [2, "wal", 1, 1]


def test_postgresql_syncs_at_every_commit_whatever_its_database_is_set_to(postgresql: URL) -> None:
    engine = db.make_engine(postgresql.render_as_string(hide_password=False))
    with engine.connect() as connection:
        connection.execute(text("ALTER DATABASE survey SET synchronous_commit = off"))
        connection.commit()
    engine.dispose()
    with Session(engine) as session:
        assert session.scalar(text("SHOW synchronous_commit")) == "on"
        with db.writing(session):
            assert session.scalar(text("SHOW synchronous_commit")) == "on"
    engine.dispose()
