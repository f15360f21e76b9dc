"""Whoever counts is one of many, and the buttons are pressed meanwhile: on both stores."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Event
from time import sleep

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from survey import db
from survey.answering.sealing import NotDue
from survey.results import operations
from survey.results.models import TallyRun, UnitTally
from survey.results.operations import keep_up, tally_sitting
from survey.results.sealing import seal_sitting
from survey.sittings.models import Sitting
from survey.sittings.operations import SittingClosed, extend_sitting
from tests.survey.results.conftest import Province
from tests.survey.results.ground import HOUR, MINUTE, NOON, hand_in

LONG = 10  # seconds; never reached where all goes well
SECOND = MINUTE / 60


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine) as own:
        yield own


def overtaken(
    engine: Engine, first: Callable[[Session], object], second: Callable[[Session], object]
) -> None:
    """`first` has written all and is about to commit when `second`, which has read before that,
    wants to write; then both go on."""
    written, has_read = Event(), Event()

    def about_to_commit(_: Session) -> None:
        written.set()
        assert has_read.wait(LONG)
        sleep(0.3)  # for the second to come as far as it gets

    def run_first() -> None:
        with Session(engine) as own:
            event.listen(own, "before_commit", about_to_commit, once=True)
            first(own)

    def run_second() -> None:
        with Session(engine) as own:
            assert written.wait(LONG)
            own.connection()
            # What an operation has read is let go before it writes: see db.writing.
            event.listen(own, "after_rollback", lambda _: has_read.set())
            second(own)

    with ThreadPoolExecutor(2) as threads:
        for done in [threads.submit(run_first), threads.submit(run_second)]:
            done.result()


def six_until_half_past(session: Session, province: Province) -> datetime:
    """Six sheets are in, and the end is set, without any grace; it."""
    hand_in(session, province.sitting, province.cells[0], [1] * 6)
    with db.writing(session):
        sitting = session.get_one(Sitting, province.sitting)
        sitting.closes_at, sitting.grace = NOON + 30 * MINUTE, 0
    return NOON + 30 * MINUTE


def test_a_sitting_extended_while_its_final_count_is_made_goes_on_and_is_sealed_at_its_end(
    engine: Engine, session: Session, province: Province
) -> None:
    end = six_until_half_past(session, province)

    def extend(own: Session) -> None:
        extend_sitting(own, province.sitting, until=NOON + HOUR, now=end - SECOND)

    overtaken(engine, extend, lambda own: tally_sitting(own, province.sitting, now=end))
    assert session.get_one(TallyRun, province.sitting).final is False
    assert session.get_one(Sitting, province.sitting).state(end).takes_sheets
    with pytest.raises(NotDue):
        seal_sitting(session, province.sitting, now=end)
    hand_in(session, province.sitting, province.cells[1], [4])
    assert seal_sitting(session, province.sitting, now=NOON + HOUR).sheets == 7
    session.expire_all()
    assert session.get_one(UnitTally, (province.sitting, province.top)).answered == 7


def test_a_final_count_refuses_whoever_would_extend_after_it(
    engine: Engine, session: Session, province: Province
) -> None:
    end = six_until_half_past(session, province)

    def extend(own: Session) -> None:
        with pytest.raises(SittingClosed):
            extend_sitting(own, province.sitting, until=NOON + HOUR, now=end - SECOND)

    overtaken(engine, lambda own: tally_sitting(own, province.sitting, now=end), extend)
    assert seal_sitting(session, province.sitting, now=end).sheets == 6


def test_of_two_that_draw_lots_after_the_same_run_the_second_shows_nothing(
    engine: Engine, session: Session, province: Province
) -> None:
    """Two lots could be subtracted from each other."""
    tally_sitting(session, province.sitting, now=NOON)
    hand_in(session, province.sitting, province.cells[0], [1, 2, 3, 4] * 3)

    def count(seconds: int) -> Callable[[Session], None]:
        return lambda own: tally_sitting(own, province.sitting, now=NOON + seconds * SECOND)

    overtaken(engine, count(1), count(2))
    made = session.scalar(select(TallyRun.made_at).where(TallyRun.sitting_id == province.sitting))
    assert made == NOON + SECOND


def test_all_screens_that_look_at_the_end_are_told_what_one_of_them_counts(
    engine: Engine, session: Session, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    tally_sitting(session, province.sitting, now=NOON)
    end = six_until_half_past(session, province)
    drafts, draft = [], operations._draft

    def drafted(own: Session, sitting: Sitting, now: datetime) -> operations.Draft:
        drafts.append(now)
        return draft(own, sitting, now)

    monkeypatch.setattr(operations, "_draft", drafted)

    def look(_screen: int) -> int:
        with Session(engine) as own:
            run = keep_up(own, province.sitting, now=end)
            assert run is not None
            return run.sheets

    with ThreadPoolExecutor(8) as screens:
        assert set(screens.map(look, range(8))) == {6}
    assert drafts == [end]


def test_while_others_count_an_open_sitting_the_last_figures_are_told_at_once(
    engine: Engine, session: Session, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    tally_sitting(session, province.sitting, now=NOON)
    hand_in(session, province.sitting, province.cells[0], [1] * 6)
    counting, told, draft = Event(), Event(), operations._draft

    def drafted(own: Session, sitting: Sitting, now: datetime) -> operations.Draft:
        counting.set()
        assert told.wait(LONG)
        return draft(own, sitting, now)

    monkeypatch.setattr(operations, "_draft", drafted)

    def look() -> int:
        with Session(engine) as own:
            run = keep_up(own, province.sitting, now=NOON + MINUTE)
            assert run is not None
            return run.sheets

    with ThreadPoolExecutor(1) as other:
        slow = other.submit(look)
        assert counting.wait(LONG)
        assert look() == 0
        told.set()
        assert slow.result() == 6
