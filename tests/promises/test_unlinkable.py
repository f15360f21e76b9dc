"""Files, log, keys and transaction numbers of the store: none ties a person to a sheet."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Connection, literal_column

from survey.answering import sealing
from survey.answering.models import Sheet
from tests.promises.attacks import Attack
from tests.promises.people import Person
from tests.promises.searching import files_of, traces
from tests.promises.unlinkable import Outcome, Pool, Truth, blank_database, play

PEOPLE = 1000
FEW = 300  # enough to catch a fault that was planted; in the file, rows of several pages
ATTACKS = 12  # at the least, each of which says another thing of everybody


def assert_that_nobody_is_tied(outcome: Outcome) -> None:
    assert (outcome.beyond, outcome.traces) == ({}, [])
    assert outcome.pool.guesses >= ATTACKS * PEOPLE
    assert outcome.pool.is_chance, outcome.pool


@pytest.fixture
def address(postgresql_server: URL) -> Iterator[str]:
    with blank_database(postgresql_server) as address:
        yield address


# ------------------------------------------------------------------ SQLite


def test_after_sealing_no_attack_beats_chance(tmp_path: Path) -> None:
    assert_that_nobody_is_tied(play(PEOPLE, tmp_path))


def test_before_sealing_the_attacks_find_everybody(tmp_path: Path) -> None:
    outcome = play(FEW, tmp_path, seals=False, sweeps=False)
    assert outcome.beyond["behind the receipt in the files"] == FEW
    assert outcome.beyond["behind the receipt in the backup"] == FEW
    assert not outcome.pool.is_chance


def test_sealing_in_the_order_of_receipts_is_caught(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "_lot", lambda _: Sheet.receipt)
    outcome = play(FEW, tmp_path)
    assert outcome.beyond["receipt / place"] == FEW
    assert {"receipt / first in the files", "receipt / first in the backup"} <= set(outcome.beyond)


def test_sealing_without_sweeping_is_caught(tmp_path: Path) -> None:
    """Of everybody; what lies in the files besides may look like one sheet more."""
    outcome = play(FEW, tmp_path, sweeps=False)
    assert outcome.beyond["behind the receipt in the files"] == FEW
    assert len([trace for trace in outcome.traces if trace.startswith("phone of")]) >= FEW


def test_a_log_of_what_failed_with_its_path_is_caught(tmp_path: Path) -> None:
    outcome = play(20, tmp_path, plant="log_the_path")
    assert {"Zalo/700000.7", "Zalo/700004.7"} <= set(outcome.traces)
    assert len([trace for trace in outcome.traces if not trace.startswith("Zalo")]) == 5


# ------------------------------------------------------------------ PostgreSQL


def test_after_sealing_no_attack_beats_chance_on_postgresql(tmp_path: Path, address: str) -> None:
    assert_that_nobody_is_tied(play(PEOPLE, tmp_path, address))


def test_before_sealing_postgresql_tells_all_by_its_transactions(
    tmp_path: Path, address: str
) -> None:
    outcome = play(FEW, tmp_path, address, seals=False, sweeps=False)
    assert outcome.beyond["Ticket.mark by transaction"] == FEW
    assert outcome.beyond["behind the receipt in the backup"] == FEW


def test_sealing_in_the_order_of_arrival_is_caught(
    tmp_path: Path, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def by_transaction(_: Connection) -> object:
        return literal_column("sheet.xmin::text::bigint")

    monkeypatch.setattr(sealing, "_lot", by_transaction)
    outcome = play(FEW, tmp_path, address)
    assert outcome.beyond["arrival / place"] == FEW
    assert {"arrival / ctid", "arrival / first in the backup"} <= set(outcome.beyond)


def test_sealing_without_sweeping_is_caught_on_postgresql(tmp_path: Path, address: str) -> None:
    outcome = play(FEW, tmp_path, address, sweeps=False)
    assert "behind the receipt in the files" in outcome.beyond


# ------------------------------------------------------------------ what is asked of them


def somebody(number: int, answers: str) -> Person:
    return Person(
        number, b"", "495T422V2ZN8", b"", "127.51.0.4", "Zalo/700003.7", "IL-35",
        borrowed=True, said="0f" * 16, slip="", answers=answers,
    )  # fmt: skip


def test_a_trace_in_a_file_is_found(tmp_path: Path) -> None:
    answers = "0;1;2;3;0;1;2;3;0;1;2;3"
    path = tmp_path / "log"
    path.write_text(f"127.51.0.4: GET /D/X/495T-422V-2ZN8 shared\x01{answers} {'0f' * 16}")
    found = ["0f" * 16, "127.51.0.4", "495T-422V-2ZN8", f"phone of {answers}"]
    assert traces(files_of(tmp_path), [somebody(0, answers)]) == found


def test_attacks_that_know_a_little_each_are_caught_when_they_are_pooled() -> None:
    people = [somebody(number, str(number)) for number in range(PEOPLE)]
    truth, chance = Truth(people), random.Random(11)
    attacks = []
    for known in range(20):
        dealt = dict(enumerate(chance.sample([one.answers for one in people], PEOPLE)))
        few = {number: str(number) for number in chance.sample(range(PEOPLE), 15)}
        attacks.append(Attack(f"{known}", dealt | few))
    assert [one.name for one in attacks if not truth.pool([one]).is_chance] == []
    assert not truth.pool(attacks).is_chance


def test_guesses_by_lot_are_no_more_than_chance() -> None:
    people = [somebody(number, str(number)) for number in range(PEOPLE)]
    chance = random.Random(11)
    said = [one.answers for one in people]
    attacks = [Attack("", dict(enumerate(chance.sample(said, PEOPLE)))) for _ in range(20)]
    pool = sum((Truth(people).pool(attacks) for _ in range(3)), Pool())
    assert pool.is_chance
    assert pool.guesses == 3 * 20 * PEOPLE
    assert 40 < pool.mean < 80
