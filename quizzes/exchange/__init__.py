"""Files and pasted text <-> items: one module a format, one report of what was not understood."""

import re
from typing import Literal

from quizzes.exchange.columns import columns_of
from quizzes.exchange.gift import read_gift, write_gift
from quizzes.exchange.report import (
    BLOCKING,
    Aside,
    AsideKind,
    Candidate,
    Code,
    Problem,
    Reading,
)
from quizzes.exchange.table import read_rows, rows_of_csv, write_rows
from quizzes.exchange.text import read_text

__all__ = [
    "BLOCKING",
    "Aside",
    "AsideKind",
    "Candidate",
    "Code",
    "Problem",
    "Reading",
    "detect",
    "read",
    "read_gift",
    "read_rows",
    "read_text",
    "rows_of_csv",
    "write_gift",
    "write_rows",
]

_GIFT_LINE = re.compile(r"^[ \t]*(?:\$CATEGORY:|::[^\n]{1,300}?::)", re.MULTILINE)
_ANSWERS = re.compile(r"\{\s*[=~#]")
_VERDICT = re.compile(
    r"\{[ \t]{0,9}(?:T|TRUE|F|FALSE)?[ \t]{0,9}(?:#[^{}]*)?\}[ \t]{0,9}$", re.MULTILINE
)


def detect(text: str) -> Literal["gift", "text", "table"]:
    """What a pasted text is: GIFT by its titles or braces, a table by a header between tabs."""
    if any(sign.search(text) for sign in (_GIFT_LINE, _ANSWERS, _VERDICT)):
        return "gift"
    first = text.lstrip().split("\n", 1)[0]
    return "table" if "\t" in first and columns_of(first.split("\t")) else "text"


def read(text: str) -> Reading:
    """A pasted text in whichever of the formats it is."""
    match detect(text):
        case "gift":
            return read_gift(text)
        case "table":
            return read_rows(rows_of_csv(text))
        case "text":
            return read_text(text)
