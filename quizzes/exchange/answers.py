"""Answer tables: "1-A 2-B", "Câu 1: A", a row of numbers above a row of letters, a cell a line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from quizzes.exchange.keys import Told
from quizzes.exchange.lines import Line, is_heading, is_page_number, start_of
from quizzes.exchange.report import Aside, AsideKind, Code, Problem
from quizzes.exchange.words import Field, fold

_HEAD = re.compile(
    r"[\W_]{0,6}(?:bảng |phần )?(?:đáp án|lời giải|hướng dẫn (?:giải|chấm)|answer key|answers)"
    r"(?: (?:đúng|và lời giải|chi tiết|trắc nghiệm|tham khảo|(?:mã )?đề(?: số)? ?\w{1,6})){0,3}"
    r"[\W_]{0,6}",
    re.IGNORECASE,
)
_COLUMN = r"(?:stt|tt|câu hỏi|câu số|câu|số|đáp án đúng|đáp án|phương án đúng|no)"
_COLUMNS = re.compile(
    rf"[| ]{{0,3}}{_COLUMN}(?:[ |,;:–-]{{1,3}}{_COLUMN}){{0,4}}[ |:]{{0,3}}", re.IGNORECASE
)
_CELLS = re.compile(_COLUMN, re.IGNORECASE)
_PAIR = re.compile(
    r"(?:câu(?: hỏi)? ?)?(\d{1,4}) ?[-–.:)=|>→]{0,2} ?"
    r"\(?(đúng|sai|true|false|[a-hđs](?:(?: ?[,;+&] ?)[a-h](?!\w)(?! ?[-–.:)=]))*)\)?(?!\w)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"[\s,;|/.]*")
_ORDINAL = re.compile(r"\d{1,4}[ |.:)–-]{1,3}(?=câu )", re.IGNORECASE)
_NUMBERS = re.compile(
    rf"(?:{_COLUMN}[ |:]{{1,3}})?(?:câu )?\d{{1,4}}(?:[ |]{{1,3}}(?:câu )?\d{{1,4}})+",
    re.IGNORECASE,
)
_LETTERS = re.compile(
    rf"(?:{_COLUMN}[ |:]{{1,3}})?(?:[a-hđs]|đúng|sai)(?:[ |]{{1,3}}(?:[a-hđs]|đúng|sai))+",
    re.IGNORECASE,
)


@dataclass(slots=True)
class Entry:
    """What a table says of one number. In `solutions` a text that is no key is an explanation."""

    number: int
    told: Told
    solutions: bool = False
    more: list[str] = field(default_factory=list)


def is_answer_head(text: str) -> bool:
    """ "BẢNG ĐÁP ÁN", "Đáp án và lời giải": a heading, if entries follow."""
    return len(text) < 120 and bool(_HEAD.fullmatch(text))


def is_column_head(text: str) -> bool:
    """ "STT | Câu hỏi | Đáp án đúng", or one of these cells."""
    return len(text) < 80 and bool(_COLUMNS.fullmatch(text))


def begins_table(head: str) -> bool:
    """Whether such a header is more than one cell that may stand anywhere."""
    return fold(head) in ("stt", "tt") or len(_CELLS.findall(head)) > 1


def is_table_row(text: str) -> bool:
    """A row of headers, or "Câu 1 2 3"."""
    return is_column_head(text) or bool(_NUMBERS.fullmatch(text))


def pairs_in(text: str) -> list[tuple[int, str]]:
    """ "1-A, 2.B 3c" -> [(1, "A"), (2, "B"), (3, "c")]; nothing unless the line is all pairs."""
    if not text[:1].isdecimal() and text[:1] not in ("c", "C", "("):
        return []
    pairs = []
    at = _edge(text, 0)
    while at < len(text):
        found = _PAIR.match(text, at)
        if not found:
            return []
        pairs.append((int(found[1]), found[2]))
        at = _edge(text, found.end())
    return pairs


def _edge(text: str, at: int) -> int:
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


class AnswerTable:
    """Reads the lines of one table, in order."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.entries: list[Entry] = []
        self.asides: list[Aside] = []
        self.problems: list[Problem] = []
        self._waiting: list[int] = []  # numbers whose keys come on a later line
        self._open = False  # whether the last entry may go on
        self._solutions = False
        for line in lines:
            kind = self._take(line)
            if kind is None:
                self.problems.append(Problem(Code.NOT_UNDERSTOOD, line.number, line.text))
            else:
                self.asides.append(Aside(kind, line.number, line.text))

    def _take(self, line: Line) -> AsideKind | None:
        text = line.text.strip("| ")
        if line.label and line.label[0] is Field.KEY and pairs_in(line.label[1]):
            text = line.label[1]  # "Đáp án: 1B, 2A"
        text = _ORDINAL.sub("", text, count=1) if _ORDINAL.match(text) else text
        if is_answer_head(text):
            self._solutions = "giải" in text.casefold() and "đáp án" not in text.casefold()
            return AsideKind.HEADING
        if is_column_head(text):
            return AsideKind.HEADING
        if self._take_grid(line, text) or self._take_entry(line, text):
            return AsideKind.ANSWER_TABLE
        if is_heading(text):
            return AsideKind.HEADING
        if is_page_number(text):
            return AsideKind.PAGE_NUMBER
        if self._open and self.entries:
            self.entries[-1].more.append(text)
            return AsideKind.ANSWER_TABLE
        return None

    def _take_grid(self, line: Line, text: str) -> bool:
        """A line that is all pairs, all numbers, or all letters below such numbers."""
        pairs = pairs_in(text)
        if not pairs and self._waiting and _LETTERS.fullmatch(text):
            keys = re.findall(r"(?<!\w)(?:[a-hđs]|đúng|sai)(?!\w)", text, re.IGNORECASE)
            if len(keys) == len(self._waiting):
                pairs, self._waiting = list(zip(self._waiting, keys, strict=True)), []
        if not pairs and _NUMBERS.fullmatch(text):
            self._waiting = [int(number) for number in re.findall(r"\d+", text)]
            return True
        for number, key in pairs:
            self._add(number, line, key)
        self._open = self._open and not pairs
        return bool(pairs)

    def _take_entry(self, line: Line, text: str) -> bool:
        """A number with its key; a number alone; the key of the number above."""
        start = start_of(text)
        if start and start.rest:
            self._add(start.number[-1], line, start.rest)
            self._open = True
            return True
        if start or (text.isdecimal() and len(text) <= 4):
            self._waiting = [start.number[-1] if start else int(text)]
            return True
        if len(self._waiting) == 1:
            self._add(self._waiting.pop(), line, text)
            self._open = True
            return True
        return False

    def _add(self, number: int, line: Line, raw: str) -> None:
        self.entries.append(Entry(number, Told(line.number, raw), self._solutions))
