"""From the sheets of each cell in each hall to the counts of every unit and hall above."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import SystemRandom

from quizzes.disclosure import LEAST, withheld
from quizzes.paper import Paper
from quizzes.tally import Tally
from survey.results.crossing import hidden_halls
from survey.units.queries import Tree

Place = tuple[int, int | None]  # (cell, hall)
Pile = Mapping[str, int]  # {answers as stored: sheets that say just that}


@dataclass(frozen=True, slots=True)
class Count:
    """Sheets: how many are in, and the tally that may be shown of them, or of some of them."""

    answered: int
    tally: Tally

    def __add__(self, other: "Count") -> "Count":
        return Count(self.answered + other.answered, self.tally + other.tally)


@dataclass(frozen=True, slots=True)
class Live:
    """Of one place of an open sitting: what is shown, and what will be shown next.

    Two looks at a mean tell the score of whoever came between them, so what is shown moves by
    LEAST sheets or not at all. While open it stays LEAST behind what is in, so that closing may
    show all at once.
    """

    shown: Tally
    coming: Tally

    def open(self, pile: Pile, now_in: Tally, paper: Paper) -> "Live":
        """A look at an open sitting; `now_in` is the tally of the pile."""
        if not self.shown.n and now_in.n >= 2 * LEAST:
            return Live(Tally.of_encoded(paper, _all_but(LEAST, pile).items()), now_in)
        if self.shown.n and now_in.n - self.coming.n >= LEAST:
            return Live(self.coming, now_in)
        return self

    def closed(self, now_in: Tally) -> "Live":
        """A look after closing, while late sheets may still come."""
        return Live(now_in, now_in) if now_in.n - self.shown.n >= LEAST else self

    def final(self, now_in: Tally) -> "Live":
        """The last one. A few late sheets after a look at the closed sitting are counted as
        answered and left out of the scores, as the difference would tell what they say."""
        few_are_late = self.shown.n and 0 < now_in.n - self.shown.n < LEAST
        return self if few_are_late else Live(now_in, now_in)


@dataclass(frozen=True, slots=True)
class Counted:
    """All that is stored of a sitting. Hidden are those whose tally must not be shown."""

    units: dict[int, Count]
    halls: dict[int, Count]
    hidden_units: frozenset[int]
    hidden_halls: frozenset[int]


def by_place(
    sheets: Iterable[tuple[int, int | None, str, int]],
    called: Mapping[int | None, Iterable[int]],
) -> dict[Place, Pile]:
    """The sheets of each place. One that came through the door of the whole sitting belongs to
    the hall to which its cell was called, where that is one hall only."""
    halls_of: dict[int, list[int | None]] = {}
    for called_to, cells in called.items():
        for cell in cells:
            halls_of.setdefault(cell, []).append(called_to)
    piles: dict[Place, dict[str, int]] = {}
    for cell, hall, answers, times in sheets:
        known = halls_of.get(cell, ())
        place = (cell, known[0] if hall is None and len(known) == 1 else hall)
        pile = piles.setdefault(place, {})
        pile[answers] = pile.get(answers, 0) + times
    return dict(piles.items())


def _all_but(least: int, pile: Pile) -> Pile:
    """The pile without so many sheets drawn by lot."""
    return Counter(pile) - Counter(SystemRandom().sample(list(pile), least, counts=pile.values()))


def counted(places: Mapping[Place, Count], tree: Tree) -> Counted:
    """Places added up into cells, units and halls, and what of these must stay hidden."""
    cells: dict[int, Count] = {}
    halls: dict[int, Count] = {}
    for (cell, hall), count in places.items():
        cells[cell] = cells[cell] + count if cell in cells else count
        if hall is not None:
            halls[hall] = halls[hall] + count if hall in halls else count
    units = _rolled_up(cells, tree)
    hidden = _hidden_units(units, tree)
    blocks = {cell: _block(cell, hidden, tree) for cell in cells}
    crossed: dict[tuple[int | None, int | None], int] = {}
    for (cell, hall), count in places.items():
        key = blocks[cell], hall
        crossed[key] = crossed.get(key, 0) + count.tally.n
    return Counted(units, halls, hidden, hidden_halls(crossed, LEAST))


def _rolled_up(cells: Mapping[int, Count], tree: Tree) -> dict[int, Count]:
    """{unit: its count}, for the cells and every unit above them, each added once to the next."""
    depth = {unit: len(tree.path(unit)) for cell in cells for unit in tree.path(cell)}
    units = {cell: count for cell, count in cells.items() if cell in tree}
    for unit in sorted(depth, key=depth.__getitem__, reverse=True):
        parent = tree[unit].parent_id
        if parent is not None and parent in tree:
            units[parent] = units[parent] + units[unit] if parent in units else units[unit]
    return units


def _hidden_units(units: Mapping[int, Count], tree: Tree) -> frozenset[int]:
    counts = {unit: count.tally.n for unit, count in units.items()}
    children: dict[int | None, list[int]] = {}
    for unit in units:
        parent = tree[unit].parent_id
        children.setdefault(parent if parent in counts else None, []).append(unit)
    below = {unit: children.get(unit, []) for unit in units}
    return frozenset().union(*(withheld(counts, below, root) for root in children.get(None, ())))


def _block(cell: int, hidden: frozenset[int], tree: Tree) -> int | None:
    """The lowest shown unit that holds the cell."""
    return next((unit for unit in reversed(tree.path(cell)) if unit not in hidden), None)


@dataclass(frozen=True, slots=True)
class Call:
    """Who was called: cells, and what is expected of those that have a headcount."""

    cells: int = 0
    uncounted: int = 0
    expected: int | None = None  # None: no cell has a headcount; unknown is not none
    counted: int = 0  # sheets from the cells that have one, to be compared with `expected`

    def __add__(self, other: "Call") -> "Call":
        known = [e for e in (self.expected, other.expected) if e is not None]
        return Call(
            self.cells + other.cells,
            self.uncounted + other.uncounted,
            sum(known) if known else None,
            self.counted + other.counted,
        )


def calls(
    cells: Iterable[int], heads: Mapping[int, int], units: Mapping[int, Count], tree: Tree
) -> tuple[Call, dict[int, Call]]:
    """The call of the whole sitting, and of every unit that was called or stands above one."""
    whole = Call()
    of_units: dict[int, Call] = {}
    for cell in cells:
        sheets = units[cell].answered if cell in units else 0
        call = Call(1, 0, heads[cell], sheets) if cell in heads else Call(1, 1)
        whole += call
        for unit in tree.path(cell):
            of_units[unit] = of_units.get(unit, Call()) + call
    return whole, of_units
