"""The roll as it is kept: written, mended, taken back, and measured against the headcount of
the day."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey import db
from survey.roll.models import CellRoll
from survey.roll.operations import note_cells, note_halls, note_roll
from survey.roll.queries import expected, present_in_cells, present_in_halls
from survey.sittings import operations
from survey.units.models import Headcount
from tests.survey.sittings.stage import MINUTE, NOON, Stage, plan


@pytest.fixture
def hall(session: Session, stage: Stage, conference: int) -> int:
    return operations.add_hall(session, conference, name="A", unit_id=stage.north)


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int, hall: int) -> int:
    return plan(session, stage, conference)


def test_what_is_noted_is_read_back_and_mended_and_taken_back(
    session: Session, stage: Stage, sitting: int, hall: int
) -> None:
    note_cells(session, sitting, {stage.north_1: (9, 1), stage.north_2: (0, 0)}, now=NOON)
    note_halls(session, sitting, {hall: 27}, now=NOON)
    assert present_in_cells(session, sitting) == {stage.north_1: (9, 1), stage.north_2: (0, 0)}
    assert present_in_halls(session, sitting) == {hall: 27}
    note_roll(session, sitting, {stage.north_1: (10, 0)}, {hall: 28}, now=NOON + MINUTE)
    assert present_in_cells(session, sitting)[stage.north_1] == (10, 0)
    assert session.get_one(CellRoll, (sitting, stage.north_1)).counted_at == NOON + MINUTE
    note_roll(session, sitting, {stage.north_1: None}, {hall: None}, now=NOON)
    assert present_in_cells(session, sitting) == {stage.north_2: (0, 0)}
    assert present_in_halls(session, sitting) == {}


def test_nobody_in_a_hall_is_noted_too(session: Session, sitting: int, hall: int) -> None:
    note_halls(session, sitting, {hall: 0}, now=NOON)
    assert present_in_halls(session, sitting) == {hall: 0}


def test_each_sitting_has_a_roll_of_its_own(
    session: Session, stage: Stage, conference: int, sitting: int
) -> None:
    other = plan(session, stage, conference)
    note_cells(session, sitting, {stage.north_1: (9, 1)}, now=NOON)
    note_cells(session, other, {stage.north_1: (5, 0)}, now=NOON)
    note_cells(session, other, {stage.north_1: None}, now=NOON)
    assert present_in_cells(session, sitting) == {stage.north_1: (9, 1)}
    assert present_in_cells(session, other) == {}


def test_a_page_is_written_as_a_whole_or_not_at_all(
    session: Session, stage: Stage, sitting: int
) -> None:
    with pytest.raises(IntegrityError):
        note_roll(session, sitting, {stage.north_1: (9, 1)}, {999: 3}, now=NOON)
    assert present_in_cells(session, sitting) == {}


def test_fewer_than_nobody_is_refused_by_the_store(
    session: Session, stage: Stage, sitting: int
) -> None:
    with pytest.raises(IntegrityError):
        note_cells(session, sitting, {stage.north_1: (-1, 0)}, now=NOON)


def test_nothing_to_note_is_no_mistake(session: Session, sitting: int) -> None:
    note_roll(session, sitting, {}, {}, now=NOON)
    assert session.scalar(select(CellRoll.sitting_id)) is None


def test_expected_are_those_eligible_when_it_opened_and_not_who_was_counted_later(
    session: Session, stage: Stage
) -> None:
    with db.writing(session):
        session.add(Headcount(unit_id=stage.north_1, since=NOON + MINUTE, total=5, eligible=5))
    assert expected(session, stage.cells, NOON) == {stage.north_1: 10, stage.north_2: 18}
    later = NOON + timedelta(hours=1)
    assert expected(session, [stage.north_1], later) == {stage.north_1: 5}
    assert expected(session, [], NOON) == {}
