"""Figures for the interactive layer: sorted bars with whiskers. The page's script gives them its
colours, fonts and margins; every figure stands in a table beneath as well."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from flask_babel import gettext as _

from survey.results.figures import Interval, ItemFigure, Score, score
from survey.results.queries import Gap, Standing
from survey.results.words import gap_words
from survey.web import number, percentage

# More bars than these are no picture any more: then the best and the weakest are drawn.
MOST = 40
BAR, REST = 34, 90  # pixels

Figure = dict[str, Any]


class Bar(NamedTuple):
    """`value` None: an empty place."""

    name: str
    value: Decimal | None = None
    interval: Interval | None = None
    label: str = ""


BETWEEN = Bar("…")


def mean_scores(standings: Iterable[Standing], whole: Score | None) -> Figure:
    """Means of 0-100, the best first, each with its interval; withheld ones as hatched gaps."""
    scored: list[Bar] = []
    gaps: list[tuple[str, Gap]] = []
    for name, standing in _apart(standings):
        shown = score(standing.tally)
        if shown is not None:
            scored.append(Bar(name, shown.mean, shown.interval, number(shown.mean, 1)))
        elif standing.gap in (Gap.FEW, Gap.SHIELD):
            gaps.append((name, standing.gap))
    scored.sort(key=lambda bar: bar.value or 0, reverse=True)
    if len(scored) > MOST:
        scored, gaps = [*scored[: MOST // 2], BETWEEN, *scored[-MOST // 2 :]], []
    figure = _figure(scored)
    if gaps:
        figure["data"].append(_hatched(gaps))
        figure["layout"]["height"] += BAR * len(gaps)
    if whole is not None:
        _draw_whole(figure["layout"], whole.mean)
    return figure


def item_shares(items: Iterable[ItemFigure]) -> Figure:
    """The share of right answers to each question in percent, in the order given."""
    return _figure(
        [
            Bar(
                _("Câu %(number)d", number=item.number),
                item.right,
                item.interval,
                percentage(item.right, 0),
            )
            for item in items
        ]
    )


def _apart(standings: Iterable[Standing]) -> list[tuple[str, Standing]]:
    """With names that differ: bars of one name would fall on one another."""
    seen: Counter[str] = Counter()
    apart = []
    for standing in standings:
        seen[standing.name] += 1
        again = seen[standing.name]
        name = standing.name if again == 1 else f"{standing.name} ({again})"
        apart.append((name, standing))
    return apart


def _figure(bars: Sequence[Bar]) -> Figure:
    import plotly.graph_objects as go

    trace = go.Bar(
        orientation="h",
        x=[None if bar.value is None else float(bar.value) for bar in bars],
        y=[bar.name for bar in bars],
        text=[bar.label for bar in bars],
        textposition="inside",
        insidetextanchor="start",
        hovertemplate="%{y}: %{x:.1f}<extra></extra>",
        error_x={
            "type": "data",
            "symmetric": False,
            "array": [_reach(bar)[1] for bar in bars],
            "arrayminus": [_reach(bar)[0] for bar in bars],
        },
        meta={"colour": "chart-1"},
    )
    layout = {
        "barmode": "overlay",
        "showlegend": False,
        "height": BAR * len(bars) + REST,
        "xaxis": {"range": [0, 100]},
        "yaxis": {"autorange": "reversed"},
    }
    return {"data": [trace.to_plotly_json()], "layout": layout}


def _reach(bar: Bar) -> tuple[float, float]:
    """How far the whisker goes down and up from the end of the bar."""
    if bar.value is None or bar.interval is None:
        return 0.0, 0.0
    low, high = bar.interval
    return float(bar.value - low), float(high - bar.value)


def _hatched(gaps: Iterable[tuple[str, Gap]]) -> dict[str, Any]:
    import plotly.graph_objects as go

    names, reasons = zip(*((name, gap_words(gap)) for name, gap in gaps), strict=True)
    trace: dict[str, Any] = go.Bar(
        orientation="h",
        x=[100] * len(names),
        y=list(names),
        hovertext=list(reasons),
        hovertemplate="%{y}: %{hovertext}<extra></extra>",
        opacity=0.5,
        marker={"pattern": {"shape": "/", "fillmode": "replace", "solidity": 0.2}},
        meta={"colour": "edge"},
    ).to_plotly_json()
    return trace


def _draw_whole(layout: dict[str, Any], mean: Decimal) -> None:
    """The mean of the whole, as a line across its parts."""
    at = {"yref": "paper", "y0": 0, "y1": 1, "x0": float(mean), "x1": float(mean)}
    stroke = {"color": "#857A71", "width": 1.5, "dash": "dot"}
    layout["shapes"] = [{"type": "line", **at, "line": stroke}]
    words = _("chung %(mean)s", mean=number(mean, 1))
    above = {"yref": "paper", "y": 1, "yanchor": "bottom", "showarrow": False}
    layout["annotations"] = [{"text": words, "x": float(mean), **above}]
