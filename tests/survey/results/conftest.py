from collections.abc import Iterator
from dataclasses import dataclass

import pytest
import time_machine
from sqlalchemy.orm import Session

from survey import db
from tests.survey.results.ground import (
    HOUR,
    MINUTE,
    NOON,
    add_conference,
    add_edition,
    add_sitting,
    add_unit,
    close,
    hand_in,
)


@dataclass(frozen=True)
class Province:
    """Ids. The north has three cells, the south one without a headcount; both sit in halls."""

    top: int
    north: int
    south: int
    cells: tuple[int, int, int, int]
    edition: int
    conference: int
    halls: dict[str, int]
    sitting: int


@pytest.fixture
def province(session: Session) -> Province:
    with db.writing(session):
        top = add_unit(session, "QN", "Đảng bộ tỉnh Quảng Ngãi")
        north = add_unit(session, "QN-1", "Đảng bộ xã Đăk Tô", top)
        south = add_unit(session, "QN-2", "Đảng bộ xã Ba Tơ", top)
        cells = (
            add_unit(session, "QN-1-2", "Chi bộ thôn 2", north, heads=20),
            add_unit(session, "QN-1-10", "Chi bộ thôn 10", north, heads=10),
            add_unit(session, "QN-1-11", "+Chi bộ thôn 11", north, heads=8),
            add_unit(session, "QN-2-1", "Chi bộ thôn 1", south, heads=0),
        )
        edition = add_edition(session, top)
        halls = {"Hội trường Đăk Tô": [north], "Hội trường Ba Tơ": [south]}
        conference, ids = add_conference(session, top, halls)
        sitting = add_sitting(session, top, edition, conference=conference)
    return Province(top, north, south, cells, edition, conference, ids, sitting)


@pytest.fixture
def answered(session: Session, province: Province) -> Province:
    """Twelve, nine and three answered in the north, six in the south; closed and final an hour
    after noon."""
    north, south = province.halls.values()
    cells = province.cells
    hand_in(session, province.sitting, cells[0], [4] * 7 + [2] * 5, hall=north)
    hand_in(session, province.sitting, cells[1], [3] * 5 + [2] * 4, hall=north)
    hand_in(session, province.sitting, cells[2], [0, 1, 4], hall=north)
    hand_in(session, province.sitting, cells[3], [1] * 6, hall=south)
    close(session, province.sitting, NOON + 30 * MINUTE)
    return province


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """It is one o'clock in the afternoon."""
    with time_machine.travel(NOON + HOUR, tick=False) as clock:
        yield clock
