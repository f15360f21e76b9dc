"""Screens ask again and again how many have answered; the sheets are counted once for all."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey.answering.models import Sheet
from survey.desk import counts as counting
from survey.desk.counts import Counts
from tests.world import World


@pytest.fixture
def come(session: Session, world: World, sitting: int) -> Callable[[int | None, int], None]:
    """`come(hall, 3)`: three sheets more."""
    numbers = iter(range(1000))

    def more(hall: int | None, sheets: int) -> None:
        for number in [next(numbers) for _ in range(sheets)]:
            session.add(
                Sheet(
                    sitting_id=sitting,
                    receipt=number.to_bytes(16, "big"),
                    unit_id=world.cells[0][0],
                    hall_id=hall,
                    mode="own",
                    answers="0;02;0",
                )
            )
        session.commit()

    return more


@pytest.fixture
def counted(app: Flask) -> Iterator[list[str]]:
    """Every statement that reads sheets."""
    engine, seen = app.extensions["survey_engine"], []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM sheet" in statement:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_all_screens_of_a_sitting_are_served_by_one_count(
    organiser: FlaskClient,
    world: World,
    sitting: int,
    come: Callable[..., None],
    counted: list[str],
) -> None:
    come(world.halls[0], 3)
    come(None, 1)
    for _ in range(3):
        told = [
            organiser.get(f"/sittings/{sitting}/count/{hall}").json["answered"]
            for hall in (*world.halls, 0)
        ]
        assert told == [3, 0, 4]
    assert len(counted) == 1


def test_the_next_look_a_little_later_sees_who_has_come_since(
    session: Session, sitting: int, come: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts()
    assert counts.answered(session, sitting) == 0
    come(None, 2)
    assert counts.answered(session, sitting) == 0
    later = time.monotonic() + 60
    monkeypatch.setattr(counting, "monotonic", lambda: later)
    assert counts.answered(session, sitting) == 2


def test_what_takes_long_to_count_is_counted_seldom(
    session: Session, sitting: int, come: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a second a time, so good for ten."""
    counts, clock = Counts(), iter([0.0, 0.5, 10.4, 10.6, 10.6, 11.0])
    monkeypatch.setattr(counting, "monotonic", lambda: next(clock))
    assert counts.answered(session, sitting) == 0
    come(None, 2)
    assert counts.answered(session, sitting) == 0
    assert counts.answered(session, sitting) == 2


def test_while_one_counts_others_are_told_what_was_counted_last(
    app: Flask, session: Session, sitting: int, come: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(counting, "LEAST", 0)
    monkeypatch.setattr(counting, "SHARE", 0)
    counts = Counts()
    assert counts.answered(session, sitting) == 0
    come(None, 2)
    with ThreadPoolExecutor(1) as other, Session(app.extensions["survey_engine"]) as own:
        with counts._counting:
            assert other.submit(counts.answered, own, sitting).result(20) == 0
        assert other.submit(counts.answered, own, sitting).result(20) == 2


@pytest.mark.parametrize(("halls", "seconds"), [(2, 3), (900, 9), (31_000, 30)])
def test_where_many_screens_may_ask_each_asks_less_often(
    session: Session, sitting: int, monkeypatch: pytest.MonkeyPatch, halls: int, seconds: float
) -> None:
    counts = Counts()
    assert counts.again(session, sitting) == 3
    monkeypatch.setattr(counting, "count_hall_doors", lambda _session, _sitting: halls)
    assert Counts().again(session, sitting) == seconds
