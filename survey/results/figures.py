"""The figures of a tally as pages, charts and files show them: rounded once, and here."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from quizzes import statistics
from quizzes.item import Item, Option
from quizzes.paper import Clause, Paper
from quizzes.scoring import DEFAULT_BANDS, percent, rounded
from quizzes.tally import ItemTally, Tally

Interval = tuple[Decimal, Decimal]


@dataclass(frozen=True, slots=True)
class Score:
    """A mean of 0-100; no interval of a lone sheet."""

    mean: Decimal
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class BandFigure:
    """`number` is 1 for the best."""

    name: str
    number: int
    lowest: int
    count: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class OptionFigure:
    option: Option
    count: int
    share: Decimal


@dataclass(frozen=True, slots=True)
class ItemFigure:
    """`number` is the item's place in the paper, from 1; `right` the share that has it right."""

    number: int
    item: Item
    clause: Clause | None
    n: int
    count: int
    right: Decimal
    interval: Interval
    options: tuple[OptionFigure, ...]
    skipped: int
    skipped_share: Decimal


@dataclass(frozen=True, slots=True)
class ClauseFigure:
    """`numbers` are those of its items; `clause` None: of the items on no clause."""

    clause: Clause | None
    numbers: tuple[int, ...]
    count: int
    asked: int
    right: Decimal


def score(tally: Tally | None) -> Score | None:
    mean = None if tally is None else statistics.mean(tally)
    if tally is None or mean is None:
        return None
    reach = statistics.interval(tally)
    return Score(rounded(mean), None if reach is None else (rounded(reach[0]), rounded(reach[1])))


def bands(tally: Tally) -> list[BandFigure]:
    return [
        BandFigure(band.name, number, band.lowest, count, _share(count, tally.n))
        for number, (band, count) in enumerate(zip(DEFAULT_BANDS, tally.bands, strict=True), 1)
    ]


def items(paper: Paper, tally: Tally) -> list[ItemFigure]:
    """In paper order."""
    clauses = {clause.id: clause for clause in paper.clauses}
    return [
        _item(number, item, clauses.get(item.clause or ""), counts)
        for number, (item, counts) in enumerate(zip(paper.items, tally.items, strict=True), 1)
    ]


def weakest_first(figures: Sequence[ItemFigure]) -> list[ItemFigure]:
    return sorted(figures, key=lambda figure: (figure.count, figure.number))


def clauses(paper: Paper, tally: Tally) -> list[ClauseFigure]:
    """In the order of the document."""
    of_id = {clause.id: clause for clause in paper.clauses}
    return [
        ClauseFigure(
            clause=of_id.get(id or ""),
            numbers=tuple(n for n, item in enumerate(paper.items, 1) if item.clause == id),
            count=right,
            asked=asked,
            right=_share(right, asked),
        )
        for id, (right, asked) in tally.clause_totals(paper).items()
    ]


def _item(number: int, item: Item, clause: Clause | None, counts: ItemTally) -> ItemFigure:
    low, high = statistics.proportion_interval(counts.right, counts.n) or (0.0, 1.0)
    return ItemFigure(
        number=number,
        item=item,
        clause=clause,
        n=counts.n,
        count=counts.right,
        right=_share(counts.right, counts.n),
        interval=(rounded(100 * low), rounded(100 * high)),
        options=tuple(
            OptionFigure(option, chosen, _share(chosen, counts.n))
            for option, chosen in zip(item.options, counts.chosen, strict=True)
        ),
        skipped=counts.skipped,
        skipped_share=_share(counts.skipped, counts.n),
    )


def _share(part: int, whole: int) -> Decimal:
    return percent(part, whole) or Decimal("0.0")
