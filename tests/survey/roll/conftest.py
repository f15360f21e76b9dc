import pytest
from sqlalchemy.orm import Session

from tests.survey.sittings.stage import Stage, gather, set_stage


@pytest.fixture
def stage(session: Session) -> Stage:
    return set_stage(session)


@pytest.fixture
def conference(session: Session, stage: Stage) -> int:
    return gather(session, stage)
