"""Tallying through a real store: sums at every level, the final count, and who comes at once."""

import random
from datetime import datetime, timedelta

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from quizzes.disclosure import withheld
from quizzes.tally import Tally
from survey import db
from survey.answering.models import Sheet
from survey.results import operations
from survey.results.models import HallTally, LiveTally, TallyRun, UnitTally
from survey.results.operations import keep_up, tally_sitting
from survey.units.queries import load_tree, today
from tests.survey.results.conftest import Province
from tests.survey.results.ground import (
    HOUR,
    MINUTE,
    NOON,
    PAPER,
    add_conference,
    add_edition,
    add_sitting,
    add_unit,
    close,
    hand_in,
)

SECOND = timedelta(seconds=1)


def rows(session: Session, sitting: int) -> dict[int, UnitTally]:
    session.expire_all()
    found = session.scalars(select(UnitTally).where(UnitTally.sitting_id == sitting))
    return {row.unit_id: row for row in found}


def finish(session: Session, sitting: int) -> datetime:
    """Closed at one o'clock; the time at which it is final."""
    close(session, sitting, NOON + HOUR)
    return NOON + HOUR + 2 * MINUTE


@pytest.mark.parametrize("seed", range(6))
def test_cells_add_up_to_units_and_units_to_the_whole(session: Session, seed: int) -> None:
    chance = random.Random(seed)
    with db.writing(session):
        units = [add_unit(session, "0", "Gốc")]
        for number in range(1, chance.randint(2, 8)):
            units.append(add_unit(session, str(number), f"Đơn vị {number}", chance.choice(units)))
        cells = [
            add_unit(
                session, f"c{n}", f"Chi bộ {n}", chance.choice(units), heads=chance.randint(0, 9)
            )
            for n in range(chance.randint(1, 12))
        ]
        conference, _ = add_conference(session, units[0], {"Hội trường": [units[0]]})
        sitting = add_sitting(
            session, units[0], add_edition(session, units[0]), conference=conference
        )
    for cell in cells:
        hand_in(session, sitting, cell, [chance.randint(0, 4) for _ in range(chance.randint(0, 9))])
    tally_sitting(session, sitting, now=finish(session, sitting))
    kept, tree = rows(session, sitting), load_tree(session, today())
    told = {unit: Tally.from_json(row.content) for unit, row in kept.items()}
    for unit, row in kept.items():
        below = tree.cells(unit)
        assert told[unit] == sum((told[cell] for cell in below), Tally.empty(PAPER))
        assert row.answered == row.published == sum(kept[cell].answered for cell in below)
        assert (row.cells, row.uncounted) == (
            len(below),
            sum(kept[cell].expected is None for cell in below),
        )
    sheets = session.scalar(select(func.count()).select_from(Sheet))
    assert kept[units[0]].answered == session.get_one(TallyRun, sitting).sheets == sheets
    counts = {unit: row.published for unit, row in kept.items()}
    children = {unit: [child for child in tree.children(unit) if child in kept] for unit in kept}
    assert {unit for unit, row in kept.items() if row.withheld} == withheld(
        counts, children, units[0]
    )


def test_every_called_unit_has_a_row_also_where_nobody_answered(
    session: Session, province: Province
) -> None:
    tally_sitting(session, province.sitting, now=NOON)
    kept = rows(session, province.sitting)
    assert set(kept) == {province.top, province.north, province.south, *province.cells}
    top = kept[province.top]
    assert (top.cells, top.uncounted, top.expected, top.answered) == (4, 1, 38, 0)
    assert kept[province.south].expected is None


def test_the_final_count_is_never_made_again(session: Session, province: Province) -> None:
    hand_in(session, province.sitting, province.cells[0], [1] * 6)
    end = finish(session, province.sitting)
    keep_up(session, province.sitting, now=end)
    with db.writing(session):
        session.query(Sheet).delete()  # purged, as sheets may be
    tally_sitting(session, province.sitting, now=end + HOUR)
    run = keep_up(session, province.sitting, now=end + HOUR)
    assert run is not None
    assert (run.final, run.sheets, run.made_at) == (True, 6, end)
    assert rows(session, province.sitting)[province.top].published == 6


