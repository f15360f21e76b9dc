"""One question's lines -> a draft: stem, options, keys as told, explanation, level, clause."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum, auto

from quizzes.exchange.cut import Block
from quizzes.exchange.keys import Told
from quizzes.exchange.lines import (
    HOLLOW,
    LETTERS,
    Line,
    Mark,
    inline_marks,
    is_citation,
    is_heading,
    is_page_number,
)
from quizzes.exchange.opening import LOST, opening_of
from quizzes.exchange.report import Aside, AsideKind, Code, Problem
from quizzes.exchange.words import Field, letters_lost, level_of, stamp_in
from quizzes.item import MOST_OPTIONS, Level


class Target(Enum):
    """Where the next line goes if it says nothing of itself."""

    STEM = auto()
    OPTION = auto()
    KEY = auto()
    EXPLANATION = auto()
    CLAUSE = auto()
    NOTHING = auto()


@dataclass(slots=True)
class Part:
    """One option as it grows."""

    label: str
    sign: str
    line: int
    text: list[str]


@dataclass(slots=True)
class Draft:
    """A question as read; `rest` are the lines behind the heading that ended it."""

    number: tuple[int, ...] | None
    first_line: int
    last_line: int
    stem: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    explanation: list[str] = field(default_factory=list)
    clause: list[str] = field(default_factory=list)
    level: Level | None = None
    problems: list[Problem] = field(default_factory=list)
    stamps: list[Problem] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)
    rest: list[Line] = field(default_factory=list)


_LEVEL_FIRST = re.compile(r"[(\[]([^)\]]{1,20})[)\]] ?[.:]? ?")
_CARRIES_ON = frozenset(
    {"tại", "theo", "của", "và", "với", "về", "trong", "là", "ở", "từ", "đến", "cho", "các"}
    | {"những", "do", "bởi", "số"}
)
_LISTED = re.compile(r"(?:\d{1,2}[.)]|[-–•+]|[a-hđ]\)|[IVX]{1,4}\.) ?\S")


def read_question(block: Block) -> Draft:
    """The draft of one block."""
    return _Question(block).draft


class _Question:
    """Takes the lines one by one; `_target` is where an unannounced line goes."""

    def __init__(self, block: Block) -> None:
        lines = block.lines
        self.draft = Draft(block.number, lines[0].number, lines[0].number)
        self._opening = opening_of(lines)
        self._next = 0
        self._style = self._opening.style if self._opening else ""
        self._target = Target.STEM
        self._last_at = {line.mark.nth: at for at, line in enumerate(lines) if line.mark}
        for at, line in enumerate(lines):
            if self.draft.rest or self._ends(line):
                self.draft.rest.append(line)
            elif line.text:
                self.draft.last_line = line.number
                self._take(at, line)

    @property
    def _complete(self) -> bool:
        return self._next >= 2 or bool(self.draft.told)

    def _ends(self, line: Line) -> bool:
        """A heading behind the options, unless it is the next option or they shout like it."""
        if not self._complete or not is_heading(line.text) or line.label:
            return False
        mark = line.mark
        shouting = bool(self.draft.parts) and all(map(str.isupper, self.draft.parts[-1].text[-1:]))
        return not (mark and mark.nth == self._next) and not (shouting and not line.apart)

    def _take(self, at: int, line: Line) -> None:
        draft, text = self.draft, line.text
        if letters_lost(text):
            draft.problems.append(Problem(Code.LETTERS_LOST, line.number, text))
        stamp = stamp_in(text)
        if stamp:
            draft.stamps.append(Problem(Code.SECRET_MARK, line.number, stamp))
        if stamp == text:
            draft.asides.append(Aside(AsideKind.HEADING, line.number, text))
        elif is_page_number(text) and not self._waits():
            draft.asides.append(Aside(AsideKind.PAGE_NUMBER, line.number, text))
        elif not self._take_label(line) and not self._take_options(at, line):
            self._take_text(line)

    def _waits(self) -> bool:
        """Whether the next line must be the text of what was just announced."""
        if self._target is Target.OPTION:
            return not any(self.draft.parts[-1].text)
        return self._target is Target.KEY or (self._target is Target.STEM and not self.draft.stem)

    def _take_label(self, line: Line) -> bool:
        if not line.label:
            return False
        part, value = line.label
        if part is Field.KEY:
            if value:
                self._tell(line, value)
            else:
                self._target = Target.KEY
        elif part is Field.EXPLANATION:
            self._target = Target.EXPLANATION
            self.draft.explanation.extend([value] if value else [])
        elif part is Field.LEVEL:
            self._take_level(line, value)
        elif part is Field.CLAUSE and self.draft.stem:
            self.draft.clause.append(value)
            self._target = Target.CLAUSE if self._complete else self._target
        elif part is Field.CLAUSE:
            self.draft.stem.append(value)
        else:
            return False
        return True

    def _tell(self, line: Line, value: str) -> None:
        self.draft.told.append(Told(line.number, value))
        self._target = Target.NOTHING if self.draft.stem else Target.STEM

    def _take_level(self, line: Line, value: str) -> None:
        self.draft.level = level_of(value)
        if self.draft.level is None:
            self.draft.problems.append(Problem(Code.LEVEL_UNKNOWN, line.number, value))
        self._target = Target.NOTHING if self._complete else self._target

    def _take_options(self, at: int, line: Line) -> bool:
        """Cut the line at the option letters that count on; False if there is none."""
        if self._opening is None or at < self._opening.at or self._closed():
            return False
        text = line.text
        if self._is_lost(at, text):
            self.draft.problems.append(Problem(Code.MARK_LOST, line.number, text))
            lost = LOST.match(text)
            accepted = [Mark(self._next, self._style, "", 0, lost.end() if lost else 0)]
            self._next += 1
        else:
            accepted = self._leading(line)
        accepted += self._following(at, text, accepted)
        if not accepted:
            return False
        if accepted[0].at > 0:
            self._take_text(Line(line.number, text[: accepted[0].at].strip()))
        edges = [mark.at for mark in accepted[1:]] + [len(text)]
        for mark, end in zip(accepted, edges, strict=True):
            value = text[mark.to : end].strip()
            label = LETTERS[mark.nth] if mark.nth < len(LETTERS) else ""
            self.draft.parts.append(Part(label, mark.sign, line.number, [value] if value else []))
        self._target = Target.OPTION
        return True

    def _closed(self) -> bool:
        """Options are over once two stand there and something else has begun."""
        behind = (Target.EXPLANATION, Target.CLAUSE, Target.NOTHING)
        most = self._next >= len(LETTERS) or len(self.draft.parts) >= MOST_OPTIONS
        return most or (self._next >= 2 and self._target in behind)

    def _is_lost(self, at: int, text: str) -> bool:
        if not LOST.match(text) or self._opening is None:
            return False
        if self._next == 0:
            return self._opening.lost
        later = [index for index, place in self._last_at.items() if place > at]
        return self._next not in later

    def _leading(self, line: Line) -> list[Mark]:
        """The letter at the beginning of the line, if it counts on, or nearly."""
        mark = line.mark
        if mark is None:
            return []
        if mark.nth != self._next:
            if mark.style != self._style or self._next == 0:
                return []
            problem = Problem(Code.LETTER_OUT_OF_ORDER, line.number, line.text)
            self.draft.problems.append(problem)
            if not self._next - 1 <= mark.nth <= self._next + 2:
                self._target = Target.EXPLANATION
                return []
        self._next = mark.nth + 1
        self._style = mark.style
        return [mark]

    def _following(self, at: int, text: str, accepted: Sequence[Mark]) -> list[Mark]:
        """The letters within the line that count on in the same style."""
        found: list[Mark] = []
        begin = accepted[-1].to if accepted else 1
        for mark in inline_marks(text):
            later = self._last_at.get(mark.nth, -1) > at and mark.nth > 0
            if mark.at < begin or mark.style != self._style or mark.nth != self._next or later:
                continue
            found.append(mark)
            self._next += 1
        return found

    def _take_text(self, line: Line) -> None:
        """A line that announces nothing goes on with what is open, or is a citation."""
        draft, text = self.draft, line.text
        if self._target is Target.KEY:
            self._tell(line, text)
        elif self._target is Target.STEM:
            self._take_stem(text)
        elif self._target is Target.EXPLANATION:
            draft.explanation.append(text)
        elif self._target is Target.CLAUSE and not line.apart:
            draft.clause.append(text)
        elif self._is_key_alone(text):
            self._tell(line, text)
        elif self._target is Target.OPTION and not self._leaves_option(line):
            draft.parts[-1].text.append(text)
        else:
            if not is_citation(text):
                problem = Problem(Code.GUESSED_EXPLANATION, line.number, text)
                draft.problems.append(problem)
            draft.explanation.append(text)
            self._target = Target.EXPLANATION

    def _take_stem(self, text: str) -> None:
        level = _LEVEL_FIRST.match(text)
        if not self.draft.stem and level and level_of(level[1]):
            self.draft.level = level_of(level[1])
            text = text[level.end() :].strip()
        if text:
            listed = bool(self.draft.stem) and self.draft.stem[-1].startswith("\n")
            breaks = _LISTED.match(text) or (listed and text[0].isupper())
            self.draft.stem.append(("\n" if breaks else " ") + text)

    def _is_key_alone(self, text: str) -> bool:
        """The letter of an option alone on the line behind them all."""
        labels = [part.label for part in self.draft.parts]
        return self._target is Target.OPTION and not self._waits() and text.rstrip(".") in labels

    def _leaves_option(self, line: Line) -> bool:
        """Whether a line behind an option is no part of it: a citation, a list, or set apart."""
        if self._waits() or self._next < 2:
            return False
        last = self.draft.parts[-1].text[-1]
        if last.endswith(",") or last.split()[-1].casefold() in _CARRIES_ON:
            return False
        lists = line.mark is not None and line.mark.nth == 0
        return lists or line.apart or is_citation(line.text)


def signed(parts: Sequence[Part]) -> list[bool]:
    """Which options carry a sign: full ones count before hollow ones, and only one hollow."""
    full = [bool(part.sign) and part.sign not in HOLLOW for part in parts]
    hollow = [bool(part.sign) and part.sign in HOLLOW for part in parts]
    if any(full):
        return full
    return hollow if sum(hollow) == 1 else [False] * len(parts)
