"""What a page of results shows: units with their figures, rolled up and made fit to be seen."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from quizzes.disclosure import LEAST
from quizzes.paper import Paper
from quizzes.scoring import percent
from quizzes.tally import Tally
from survey import db
from survey.answering.models import Seal
from survey.answering.queries import seal_of
from survey.papers.models import Edition
from survey.papers.queries import load_paper
from survey.results.models import HallTally, TallyRun, UnitTally
from survey.roll.queries import present_in_cells, present_in_halls
from survey.sittings.models import Hall, Kind, Sitting, State
from survey.sittings.queries import day_of
from survey.units.queries import Tree, load_tree


class Gap(StrEnum):
    """Why there are no scores."""

    NOBODY = "nobody"  # has answered
    SOON = "soon"  # shown when a few more have answered, or at the end
    FEW = "few"  # fewer than LEAST have answered
    SHIELD = "shield"  # enough have, but a group of fewer could be worked out


@dataclass(frozen=True, slots=True)
class Standing:
    """One unit or hall at one sitting. Either `tally` or `gap` is None."""

    id: int
    name: str
    kind: str
    answered: int
    tally: Tally | None
    gap: Gap | None
    cells: int = 0
    uncounted: int = 0  # cells without a headcount
    expected: int | None = None  # of the other cells; None: no cell has a headcount
    counted: int = 0  # sheets from these
    noted: int = 0  # cells that wrote down who was present
    present: int | None = None  # in these; None: nobody counted
    excused: int | None = None

    @property
    def participation(self) -> Decimal | None:
        """In percent; of a unit against those expected, of a hall against those present."""
        if self.kind == "hall":
            return percent(self.answered, self.present or 0)
        return percent(self.counted, self.expected or 0)


@dataclass(frozen=True, slots=True)
class Overview:
    """A sitting seen from one unit: the unit, and what is straight below it."""

    sitting: Sitting
    state: State
    paper: Paper
    tree: Tree
    run: TallyRun
    own: Standing
    children: tuple[Standing, ...]
    seal: Seal | None

    @property
    def has_all(self) -> bool:
        """Whether everybody who was called is in the unit or below it."""
        return self.own.cells == self.run.cells


def overview(session: Session, sitting_id: int, unit_id: int, *, now: datetime) -> Overview | None:
    """As last tallied (see `operations.keep_up`); None where it never was, where the unit was not
    in the tree of that day, or where no cell of it was called."""
    sitting, run = session.get(Sitting, sitting_id), session.get(TallyRun, sitting_id)
    if sitting is None or run is None:
        return None
    tree = load_tree(session, day_of(sitting))
    if unit_id not in tree:
        return None
    below = tree.children(unit_id)
    standings = _standings(session, sitting_id, [unit_id, *below], tree)
    if unit_id not in standings:
        return None
    seen = Overview(
        sitting=sitting,
        state=sitting.state(now),
        paper=load_paper(session, sitting.edition_id),
        tree=tree,
        run=run,
        own=standings[unit_id],
        children=tuple(standings[unit] for unit in below if unit in standings),
        seal=seal_of(session, sitting_id),
    )
    return replace(seen, own=_present_in_halls(session, seen)) if seen.has_all else seen


def subtree(session: Session, seen: Overview) -> list[tuple[int, Standing]]:
    """The unit and all below it that were called, each with its depth below the first."""
    units = list(seen.tree.under(seen.own.id))
    standings = _standings(session, seen.sitting.id, units, seen.tree)
    top = len(seen.tree.path(seen.own.id))
    return [
        (len(seen.tree.path(unit)) - top, standings[unit]) for unit in units if unit in standings
    ]


def landing(session: Session, sitting_id: int, unit_id: int | None) -> int | None:
    """Where an account whose subtree begins at `unit_id` (None: everything) begins to read: the
    lowest unit in it that holds all in it that were called. None where no cell was."""
    sitting = session.get_one(Sitting, sitting_id)
    rows = session.execute(
        select(UnitTally.unit_id, UnitTally.cells).where(UnitTally.sitting_id == sitting_id)
    )
    cells: dict[int, int] = dict(rows.all())
    tree = load_tree(session, day_of(sitting))
    tops = [unit_id] if unit_id is not None else tree.roots
    at = max((unit for unit in tops if unit in cells), key=cells.__getitem__, default=None)
    lower = at
    while lower is not None:
        at = lower
        lower = next((u for u in tree.children(at) if cells.get(u) == cells[at]), None)
    return at


def never_tallied(session: Session, sittings: Iterable[int]) -> list[int]:
    """Those of these sittings of which there are no tallies yet."""
    wanted = list(sittings)
    tallied = select(TallyRun.sitting_id).where(TallyRun.sitting_id.in_(wanted))
    known = set(session.scalars(tallied))
    return [sitting_id for sitting_id in wanted if sitting_id not in known]


def other_tops(session: Session, seen: Overview) -> list[int]:
    """The tops of other trees of which cells were called too."""
    tops = [root for root in seen.tree.roots if root != seen.tree.path(seen.own.id)[0]]
    if not tops:
        return []
    called = select(UnitTally.unit_id).where(
        UnitTally.sitting_id == seen.sitting.id, UnitTally.unit_id.in_(tops)
    )
    return list(session.scalars(called))


def halls_overview(session: Session, sitting: Sitting) -> list[Standing]:
    """The halls of a sitting as last tallied."""
    present = present_in_halls(session, sitting.id)
    rows = session.scalars(select(HallTally).where(HallTally.sitting_id == sitting.id))
    tallies = {row.hall_id: row for row in rows}
    halls = session.scalars(
        select(Hall).where(Hall.conference_id == sitting.conference_id).order_by(Hall.id)
    )
    return [_hall(hall, tallies.get(hall.id), present.get(hall.id)) for hall in halls]


def hall_standing(session: Session, sitting_id: int, hall_id: int) -> Standing:
    """One hall by its figures alone, as last tallied."""
    tally = session.get(HallTally, (sitting_id, hall_id))
    return _hall(session.get_one(Hall, hall_id), tally, None)


def sitting_before(session: Session, sitting: Sitting) -> int | None:
    """The sitting before the conference that asked the same paper as this one after it."""
    if sitting.kind != Kind.AFTER:
        return None
    same_paper = select(Edition.paper_id).where(Edition.id == sitting.edition_id)
    found = session.execute(
        select(Sitting.id, Sitting.edition_id)
        .join(Edition, Edition.id == Sitting.edition_id)
        .where(
            Sitting.conference_id == sitting.conference_id,
            Sitting.kind == Kind.BEFORE,
            Edition.paper_id.in_(same_paper),
        )
        .order_by(Sitting.id)
    ).all()
    # Of several, one with the very same edition.
    ranked = sorted(found, key=lambda row: row.edition_id != sitting.edition_id)
    return ranked[0].id if ranked else None


def standing_of(session: Session, sitting_id: int, unit_id: int) -> Standing | None:
    """One unit at a sitting, by its figures alone: without name and roll."""
    row = session.get(UnitTally, (sitting_id, unit_id))
    return None if row is None else _unit(row, "", "", None)


# ------------------------------------------------------------------ rows become standings


class _Present(NamedTuple):
    noted: int = 0
    present: int = 0
    excused: int = 0


def _standings(
    session: Session, sitting_id: int, units: Iterable[int], tree: Tree
) -> dict[int, Standing]:
    present = _present(session, sitting_id, tree)
    tallies = select(UnitTally).where(UnitTally.sitting_id == sitting_id)
    return {
        row.unit_id: _unit(
            row, tree[row.unit_id].name, tree[row.unit_id].kind, present.get(row.unit_id)
        )
        for lot in db.lots(units)
        for row in session.scalars(tallies.where(UnitTally.unit_id.in_(lot)))
    }


def _unit(row: UnitTally, name: str, kind: str, there: _Present | None) -> Standing:
    return Standing(
        id=row.unit_id,
        name=name,
        kind=kind,
        answered=row.answered,
        tally=_shown(row),
        gap=_gap(row),
        cells=row.cells,
        uncounted=row.uncounted,
        expected=row.expected,
        counted=row.counted,
        noted=there.noted if there else 0,
        present=there.present if there else None,
        excused=there.excused if there else None,
    )


def _hall(hall: Hall, row: HallTally | None, present: int | None) -> Standing:
    return Standing(
        id=hall.id,
        name=hall.name,
        kind="hall",
        answered=row.answered if row else 0,
        tally=_shown(row),
        gap=_gap(row),
        present=present,
    )


def _shown(row: UnitTally | HallTally | None) -> Tally | None:
    """The tally, where it may be shown: one that is withheld never leaves its row."""
    return Tally.from_json(row.content) if row is not None and _gap(row) is None else None


def _gap(row: UnitTally | HallTally | None) -> Gap | None:
    if row is None or not row.answered:
        return Gap.NOBODY
    if row.withheld:
        return Gap.FEW if row.published < LEAST else Gap.SHIELD
    return None if row.published else Gap.SOON


def _present(session: Session, sitting_id: int, tree: Tree) -> Mapping[int, _Present]:
    """What the cells wrote down, added up for every unit above them."""
    sums: dict[int, _Present] = {}
    for cell, (present, excused) in present_in_cells(session, sitting_id).items():
        for unit in tree.path(cell):
            was = sums.get(unit, _Present())
            sums[unit] = _Present(was.noted + 1, was.present + present, was.excused + excused)
    return sums


def _present_in_halls(session: Session, seen: Overview) -> Standing:
    """The whole with those present as the halls counted them, where all did and not all cells."""
    own, conference = seen.own, seen.sitting.conference_id
    if conference is None or own.noted == own.cells:
        return own
    halls = set(session.scalars(select(Hall.id).where(Hall.conference_id == conference)))
    present = present_in_halls(session, seen.sitting.id)
    if not halls or halls != set(present):
        return own
    return replace(own, present=sum(present.values()), noted=own.cells, excused=None)