def test_a_sheet_committed_while_the_final_count_was_made_is_in_it(
    session: Session, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(session, province.sitting, province.cells[0], [1] * 6)
    end = finish(session, province.sitting)
    drafts = []

    def draft_then_a_sheet_lands(*arguments: object) -> operations.Draft:
        draft = real(*arguments)  # type: ignore[arg-type]
        if not drafts:
            session.rollback()
            hand_in(session, province.sitting, province.cells[1], [4])
        drafts.append(draft.sheets)
        return draft

    real = operations._draft
    monkeypatch.setattr(operations, "_draft", draft_then_a_sheet_lands)
    tally_sitting(session, province.sitting, now=end)
    assert drafts == [6, 7]
    assert rows(session, province.sitting)[province.top].answered == 7


def test_a_count_made_beside_another_is_dropped(
    session: Session, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both drew lots for what to keep back: shown one after the other they could be subtracted."""
    hand_in(session, province.sitting, province.cells[0], [1, 2, 3, 4] * 3)
    real = operations._draft

    def another_process_is_quicker(*arguments: object) -> operations.Draft:
        draft = real(*arguments)  # type: ignore[arg-type]
        monkeypatch.setattr(operations, "_draft", real)
        tally_sitting(session, province.sitting, now=NOON + SECOND)
        return draft

    monkeypatch.setattr(operations, "_draft", another_process_is_quicker)
    tally_sitting(session, province.sitting, now=NOON + 2 * SECOND)
    session.expire_all()
    assert session.get_one(TallyRun, province.sitting).made_at == NOON + SECOND


def test_looking_again_tallies_only_after_a_pause_and_only_new_sheets(
    session: Session, province: Province
) -> None:
    def made(after: timedelta) -> datetime:
        session.expire_all()
        run = keep_up(session, province.sitting, now=NOON + after)
        assert run is not None
        return run.made_at

    assert made(0 * SECOND) == NOON
    assert made(5 * SECOND) == NOON  # no sheet came
    hand_in(session, province.sitting, province.cells[0], [1])
    assert made(SECOND / 2) == NOON  # too soon
    assert made(5 * SECOND) == NOON + 5 * SECOND


def test_a_large_sitting_is_tallied_once_a_minute(
    session: Session, province: Province, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(operations, "LARGE", 3)
    hand_in(session, province.sitting, province.cells[0], [1] * 4)
    keep_up(session, province.sitting, now=NOON)
    hand_in(session, province.sitting, province.cells[0], [1])
    run = keep_up(session, province.sitting, now=NOON + 59 * SECOND)
    assert run is not None
    assert run.sheets == 4
    run = keep_up(session, province.sitting, now=NOON + MINUTE)
    assert run is not None
    assert run.sheets == 5


def test_closing_is_seen_at_once_though_no_sheet_came(session: Session, province: Province) -> None:
    hand_in(session, province.sitting, province.cells[0], [1] * 9)
    keep_up(session, province.sitting, now=NOON)
    assert rows(session, province.sitting)[province.cells[0]].published == 0
    close(session, province.sitting, NOON + SECOND)
    keep_up(session, province.sitting, now=NOON + SECOND)
    assert rows(session, province.sitting)[province.cells[0]].published == 9
    keep_up(session, province.sitting, now=NOON + SECOND + 2 * MINUTE)
    session.expire_all()
    assert session.get_one(TallyRun, province.sitting).final is True
    assert session.scalars(select(LiveTally)).all() == []


def test_an_open_sitting_remembers_what_it_showed(session: Session, province: Province) -> None:
    cell = province.cells[0]
    hand_in(session, province.sitting, cell, [0, 1, 2, 3] * 3)
    keep_up(session, province.sitting, now=NOON)
    first = rows(session, province.sitting)[cell]
    assert (first.answered, first.published) == (12, 7)
    content = first.content
    hand_in(session, province.sitting, cell, [4] * 4)
    keep_up(session, province.sitting, now=NOON + MINUTE)
    second = rows(session, province.sitting)[cell]
    assert (second.answered, second.published, second.content) == (16, 7, content)
    hand_in(session, province.sitting, cell, [4])
    keep_up(session, province.sitting, now=NOON + 2 * MINUTE)
    third = rows(session, province.sitting)[cell]
    assert (third.answered, third.published) == (17, 12)


def test_the_denominator_is_what_it_was_when_the_sitting_opened(
    session: Session, province: Province
) -> None:
    from survey.units.models import Headcount

    with db.writing(session):
        later = NOON + MINUTE
        session.add(Headcount(unit_id=province.cells[0], since=later, total=99, eligible=99))
    tally_sitting(session, province.sitting, now=finish(session, province.sitting))
    assert rows(session, province.sitting)[province.cells[0]].expected == 20


def test_halls_hold_the_sheets_of_their_doors_and_of_their_cells(
    session: Session, province: Province
) -> None:
    north, south = province.halls.values()
    hand_in(session, province.sitting, province.cells[0], [1] * 6, hall=north)
    hand_in(session, province.sitting, province.cells[1], [2] * 3)
    hand_in(session, province.sitting, province.cells[3], [3] * 7, hall=south)
    tally_sitting(session, province.sitting, now=finish(session, province.sitting))
    halls = session.scalars(select(HallTally).order_by(HallTally.hall_id))
    assert [(hall.hall_id, hall.answered, hall.withheld) for hall in halls] == [
        (north, 9, False),
        (south, 7, False),
    ]


def test_the_store_is_held_only_while_writing(session: Session, province: Province) -> None:
    """Reading and adding up come first: whoever hands in must not wait for them."""
    said: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *call: said.append(call[2]))
    hand_in(session, province.sitting, province.cells[0], [1] * 6)
    said.clear()
    tally_sitting(session, province.sitting, now=NOON + MINUTE)
    verbs = [text.split()[0] for text in said]
    begins = [n for n, text in enumerate(said) if text == "BEGIN IMMEDIATE"]
    assert len(begins) == 1
    assert set(verbs[: begins[0]]) <= {"BEGIN", "SELECT", "WITH"}
