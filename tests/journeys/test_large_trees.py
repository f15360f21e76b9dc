"""A province may have more units than a statement may name: what an organiser opens names few."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey import db, web
from survey.results.operations import tally_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show
from tests.world import World, add_unit, make_world

VALUES = 20  # that a statement may have here; there are twice as many units


@pytest.fixture
def world(session: Session) -> World:
    made = make_world(session)
    for number in range(2 * VALUES):
        add_unit(session, f"X{number}", "cell", f"Chi bộ số {number}", made.communes[0])
    session.commit()
    return made


@pytest.fixture
def sitting(session: Session, world: World) -> int:
    now = web.now()
    made = sittings.plan_sitting(
        session, world.conference, world.edition, kind=Kind.AFTER, title="Sau", show=Show.SCORE,
        opens_at=now, closes_at=None, now=now,
    )  # fmt: skip
    tally_sitting(session, made, now=now)
    return made


@pytest.fixture
def narrow(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    engine = app.extensions["survey_engine"]

    def limit(connection: sqlite3.Connection, *_more: Any) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, VALUES)

    monkeypatch.setattr(db, "LOT", VALUES // 2)
    event.listen(engine, "checkout", limit)
    yield
    event.remove(engine, "checkout", limit)


@pytest.mark.parametrize(
    "address",
    [
        "/desk",
        "/conferences",
        "/sittings/checks",
        "/units?q=chi+bo",
        "/units/list.csv",
        "/accounts",
        "/results",
        "/results/{sitting}/{province}",
        "/results/{sitting}/{province}/units.csv",
        "/results/{sitting}/{province}/results.xlsx",
        "/sittings/{sitting}",
        "/sittings/{sitting}/posters",
    ],
)
def test_an_organiser_of_many_units_is_shown(
    sign_in: Callable[..., FlaskClient], world: World, sitting: int, narrow: None, address: str
) -> None:
    organiser = sign_in("organiser", world.province)
    answer = organiser.get(address.format(sitting=sitting, province=world.province))
    assert answer.status_code == 200
