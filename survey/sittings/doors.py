"""Doors are laid down many at a time: a province's poster run makes four thousand."""

from collections.abc import Iterable, Sequence

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from survey.sittings.codes import draw_code, draw_key
from survey.sittings.models import Door

TRIES = 50
Place = tuple[int | None, int | None]  # (hall, cell); both None: the whole sitting


class NoCodeFree(Exception):
    """Fifty drawn codes in a row were taken: the store holds about ten million doors."""


def lay_doors(session: Session, sitting_id: int, places: Iterable[Place]) -> None:
    """A door for each of these places that has none yet, inside the caller's transaction."""
    wanted = dict.fromkeys(places)
    for kept in _places(session, sitting_id):
        wanted.pop(kept, None)
    _lay(session, sitting_id, list(wanted), TRIES)


def _lay(session: Session, sitting_id: int, places: Sequence[Place], tries: int) -> None:
    if not places:
        return
    if not tries:
        raise NoCodeFree
    rows = [
        {
            "sitting_id": sitting_id,
            "hall_id": hall_id,
            "unit_id": unit_id,
            "key": draw_key(),
            "code": draw_code(),
        }
        for hall_id, unit_id in places
    ]
    try:
        with session.begin_nested():
            session.execute(insert(Door), rows)
    except IntegrityError:
        if len(places) == 1:
            # Its code is taken: draw another. Or somebody laid this door just now: it is there.
            if places[0] not in _places(session, sitting_id):
                _lay(session, sitting_id, places, tries - 1)
            return
        # One of many clashed and the savepoint took all back: halves, until it stands alone.
        middle = len(places) // 2
        _lay(session, sitting_id, places[:middle], tries)
        _lay(session, sitting_id, places[middle:], tries)


def _places(session: Session, sitting_id: int) -> set[Place]:
    rows = session.execute(select(Door.hall_id, Door.unit_id).where(Door.sitting_id == sitting_id))
    return {(hall_id, unit_id) for hall_id, unit_id in rows}
