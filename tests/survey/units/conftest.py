from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy.orm import Session

from tests.conftest import NOON
from tests.survey.units.planting import plant


@pytest.fixture
def afternoon() -> Iterator[None]:
    """The server's clock stands an hour after the tree was planted, on the same day."""
    with time_machine.travel(NOON + timedelta(hours=1)):
        yield


@pytest.fixture
def tree_ids(session: Session) -> dict[str, int]:
    """The small tree, planted; the id of each code."""
    return plant(session)
