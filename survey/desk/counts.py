"""What screens ask again every few seconds: how many sheets have come in.

Counted once for all of them: nine hundred halls of a province would otherwise read all that came in
three hundred times a second, in the process that takes it in. And who may put a screen up, which
costs as much to find out.
"""

from datetime import timedelta
from threading import Lock
from time import monotonic
from typing import NamedTuple

from flask import current_app
from sqlalchemy.orm import Session

from survey import web
from survey.answering.queries import answered_in_halls
from survey.answering.shelf import DOORS, Shelf
from survey.sittings.queries import count_hall_doors

LEAST = 2.0  # seconds for which a count is good; screens ask every three
SHARE = 20  # and so many times what it took to count: a twentieth of a core for a nation's sheets
SITTINGS = 1000  # that are remembered
OFTEN, SELDOM = 3, 30  # seconds between two questions of a screen
ASKED = 100  # a second, by all screens of a sitting
CIRCLES_KEPT = timedelta(seconds=30)


class Kept(NamedTuple):
    until: float
    sheets: dict[int, int]  # {hall, or 0 for none: sheets}
    halls: int  # that may have a screen


class Counts:
    """One a process, safe between threads."""

    def __init__(self) -> None:
        self._counting = Lock()
        self._kept: Shelf[int, Kept] = Shelf(SITTINGS)
        # {(sitting, hall or 0): units whose organisers may}; who is called later, within that time.
        self.circles: Shelf[tuple[int, int], tuple[int, ...]] = Shelf(DOORS, CIRCLES_KEPT)

    def answered(self, session: Session, sitting_id: int, hall_id: int | None = None) -> int:
        """Sheets of a sitting, or of one of its halls, as of a few seconds ago."""
        sheets = self._counted(session, sitting_id).sheets
        return sum(sheets.values()) if hall_id is None else sheets.get(hall_id, 0)

    def again(self, session: Session, sitting_id: int) -> float:
        """After how many seconds a screen should ask again: where there may be many, all of them
        together ask a hundred times a second, which is a fifth of a core."""
        halls = self._counted(session, sitting_id).halls
        return min(SELDOM, max(OFTEN, halls / ASKED))

    def _counted(self, session: Session, sitting_id: int) -> Kept:
        kept = self._kept.last(sitting_id)
        # One counts; who comes meanwhile is told what was counted last.
        if kept and (monotonic() < kept.until or not self._counting.acquire(blocking=False)):
            return kept
        if not kept:
            self._counting.acquire()
        try:
            kept, began = self._kept.last(sitting_id), monotonic()
            if not kept or began >= kept.until:
                sheets = answered_in_halls(session, sitting_id)
                halls = count_hall_doors(session, sitting_id)
                ended = monotonic()
                kept = Kept(ended + max(LEAST, SHARE * (ended - began)), sheets, halls)
                self._kept.put(sitting_id, kept, web.now())
            return kept
        finally:
            self._counting.release()


def counts() -> Counts:
    return current_app.extensions["counts"]  # type: ignore[no-any-return]
