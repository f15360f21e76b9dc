"""A world whose province has provided a paper for this month, and a browser for each role."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.papers.operations import provide
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show
from tests.conftest import NOON
from tests.world import World, make_world


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def world(session: Session) -> World:
    made = make_world(session)
    provide(session, made.edition, "2026-11")
    return made


@pytest.fixture
def sitting(session: Session, world: World) -> int:
    """Open for half an hour."""
    return sittings.plan_sitting(
        session, world.conference, world.edition, kind=Kind.AFTER, title="Khảo sát sau",
        show=Show.THANKS, opens_at=NOON, closes_at=NOON + timedelta(minutes=30), now=NOON,
    )  # fmt: skip


@pytest.fixture
def secretary(world: World, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """The secretary of the first cell."""
    return sign_in("secretary", world.cells[0][0])


@pytest.fixture
def organiser(world: World, sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    return sign_in("organiser", world.province)
