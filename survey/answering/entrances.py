"""Entrances, kept for a short while.

A hall fetches one page a thousand times in a minute; the tree behind it is read once. Whether
the sitting is open is read anew within a second, and whether a sheet may land is never asked
here at all: the intake asks the store itself.
"""

import threading
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy.exc import TimeoutError as StoreIsSilent
from sqlalchemy.orm import Session

from quizzes.paper import Paper
from survey.answering.entrance import Current, Entrance, Ground, Orders, enter
from survey.answering.shelf import DOORS, SITTINGS, Shelf
from survey.papers.queries import load_paper
from survey.sittings.models import Show, Sitting, Times
from survey.sittings.queries import called_units, day_of, find_door, hall_names
from survey.units.queries import Tree, load_tree

KEPT = timedelta(seconds=30)  # a unit called late shows on new pages within this time
TIMES_KEPT = timedelta(seconds=1)  # and a button that was pressed within this
PATIENCE = 10.0  # seconds until the store must have said what is behind a door


class Entrances:
    """Entrances by key; one a process, safe between threads.

    An entrance is good for as long as the ground that it stands on. That is read anew every half
    minute, for all its doors at once, and stays the same one if nothing of it has changed.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key  # of the orders
        self._reading = threading.RLock()
        self._doors: Shelf[str, Entrance] = Shelf(DOORS)
        self._grounds: Shelf[int, Ground] = Shelf(SITTINGS, KEPT)
        self._trees: Shelf[date, Tree] = Shelf(8, KEPT)
        self._times: Shelf[int, Current] = Shelf(SITTINGS, TIMES_KEPT)
        self._papers: Shelf[int, tuple[Paper, Orders]] = Shelf(200)  # frozen for ever

    def at_hand(self, key: str, now: datetime) -> Entrance | None:
        """The entrance with this key if it can be told without asking the store."""
        kept = self._doors.last(key)
        if kept is None:
            return None
        current = self._times.get(kept.sitting_id, now)
        ground = self._grounds.get(kept.sitting_id, now)
        # Every second one thread reads them; the others don't wait for it.
        if (current is None or ground is None) and self._is_reading():
            current = current or self._times.get(kept.sitting_id, now, late=2)
            ground = ground or self._grounds.get(kept.sitting_id, now, late=2)
        return kept if current == kept.current and ground is kept.ground else None

    def is_known(self, key: str) -> bool:
        """Whether there was a door with this key when it was read last."""
        return self._doors.last(key) is not None

    def _is_reading(self) -> bool:
        """Whether some other thread is; it may have ended by the time this is told."""
        if self._reading.acquire(blocking=False):
            self._reading.release()
            return False
        return True

    def get(self, session: Session, key: str, *, now: datetime) -> Entrance | None:
        """The entrance with this key; None for an unknown one, which is never remembered. Raises
        SQLAlchemyError."""
        kept = self.at_hand(key, now)
        if kept is not None:
            return kept
        if not self.is_known(key) and find_door(session, key) is None:
            return None  # a guess, which makes nobody wait
        # One thread reads while the others of the same moment wait and find it read.
        if not self._reading.acquire(timeout=PATIENCE):
            raise StoreIsSilent
        try:
            return self.at_hand(key, now) or self._read(session, key, now)
        finally:
            self._reading.release()

    def _read(self, session: Session, key: str, now: datetime) -> Entrance | None:
        kept = self._doors.last(key)
        door = find_door(session, key)
        current = door and self._current(session, door.sitting_id, now)
        if door is None or current is None:
            self._doors.drop(key)
            return None
        ground = self._ground(session, door.sitting_id, now)
        paper, orders = self._paper(session, current.edition_id, now)
        if kept is not None and kept.ground is ground and (kept.door, kept.paper) == (door, paper):
            # Most often the times alone were read anew: a long list of cells is not made again.
            entrance = replace(kept, current=current, orders=orders, since=now)
        else:
            entrance = enter(door, ground, current, paper, orders, now)
        # The same as before in all that a page shows: then its pieces go on being used.
        if kept is not None and replace(entrance, current=_shown(current)) == replace(
            kept, current=_shown(kept.current)
        ):
            entrance = replace(entrance, since=kept.since)
        return self._doors.put(key, entrance, now)

    def _ground(self, session: Session, sitting_id: int, now: datetime) -> Ground:
        kept = self._grounds.get(sitting_id, now)
        if kept is not None:
            return kept
        sitting, before = session.get_one(Sitting, sitting_id), self._grounds.last(sitting_id)
        ground = Ground(
            self._tree(session, day_of(sitting), now),
            called_units(session, sitting_id),
            hall_names(session, sitting),
        )
        if before is not None and before == ground:
            ground = before
        return self._grounds.put(sitting_id, ground, now)

    def _tree(self, session: Session, day: date, now: datetime) -> Tree:
        kept = self._trees.get(day, now)
        if kept is not None:
            return kept
        tree, before = load_tree(session, day), self._trees.last(day)
        if before is not None and before == tree:
            tree = before
        return self._trees.put(day, tree, now)

    def _current(self, session: Session, sitting_id: int, now: datetime) -> Current | None:
        kept = self._times.get(sitting_id, now)
        if kept is not None:
            return kept
        sitting = session.get(Sitting, sitting_id, populate_existing=True)
        if sitting is None:
            return None
        current = Current(
            sitting.times,
            sitting.edition_id,
            sitting.title,
            Show(sitting.show),
            sitting.tickets,
        )
        return self._times.put(sitting_id, current, now)

    def _paper(self, session: Session, edition_id: int, now: datetime) -> tuple[Paper, Orders]:
        kept = self._papers.last(edition_id)
        if kept is not None:
            return kept
        paper = load_paper(session, edition_id)
        return self._papers.put(edition_id, (paper, Orders(paper, edition_id, self._key)), now)


def _shown(current: Current) -> Current:
    """What of it a page shows: not when the sitting closes, which its slip says."""
    return current._replace(times=Times(None, None, False, None))
