"""Questions as rows of cells, as a spreadsheet or a CSV file gives them."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time

from quizzes.exchange.columns import Columns, columns_of
from quizzes.exchange.exact import OURS, letter, letters_written, pinned_of
from quizzes.exchange.legacy import modern
from quizzes.exchange.lines import is_heading
from quizzes.exchange.report import (
    Aside,
    AsideKind,
    Code,
    Problem,
    Reading,
    with_repeats_told,
)
from quizzes.exchange.row import Row, candidate_of
from quizzes.exchange.words import KIND_WORDS, LEVEL_WORDS, Field, clean, stamp_in
from quizzes.item import Item

_HEADER_WITHIN = 25  # rows above the header: a title, a unit, a date
_CELL, _BREAK = "\x1f", "\x1e"


def rows_of_csv(text: str) -> list[list[str]]:
    """The rows of delimited text; the delimiter is what its first lines hold most: tab ; or ,.

    A quotation mark left open takes all that follows into one cell, so nothing is lost.
    """
    head = "\n".join(text.split("\n", 20)[:20])
    delimiter = max("\t;,", key=head.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    source = io.StringIO(text.lstrip("\ufeff").replace("\0", ""), newline="")
    return list(csv.reader(source, delimiter=delimiter))


def cell_text(value: object) -> str:
    """A cell as its reader saw it: 2.0 is "2", a half "0,5", a date "3/2/1930", True "TRUE"."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            return f"{value:.15g}".replace(".", ",")
        case datetime() if value.time() != time():
            return f"{value.day}/{value.month}/{value.year} {value:%H:%M}"
        case date():
            return f"{value.day}/{value.month}/{value.year}"
    return str(value)


def read_rows(rows: Sequence[Sequence[object]]) -> Reading:
    """Every question of a table, and all that was not understood; rows count from 1."""
    cells, legacy = _modern([[cell_text(value) for value in row] for row in rows])
    found = _header(cells)
    if not found:
        blank = not any(any(row) for row in cells)
        missing = () if legacy or blank else (Problem(Code.NO_HEADER, 1),)
        return Reading("table", (), (*legacy, *missing))
    table = _Table(cells, *found)
    candidates = [
        candidate_of(row, exact=Field.PINNED in found[1].fields) for row in table.questions
    ]
    problems = tuple(sorted((*legacy, *table.problems), key=lambda problem: problem.line))
    return Reading("table", with_repeats_told(candidates), problems, tuple(table.asides))


def _modern(rows: Iterable[Iterable[str]]) -> tuple[list[list[str]], tuple[Problem, ...]]:
    """The cells in Unicode, clean and stripped: told as lines are, a row being a line."""
    joined = "\n".join(
        _CELL.join(_flat(cell).replace("\n", _BREAK) for cell in row) for row in rows
    )
    text, problems = modern(joined)
    cells = [
        [clean(cell.replace(_BREAK, "\n")).strip() for cell in line.split(_CELL)]
        for line in text.split("\n")
    ]
    return cells, problems


def _flat(cell: str) -> str:
    """A cell without the two signs that take the place of its borders and breaks."""
    cell = cell.replace("\r\n", "\n").replace("\r", "\n")
    return cell.replace(_CELL, " ").replace(_BREAK, " ")


def _header(cells: Sequence[Sequence[str]]) -> tuple[int, Columns] | None:
    for number, row in enumerate(cells[:_HEADER_WITHIN], 1):
        columns = columns_of(row)
        if columns:
            return number, columns
    return None


class _Table:
    """The rows under one header: questions, options added below them, and the rest."""

    def __init__(self, cells: Sequence[Sequence[str]], header: int, columns: Columns) -> None:
        self.questions: list[Row] = []
        self.problems = [Problem(Code.COLUMN_UNKNOWN, header, name) for name in columns.unknown]
        self.asides: list[Aside] = []
        self._columns = columns
        self._names = cells[header - 1]
        for number, row in enumerate(cells, 1):
            filled = [cell for cell in row if cell]
            shown = " | ".join(filled)
            stamps = [stamp for cell in filled if (stamp := stamp_in(cell))]
            self.problems += [Problem(Code.SECRET_MARK, number, stamp) for stamp in stamps]
            if not filled:
                continue
            if number == header or list(row) == list(self._names):
                self.asides.append(Aside(AsideKind.HEADING, number, shown))
            elif number > header and self._take(number, row):
                continue
            elif stamps or _is_heading(filled):
                self.asides.append(Aside(AsideKind.HEADING, number, shown))
            else:
                self.problems.append(Problem(Code.NOT_UNDERSTOOD, number, shown))

    def _take(self, number: int, cells: Sequence[str]) -> bool:
        """Whether the row is a question, or one more option of the question above."""
        columns = self._columns
        row = Row.of(number, cells, columns)
        stem, given = row.fields.get(Field.STEM, ""), set(row.fields)
        if not stem and self.questions and given and given <= {Field.OPTIONS, Field.KEY}:
            if Field.OPTIONS not in given:
                return False
            self.questions[-1].add(row)
            return True
        lonely = not row.options and given <= {Field.STEM, Field.NUMBER}
        if lonely and (not stem or is_heading(stem) or stamp_in(stem)):
            return False
        self.questions.append(row)
        return True


def _is_heading(filled: Sequence[str]) -> bool:
    """Whether the row is one heading, numbered or not."""
    words = [cell for cell in filled if not cell.isdecimal()]
    return len(words) == 1 and is_heading(words[0])


def write_rows(items: Iterable[Item]) -> list[list[str]]:
    """A header and a row for each item; `read_rows` gives the same items back but for their ids.

    Every cell is a text, and may begin with "=": write it as one.
    """
    items = list(items)
    most = max((len(item.options) for item in items), default=4)
    header = ["STT", "Câu hỏi", *map(letter, range(most))]
    header += ["Đáp án", "Giải thích", "Mức độ", "Mục", "Loại", OURS]
    return [header, *(_written(number, item, most) for number, item in enumerate(items, 1))]


def _written(number: int, item: Item, most: int) -> list[str]:
    texts = [option.text for option in item.options]
    return [
        str(number),
        item.stem,
        *texts,
        *[""] * (most - len(texts)),
        letters_written(item.key),
        item.explanation,
        LEVEL_WORDS[item.level],
        item.clause or "",
        KIND_WORDS[item.kind],
        pinned_of(item.options),
    ]
