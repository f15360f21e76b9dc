"""Where in a question its options begin."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quizzes.exchange.lines import Line, inline_marks, pair_in

LOST = re.compile(r"[.)] ?(?=[^\s.)])")
"""What is left of "○b. 1921" when the ring took the letter with it."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The line on which option A stands, and in what style; `lost` when its letter is gone."""

    at: int
    style: str
    lost: bool = False


def opening_of(lines: Sequence[Line]) -> Opening | None:
    """Where the options begin.

    Capitals win over small letters, which number lists in stems and citations; a real run over
    a lone letter; letters at the beginning of lines over a mere pair within one.
    """
    later: set[tuple[int, str]] = set()
    found: list[tuple[tuple[bool, ...], int, Opening]] = []
    for at in range(len(lines) - 1, -1, -1):
        mark = lines[at].mark
        if mark and mark.nth == 0:
            run = (1, mark.style[0]) in later or pair_in(lines[at].text, mark)
            rank = (not run, mark.style[0] == "a", False)
            found.append((rank, at, Opening(at, mark.style)))
        else:
            inline = _inline_opening(lines[at].text, later)
            if inline:
                rank = (False, inline[0][0] == "a", inline[1] < 3)
                found.append((rank, at, Opening(at, inline[0])))
        if mark:
            later.add((mark.nth, mark.style[0]))
    if found:
        return min(found, key=lambda one: one[:2])[2]
    return _lost_opening(lines)


def _inline_opening(text: str, later: set[tuple[int, str]]) -> tuple[str, int] | None:
    """(style, how many) of the run A, B … within a line; B may open a later line instead."""
    runs: dict[str, int] = {}
    for mark in inline_marks(text):
        if mark.nth == runs.get(mark.style, 0):
            runs[mark.style] = mark.nth + 1
    if not runs:
        return None
    style = max(runs, key=lambda one: runs[one])
    return (style, runs[style]) if runs[style] > 1 or (1, style[0]) in later else None


def _lost_opening(lines: Sequence[Line]) -> Opening | None:
    """ ". Năm 1930" right above "B. Năm 1945"."""
    for at in range(len(lines) - 1):
        after = lines[at + 1].mark
        if after and after.nth == 1 and LOST.match(lines[at].text):
            return Opening(at, after.style, lost=True)
    return None
