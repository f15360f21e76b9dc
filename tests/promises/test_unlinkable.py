"""Files, log, keys and transaction numbers of the store: none ties a person to a sheet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, create_engine, literal_column, text

from survey.answering import sealing
from survey.answering.models import Sheet
from tests.promises.attacks import files_of, traces
from tests.promises.people import Person
from tests.promises.unlinkable import names, play

PEOPLE = 1000
FEW = 300  # enough to catch a fault that was planted


@pytest.fixture
def address(postgresql: URL) -> Iterator[str]:
    """A PostgreSQL that is set as the documentation asks, so that its log is dropped."""
    server = create_engine(postgresql, isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        for value in ("off", "on"):
            connection.execute(text(f"ALTER SYSTEM SET wal_recycle = {value}"))
            connection.execute(text("SELECT pg_reload_conf()"))
            if value == "off":
                yield postgresql.render_as_string(hide_password=False)
    server.dispose()


# ------------------------------------------------------------------ SQLite


def test_after_sealing_no_attack_beats_chance(tmp_path: Path) -> None:
    assert play(PEOPLE, tmp_path) == ([], [])


def test_before_sealing_the_attacks_find_everybody(tmp_path: Path) -> None:
    found, _ = play(FEW, tmp_path, seals=False, sweeps=False)
    assert {one.attack: one.hits for one in found}["receipt near a sheet"] == FEW


def test_sealing_in_the_order_of_receipts_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_lot", lambda _: Sheet.receipt)
    found, _ = play(FEW, tmp_path)
    assert {"receipt / place", "receipt / first in the files"} <= names(found)


def test_sealing_without_sweeping_is_caught(tmp_path: Path) -> None:
    found, _ = play(FEW, tmp_path, sweeps=False)
    assert {one.attack: one.hits for one in found}["receipt near a sheet"] == FEW


# ------------------------------------------------------------------ PostgreSQL


def test_after_sealing_no_attack_beats_chance_on_postgresql(tmp_path: Path, address: str) -> None:
    assert play(PEOPLE, tmp_path, address) == ([], [])


def test_before_sealing_postgresql_tells_all_by_its_transactions(
    tmp_path: Path, address: str
) -> None:
    found, _ = play(FEW, tmp_path, address, seals=False, sweeps=False)
    assert {one.attack: one.hits for one in found}["Ticket.mark by transaction"] == FEW


def test_sealing_in_the_order_of_arrival_is_caught(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_transaction(_: Connection) -> object:
        return literal_column("sheet.xmin::text::bigint")

    monkeypatch.setattr(sealing, "_lot", by_transaction)
    found, _ = play(FEW, tmp_path, address)
    assert {"arrival / place", "arrival / ctid"} <= names(found)


def test_sealing_without_sweeping_is_caught_on_postgresql(tmp_path: Path, address: str) -> None:
    found, _ = play(FEW, tmp_path, address, sweeps=False)
    assert "receipt near a sheet" in names(found)


def test_a_trace_in_a_file_is_found(tmp_path: Path) -> None:
    one = Person(0, b"", "495T422V2ZN8", b"", "198.51.0.4", "Zalo/700003.7", "IL-35", "")
    (tmp_path / "log").write_text("from 198.51.0.4: GET /D/X/495T-422V-2ZN8")
    assert traces(files_of(tmp_path), [one]) == ["198.51.0.4", "495T-422V-2ZN8"]
