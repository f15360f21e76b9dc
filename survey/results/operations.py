"""Sheets become tallies: a cell's own, then sums up the tree."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Select, delete, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from quizzes.tally import Tally
from survey import db
from survey.answering.queries import answered_total, sheets_of
from survey.answering.sealing import final_at
from survey.papers.queries import load_paper
from survey.results.counting import Call, Count, Counted, Live, Place, by_place, calls, counted
from survey.results.models import HallTally, LiveTally, TallyRun, UnitTally
from survey.roll.queries import expected
from survey.sittings.holding import hold_sitting
from survey.sittings.models import Sitting
from survey.sittings.queries import cells_called, day_of
from survey.units.queries import load_tree

# An open sitting is tallied again at most this often: soon while it is small, seldom when the
# reading itself takes seconds.
SOON, SELDOM, LARGE = timedelta(seconds=1), timedelta(seconds=60), 20_000
PATIENCE = 30  # seconds until whoever waits for another's count is told the last figures
ROUNDS = 5  # a final count is begun anew: the second finds nobody let in after the first


@dataclass(frozen=True, slots=True)
class Draft:
    """All that a run stores, and the run it was made after."""

    after: datetime | None
    final: bool
    sheets: int
    whole: Call
    units: dict[int, Call]
    sums: Counted
    live: dict[Place, Live]
    none: Tally


def tally_sitting(session: Session, sitting_id: int, *, now: datetime) -> None:
    """Count the sheets of a sitting into the tallies of its cells, halls, and all units above.

    Reads and adds up first and stores at the end, so that nobody who hands in waits for it. After
    closing and the grace the count is final and is never made again. A count that others overtake
    in every round is left to the next who ask.
    """
    for _ in range(ROUNDS):
        sitting, run = session.get_one(Sitting, sitting_id), session.get(TallyRun, sitting_id)
        if run is not None and run.final:
            return
        draft = _draft(session, sitting, now)
        rows = _rows(draft)
        try:
            with db.writing(session):
                # Another process may have shown figures since: a second lot drawn after the same
                # run could be subtracted from the first. Held, so that none does so from here on.
                alone = session.scalar(_made_at(sitting_id).with_for_update()) == draft.after
                if alone and not _is_overtaken(session, sitting_id, draft, now):
                    _store(session, sitting_id, draft, rows, now=now)
                    return
        except IntegrityError:
            pass  # another process stored the first count at this very moment
        if not draft.final:
            return


def keep_up(session: Session, sitting_id: int, *, now: datetime) -> TallyRun | None:
    """Tally again where sheets have come since, or the sitting has ended, but not at every look.

    One in a process does it. All screens of a conference look in the moment in which it ends: they
    wait for that one and find what it counted. Who comes while it is open is told the last figures.
    """
    run = session.get(TallyRun, sitting_id)
    if _is_kept_up(session, run, sitting_id, now):
        return run
    has_ended = run is None or _has_ended_since(session, run, now)
    session.rollback()  # who waits holds no connection, and sees what is stored meanwhile
    counting = _counting_on(session.get_bind())
    if counting.acquire(timeout=PATIENCE if has_ended else 0):
        try:
            if not _is_kept_up(session, session.get(TallyRun, sitting_id), sitting_id, now):
                tally_sitting(session, sitting_id, now=now)
        finally:
            counting.release()
    return session.get(TallyRun, sitting_id)


def _is_kept_up(session: Session, run: TallyRun | None, sitting_id: int, now: datetime) -> bool:
    if run is None or run.final:
        return run is not None
    if _has_ended_since(session, run, now):
        return False
    pause = SELDOM if run.sheets > LARGE else SOON
    return now - run.made_at < pause or answered_total(session, sitting_id) == run.sheets


def _has_ended_since(session: Session, run: TallyRun, now: datetime) -> bool:
    sitting = session.get_one(Sitting, run.sitting_id)
    return _ends(sitting, run.made_at) != _ends(sitting, now)


def _counting_on(store: object) -> Lock:
    """Of all sittings of a store one is counted at a time: several would take a core each turn."""
    with _stores:
        return _counting.setdefault(store, Lock())


_stores = Lock()
_counting: WeakKeyDictionary[object, Lock] = WeakKeyDictionary()


def is_final(sitting: Sitting, now: datetime) -> bool:
    return _ends(sitting, now) == 2


def _ends(sitting: Sitting, moment: datetime) -> int:
    """How many of its two ends lay behind it then: the closing, and that of the grace."""
    return sum(end is not None and moment >= end for end in (sitting.closes_at, final_at(sitting)))


# ------------------------------------------------------------------ counting


def _made_at(sitting_id: int) -> Select[datetime]:
    """When it was last tallied."""
    return select(TallyRun.made_at).where(TallyRun.sitting_id == sitting_id)


def _draft(session: Session, sitting: Sitting, now: datetime) -> Draft:
    after = session.scalar(_made_at(sitting.id))
    final = is_final(sitting, now)
    paper = load_paper(session, sitting.edition_id)
    tree = load_tree(session, day_of(sitting))
    called = cells_called(session, sitting, tree)
    piles = by_place(sheets_of(session, sitting.id), called)
    places = {place: Tally.of_encoded(paper, pile.items()) for place, pile in piles.items()}
    cells = {cell for in_hall in called.values() for cell in in_hall}
    cells |= {cell for cell, _ in places if cell in tree}
    heads = expected(session, cells, sitting.opens_at or now)
    none = Tally.empty(paper)
    before = _live(session, sitting.id)
    live = {}
    for place, tally in places.items():
        was = before.get(place, Live(none, none))
        if final:
            live[place] = was.final(tally)
        elif _ends(sitting, now):
            live[place] = was.closed(tally)
        else:
            live[place] = was.open(piles[place], tally, paper)
    sums = counted({at: Count(tally.n, live[at].shown) for at, tally in places.items()}, tree)
    whole, units = calls(cells, heads, sums.units, tree)
    sheets = sum(tally.n for tally in places.values())
    return Draft(after, final, sheets, whole, units, sums, live, none)


def _live(session: Session, sitting_id: int) -> dict[Place, Live]:
    rows = session.execute(
        select(LiveTally.unit_id, LiveTally.hall_id, LiveTally.shown, LiveTally.coming).where(
            LiveTally.sitting_id == sitting_id
        )
    )
    return {
        (unit_id, hall_id): Live(Tally.from_json(shown), Tally.from_json(coming))
        for unit_id, hall_id, shown, coming in rows
    }


# ------------------------------------------------------------------ storing


def _is_overtaken(session: Session, sitting_id: int, draft: Draft, now: datetime) -> bool:
    """Whether a final count is none: the sitting was extended while it was made, or a sheet let
    in before the end was committed after it was counted. Asked with the sitting held: whoever
    presses or comes now is refused, so what is counted next is all."""
    if not draft.final:
        return False
    sitting = hold_sitting(session, sitting_id)
    if not is_final(sitting, now):
        return True
    # Refused also on a host whose clock is behind: the end has been seen, and stays.
    sitting.changed_at = sitting.clock(now)
    return answered_total(session, sitting_id) != draft.sheets


Rows = list[tuple[Any, list[dict[str, object]]]]


def _rows(draft: Draft) -> Rows:
    """[(model, its rows)], made before the transaction in which on SQLite nobody else can write."""
    return [
        (UnitTally, list(_unit_rows(draft))),
        (HallTally, list(_hall_rows(draft))),
        (LiveTally, list(_live_rows(draft))),
    ]


def _store(session: Session, sitting_id: int, draft: Draft, rows: Rows, *, now: datetime) -> None:
    session.merge(
        TallyRun(
            sitting_id=sitting_id,
            made_at=now,
            sheets=draft.sheets,
            cells=draft.whole.cells,
            expected=draft.whole.expected,
            counted=draft.whole.counted,
            final=draft.final,
        )
    )
    session.flush()
    for model, anew in rows:
        session.execute(delete(model).where(model.sitting_id == sitting_id))
        if anew:
            session.execute(insert(model), [{"sitting_id": sitting_id, **row} for row in anew])


def _unit_rows(draft: Draft) -> Iterable[dict[str, object]]:
    nobody = Count(0, draft.none)
    for unit_id, call in draft.units.items():
        count = draft.sums.units.get(unit_id, nobody)
        hidden = unit_id in draft.sums.hidden_units
        yield {"unit_id": unit_id, **asdict(call), **_columns(count, hidden)}


def _hall_rows(draft: Draft) -> Iterable[dict[str, object]]:
    for hall_id, count in draft.sums.halls.items():
        yield {"hall_id": hall_id, **_columns(count, hall_id in draft.sums.hidden_halls)}


def _live_rows(draft: Draft) -> Iterable[dict[str, object]]:
    for (unit_id, hall_id), live in draft.live.items():
        if live.shown.n and not draft.final:
            yield {
                "unit_id": unit_id,
                "hall_id": hall_id,
                "shown": live.shown.to_json(),
                "coming": live.coming.to_json(),
            }


def _columns(count: Count, is_hidden: bool) -> dict[str, object]:
    return {
        "answered": count.answered,
        "published": count.tally.n,
        "withheld": is_hidden,
        "content": count.tally.to_json(),
    }
