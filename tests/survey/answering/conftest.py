"""Sittings with doors to them, and what was stored."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import db
from survey.answering.models import Sheet
from survey.sittings import operations as sittings
from survey.sittings.models import Door, Kind, Show
from tests.conftest import NOON
from tests.world import World, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as coordinates:
        yield coordinates


@pytest.fixture
def plan(session: Session, world: World) -> Callable[..., int]:
    """`plan(show=Show.SCORE)` -> a sitting open from noon for an hour."""

    def made(**settings: object) -> int:
        values = {
            "kind": Kind.AFTER,
            "title": "Khảo sát sau hội nghị",
            "show": Show.SCORE,
            "opens_at": NOON,
            "closes_at": NOON + timedelta(hours=1),
            "now": NOON - timedelta(days=1),
        } | settings
        return sittings.plan_sitting(session, world.conference, world.edition, **values)  # type: ignore[arg-type]

    return made


@pytest.fixture
def key_of(session: Session) -> Callable[..., str]:
    """`key_of(sitting, hall=…)` -> the key in the QR of that door."""

    def found(sitting_id: int, hall: int | None = None, unit: int | None = None) -> str:
        return session.scalars(
            select(Door.key).where(
                Door.sitting_id == sitting_id,
                Door.hall_id.is_(None) if hall is None else Door.hall_id == hall,
                Door.unit_id.is_(None) if unit is None else Door.unit_id == unit,
            )
        ).one()

    return found


@pytest.fixture
def sheets(app: Flask) -> Callable[[], list[tuple[int, int | None, str]]]:
    """Every stored sheet as (cell, hall, answers), in one order."""

    def stored() -> list[tuple[int, int | None, str]]:
        with app.app_context():
            rows = db.session().execute(select(Sheet.unit_id, Sheet.hall_id, Sheet.answers))
            return sorted(tuple(row) for row in rows)  # type: ignore[type-var]

    return stored
