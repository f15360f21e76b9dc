"""What the page of the roll shows to whom: halls and cells with what was expected and noted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.roll.counting import Counts
from survey.roll.queries import expected, present_in_cells, present_in_halls
from survey.sittings.models import Hall, Sitting
from survey.sittings.queries import cells_called
from survey.text import sort_key
from survey.units.queries import Tree


class CellLine(NamedTuple):
    id: int
    code: str
    place: str
    expected: int | None  # None: never counted
    noted: Counts | None

    @property
    def beyond(self) -> bool:
        """More people than the cell has: not impossible (a guest, an old headcount), but said."""
        return (
            self.noted is not None and self.expected is not None and sum(self.noted) > self.expected
        )


class HallLine(NamedTuple):
    id: int
    name: str
    expected: int
    noted: int | None

    @property
    def beyond(self) -> bool:
        return self.noted is not None and self.noted > self.expected > 0


class Group(NamedTuple):
    """The cells under one unit, and how many of them have written down their figures."""

    id: int
    place: str
    cells: int
    noted: int


@dataclass(frozen=True, slots=True)
class RollSheet:
    halls: list[HallLine]
    cells: list[CellLine]

    @property
    def expected(self) -> int:
        return sum(cell.expected or 0 for cell in self.cells)

    @property
    def present(self) -> int:
        return sum(cell.noted[0] for cell in self.cells if cell.noted)

    @property
    def noted(self) -> int:
        return sum(cell.noted is not None for cell in self.cells)

    def under(self, tree: Tree, unit_id: int) -> "RollSheet":
        """The same with only the cells below this unit."""
        return RollSheet([], [cell for cell in self.cells if unit_id in tree.path(cell.id)])

    def groups(self, tree: Tree) -> list[Group]:
        held: dict[int, list[CellLine]] = {}
        for cell in self.cells:
            held.setdefault(tree[cell.id].parent_id or cell.id, []).append(cell)
        return [
            Group(unit, tree.place(unit), len(cells), sum(c.noted is not None for c in cells))
            for unit, cells in held.items()
        ]


def roll_of(
    session: Session, sitting: Sitting, tree: Tree, top: int | None, *, now: datetime
) -> RollSheet:
    """The cells of this subtree (None: all) that are called to the sitting, in the order of the
    tree, and the halls that it hosts."""
    called = cells_called(session, sitting, tree)
    wanted = {cell for cells in called.values() for cell in cells}
    mine = _within(tree, top)
    # Counted as of the opening: nobody mends the denominator afterwards.
    figures = expected(session, wanted, sitting.opens_at or now)
    noted = present_in_cells(session, sitting.id)
    cells = [
        CellLine(cell, tree[cell].code, tree.place(cell), figures.get(cell), noted.get(cell))
        for cell in mine
        if cell in wanted
    ]
    in_halls = present_in_halls(session, sitting.id)
    halls = [
        HallLine(hall.id, hall.name, _sum(figures, called.get(hall.id, ())), in_halls.get(hall.id))
        for hall in _halls(session, sitting)
        if top is None or hall.unit_id in mine
    ]
    return RollSheet(halls, cells)


def _within(tree: Tree, top: int | None) -> dict[int, None]:
    tops = tree.roots if top is None else [top] if top in tree else []
    return dict.fromkeys(unit for each in tops for unit in tree.under(each))


def _halls(session: Session, sitting: Sitting) -> list[Hall]:
    halls = session.scalars(select(Hall).where(Hall.conference_id == sitting.conference_id))
    return sorted(halls, key=lambda hall: sort_key(hall.name))


def _sum(figures: dict[int, int], cells: Iterable[int]) -> int:
    return sum(figures.get(cell, 0) for cell in cells)
