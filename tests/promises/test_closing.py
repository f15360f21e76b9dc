"""What was acknowledged before the closing is sealed; nothing lands after; the grace is kept."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import Engine

from survey.sittings.models import Times
from tests.promises.closings import AskFirst, Intake, Played, play

CLOSINGS, ON_POSTGRESQL, PLANTED = 200, 40, 20
TEN_MINUTES = timedelta(minutes=10)


@pytest.fixture
def engine(app: Flask) -> Engine:
    return app.extensions["survey_engine"]  # type: ignore[no-any-return]


@pytest.fixture
def postgresql_engine(app_on_postgresql: Flask) -> Engine:
    return app_on_postgresql.extensions["survey_engine"]  # type: ignore[no-any-return]


def is_kept(played: Played) -> bool:
    """No fault, in a storm that really was one: sheets let in, late ones too, and turned away."""
    assert min(played.acknowledged, played.refused) > 100
    assert played.late > 50
    return played.faults == 0


def test_what_was_acknowledged_is_sealed_and_nothing_lands_after(engine: Engine) -> None:
    played = play(CLOSINGS, engine)
    assert is_kept(played), played


def test_the_same_on_postgresql(postgresql_engine: Engine) -> None:
    played = play(ON_POSTGRESQL, postgresql_engine)
    assert is_kept(played), played
    assert played.busy > 0


def test_a_host_whose_clock_is_behind_lets_nothing_in_after(postgresql_engine: Engine) -> None:
    played = play(ON_POSTGRESQL, postgresql_engine, skew=TEN_MINUTES)
    assert played.faults == 0, played
    assert played.acknowledged > 100


def test_a_host_whose_clock_is_ahead_loses_nothing(engine: Engine) -> None:
    played = play(ON_POSTGRESQL, engine, skew=-TEN_MINUTES)
    assert played.faults == 0, played
    assert played.acknowledged > 100


def test_asking_first_and_inserting_afterwards_is_caught(engine: Engine) -> None:
    assert play(PLANTED, engine, AskFirst).faults > 0


def test_asking_first_is_caught_on_postgresql(postgresql_engine: Engine) -> None:
    assert play(PLANTED, postgresql_engine, AskFirst).faults > 0


def test_a_final_count_that_does_not_end_the_sitting_is_caught(
    postgresql_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the end written down, a host whose clock is behind goes on taking sheets."""
    monkeypatch.setattr(Times, "clock", lambda _, now: now)
    assert play(4, postgresql_engine, Intake, TEN_MINUTES).faults > 0
