"""The sittings whose results an account may see, as its list shows them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, func, select
from sqlalchemy.orm import Session

from quizzes.scoring import percent
from survey.answering.models import Sheet
from survey.results.models import TallyRun, UnitTally
from survey.sittings.models import Hall, HallUnit, Kind, Sitting, State
from survey.text import fold, sort_key
from survey.units.models import UnitName, UnitParent
from survey.web import ZONE


@dataclass(frozen=True, slots=True)
class Entry:
    """A sitting that has begun. Figures are those of the account's own subtree."""

    id: int
    title: str
    kind: Kind
    place: str  # of a check: the cell and what is above it
    day: date
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Taken:
    """How far a sitting of the list has come."""

    state: State
    answered: int
    participation: Decimal | None  # None until it was first tallied


class _Run(NamedTuple):
    final: bool = False
    answered: int = 0
    counted: int = 0
    expected: int | None = None


class Places:
    """Names and parents as they are today, or last were: what `units.queries.path_of` says of
    one unit, for all of them."""

    def __init__(self, session: Session, today: date) -> None:
        parents = select(UnitParent.unit_id, UnitParent.parent_id).where(UnitParent.since <= today)
        names = select(UnitName.unit_id, UnitName.name).where(UnitName.since <= today)
        # The latest row comes last and stays.
        self._parents = dict(session.execute(parents.order_by(UnitParent.since)).all())
        self._names = dict(session.execute(names.order_by(UnitName.since)).all())

    def path(self, unit: int) -> list[int]:
        """The unit and all above it, itself first."""
        path = [unit]
        while (parent := self._parents.get(path[-1])) is not None:
            path.append(parent)
        return path

    def place(self, unit: int) -> str:
        path = self.path(unit)
        return ", ".join(self._names.get(at, "") for at in (path[:-1] or path))


def entries(session: Session, unit_id: int | None, places: Places, *, now: datetime) -> list[Entry]:
    """Sittings that have begun and call a unit above, at or below this one (None: all), the
    latest first."""
    above = None if unit_id is None else set(places.path(unit_id))
    called = _called(session)
    rows = session.execute(
        select(
            Sitting.id,
            Sitting.title,
            Sitting.kind,
            Sitting.unit_id,
            Sitting.conference_id,
            Sitting.opens_at,
        )
        .where(Sitting.opens_at <= now)
        .order_by(Sitting.opens_at.desc(), Sitting.id.desc())
    )
    return [
        _entry(row, places)
        for row in rows
        if above is None
        or any(
            unit in above or unit_id in places.path(unit)
            for unit in called.get(row.conference_id, (row.unit_id,))
        )
    ]


def found(
    entries: Iterable[Entry], *, wanted: str, kinds: Iterable[Kind], sort: str
) -> list[Entry]:
    """Those of these kinds with all the wanted words; `sort` is title or day, "-" for downwards."""
    words, kinds = fold(wanted).split(), set(kinds)
    kept = [
        entry
        for entry in entries
        if entry.kind in kinds
        and all(word in fold(f"{entry.title} {entry.place}") for word in words)
    ]
    keys: dict[str, Any] = {
        "title": lambda entry: (sort_key(entry.title), sort_key(entry.place)),
        "day": lambda entry: entry.opens_at,
    }
    return sorted(kept, key=keys[sort.removeprefix("-")], reverse=sort.startswith("-"))


def taken(
    session: Session, page: Iterable[Entry], unit_id: int | None, places: Places, *, now: datetime
) -> dict[int, Taken]:
    """How far the sittings of one page have come, in three statements for all of them."""
    ids = [entry.id for entry in page]
    sittings = session.scalars(select(Sitting).where(Sitting.id.in_(ids)))
    runs = _runs(session, ids, unit_id)
    moving = {id for id in ids if id not in runs or not runs[id].final}
    counts = _sheets(session, moving, unit_id, places)
    far = {}
    for sitting in sittings:
        run = runs.get(sitting.id, _Run())
        answered = counts.get(sitting.id, 0) if sitting.id in moving else run.answered
        # Sheets of cells without a headcount are not compared with what the others expect.
        counted = answered - run.answered + run.counted
        share = percent(max(counted, 0), run.expected or 0)
        far[sitting.id] = Taken(sitting.state(now), answered, share)
    return far


def _called(session: Session) -> Mapping[int | None, list[int]]:
    """{conference: the units called to its halls}."""
    called: dict[int | None, list[int]] = {}
    rows = session.execute(
        select(Hall.conference_id, HallUnit.unit_id).join(HallUnit, HallUnit.hall_id == Hall.id)
    )
    for conference, unit in rows:
        called.setdefault(conference, []).append(unit)
    return called


def _entry(row: Row[*tuple[Any, ...]], places: Places) -> Entry:
    is_check = row.kind == Kind.CHECK
    return Entry(
        id=row.id,
        title=row.title,
        kind=row.kind,
        place=places.place(row.unit_id) if is_check else "",
        day=row.opens_at.astimezone(ZONE).date(),
        opens_at=row.opens_at,
    )


def _runs(session: Session, ids: list[int], unit_id: int | None) -> dict[int, _Run]:
    """As last tallied: the unit's own figures, or those of all."""
    runs: Select[*tuple[Any, ...]]
    if unit_id is None:
        runs = select(
            TallyRun.sitting_id,
            TallyRun.final,
            TallyRun.sheets,
            TallyRun.counted,
            TallyRun.expected,
        )
    else:
        own = and_(UnitTally.sitting_id == TallyRun.sitting_id, UnitTally.unit_id == unit_id)
        runs = select(
            TallyRun.sitting_id,
            TallyRun.final,
            UnitTally.answered,
            UnitTally.counted,
            UnitTally.expected,
        ).join(UnitTally, own)
    rows = session.execute(runs.where(TallyRun.sitting_id.in_(ids)))
    return {sitting_id: _Run(*figures) for sitting_id, *figures in rows}


def _sheets(
    session: Session, ids: Iterable[int], unit_id: int | None, places: Places
) -> dict[int, int]:
    """Sheets that are in, of the sittings whose count is not final."""
    rows = session.execute(
        select(Sheet.sitting_id, Sheet.unit_id, func.count())
        .where(Sheet.sitting_id.in_(ids))
        .group_by(Sheet.sitting_id, Sheet.unit_id)
    )
    counts: dict[int, int] = {}
    for sitting_id, cell, count in rows:
        if unit_id is None or unit_id in places.path(cell):
            counts[sitting_id] = counts.get(sitting_id, 0) + count
    return counts
