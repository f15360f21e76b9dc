from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.survey.papers.stage import Stage, add_draft, add_edition, set_stage


@pytest.fixture
def stage(session: Session) -> Stage:
    return set_stage(session)


@pytest.fixture
def draft(session: Session, stage: Stage) -> int:
    return add_draft(session, stage)


@pytest.fixture
def edition(session: Session, stage: Stage) -> int:
    return add_edition(session, stage)


@pytest.fixture
def alice(sign_in: Callable[..., FlaskClient], stage: Stage) -> FlaskClient:
    """The organiser of the north, whose papers these are."""
    return sign_in("organiser", stage.north)


@pytest.fixture
def bob(sign_in: Callable[..., FlaskClient], stage: Stage) -> FlaskClient:
    """The organiser of the south, beside."""
    return sign_in("organiser", stage.south)


@pytest.fixture
def charlie(sign_in: Callable[..., FlaskClient], stage: Stage) -> FlaskClient:
    """The secretary of a cell in the north."""
    return sign_in("secretary", stage.cell)


@pytest.fixture
def statements(app: Flask) -> Callable[[], object]:
    """`with statements() as said:` -> every SELECT that was sent meanwhile."""

    @contextmanager
    def counting() -> Iterator[list[str]]:
        said: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
            if statement.lstrip().upper().startswith(("SELECT", "WITH")):
                said.append(statement)

        engine = app.extensions["survey_engine"]
        event.listen(engine, "before_cursor_execute", note)
        yield said
        event.remove(engine, "before_cursor_execute", note)

    return counting
