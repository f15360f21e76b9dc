"""A unit's page put together: its figures in the order asked for, its charts, what they say."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask_babel import gettext as _

from quizzes.disclosure import LEAST
from survey.results import charts, figures
from survey.results.figures import BandFigure, ClauseFigure, ItemFigure, Score
from survey.results.queries import Gap, Overview, Standing
from survey.results.words import summary
from survey.web import number, percentage

PAPER, WEAK = "paper", "weak"


@dataclass(frozen=True, slots=True)
class Line:
    """A unit or a hall as a row of a table."""

    standing: Standing
    score: Score | None
    bands: tuple[BandFigure, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    figure: charts.Figure
    message: str


@dataclass(frozen=True, slots=True)
class UnitPage:
    summary: str
    own: Line
    lines: list[Line]
    sort: str
    lines_chart: Chart | None
    clauses: list[ClauseFigure]
    items: list[ItemFigure]
    order: str
    items_chart: Chart | None
    is_cell: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """The same unit before and after, by group and never by person."""

    sitting_id: int  # the one before
    before: Line
    after: Line

    @property
    def difference(self) -> Decimal | None:
        if self.before.score is None or self.after.score is None:
            return None
        return self.after.score.mean - self.before.score.mean


def line(standing: Standing) -> Line:
    tally = standing.tally
    return Line(standing, figures.score(tally), tuple(figures.bands(tally)) if tally else ())


def unit_page(seen: Overview, asked: Mapping[str, str]) -> UnitPage:
    own = line(seen.own)
    lines = [line(child) for child in seen.children]
    sort = asked.get("sort", "")
    sort = sort if sort.removeprefix("-") in SORTS else "name"
    tally = seen.own.tally
    items = figures.items(seen.paper, tally) if tally else []
    order = PAPER if asked.get("items") == PAPER else WEAK
    items = items if order == PAPER else figures.weakest_first(items)
    return UnitPage(
        summary=summary(seen.own, own.score),
        own=own,
        lines=sorted_lines(lines, sort),
        sort=sort,
        lines_chart=_lines_chart(lines, own.score),
        clauses=figures.clauses(seen.paper, tally) if tally else [],
        items=items,
        order=order,
        items_chart=_items_chart(items),
        is_cell=not seen.children,
    )


# ------------------------------------------------------------------ the table of what is below

SORTS: Mapping[str, Callable[[Line], Decimal | int | None] | None] = {
    "name": None,  # as they come, which is Vietnamese order
    "expected": lambda line: line.standing.expected,
    "present": lambda line: line.standing.present,
    "answered": lambda line: line.standing.answered,
    "participation": lambda line: line.standing.participation,
    "mean": lambda line: line.score.mean if line.score else None,
}


def sorted_lines(lines: Iterable[Line], sort: str) -> list[Line]:
    """By a key of SORTS, "-" before it for downwards; what has no figure always comes last."""
    key, downwards = SORTS[sort.removeprefix("-")], sort.startswith("-")
    known: list[tuple[Decimal | int, int, Line]] = []
    unknown: list[Line] = []
    for place, line in enumerate(lines):
        value = place if key is None else key(line)
        if value is None:
            unknown.append(line)
        else:
            known.append((-value if downwards else value, place, line))
    return [line for _value, _place, line in sorted(known, key=lambda row: row[:2])] + unknown


# ------------------------------------------------------------------ charts and what they say


def _lines_chart(lines: Sequence[Line], whole: Score | None) -> Chart | None:
    scored = [(line.score.mean, line.standing.name) for line in lines if line.score]
    gaps = sum(line.standing.gap in (Gap.FEW, Gap.SHIELD) for line in lines)
    if not scored or len(scored) + gaps < 2:
        return None
    message = _ends(scored)
    if len(scored) > charts.MOST:
        half = charts.MOST // 2
        message += " " + _(
            "Biểu đồ vẽ %(half)d nơi cao nhất và %(half)d nơi thấp nhất; bảng có đủ.", half=half
        )
    elif gaps:
        message += " " + _(
            "Gạch chéo: không hiển thị do có nhóm dưới %(least)d người trả lời.", least=LEAST
        )
    return Chart(charts.mean_scores([line.standing for line in lines], whole), message)


def _ends(scored: Sequence[tuple[Decimal, str]]) -> str:
    """The best and the weakest, or the only one."""
    best, weakest = max(scored, key=lambda pair: pair[0]), min(scored, key=lambda pair: pair[0])
    if len(scored) == 1:
        return f"{best[1]}: {number(best[0], 1)}."
    return str(
        _(
            "Cao nhất: %(best)s (%(high)s). Thấp nhất: %(weakest)s (%(low)s).",
            best=best[1],
            high=number(best[0], 1),
            weakest=weakest[1],
            low=number(weakest[0], 1),
        )
    )


def _items_chart(items: Sequence[ItemFigure]) -> Chart | None:
    if not items:
        return None
    hardest = figures.weakest_first(items)[0]
    message = _(
        "Khó nhất là câu %(number)d: %(share)s trả lời đúng.",
        number=hardest.number,
        share=percentage(hardest.right),
    )
    return Chart(charts.item_shares(items), message)
