"""One question of a table: its cells -> a candidate."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from quizzes.exchange.columns import Columns
from quizzes.exchange.cut import Block, BlockKind
from quizzes.exchange.exact import exact_options, letter, letters_read
from quizzes.exchange.keys import Choice, Told, settle, verdict_in
from quizzes.exchange.lines import Line, line_of, mark_of
from quizzes.exchange.options import kind_of, noted, options_of, sign_after
from quizzes.exchange.question import read_question, signed
from quizzes.exchange.report import Candidate, Code, Problem, judged
from quizzes.exchange.words import (
    FALSE,
    KINDS,
    TRUE,
    UNSUPPORTED_KINDS,
    Field,
    bare,
    fold,
    letters_lost,
    level_of,
    tidy,
)
from quizzes.item import ItemKind, Option

_TICKS = frozenset({"x", "1", "true", "đúng", "✓", "✔", "v", "đ", "yes", "có"})
_NO_KIND = frozenset(
    {"", "trắc nghiệm", "nhiều lựa chọn", "trắc nghiệm nhiều lựa chọn", "multiple choice", "mcq"}
)


@dataclass(slots=True)
class Row:
    """The filled cells of a question, those of the rows below that add options included."""

    first: int
    last: int
    fields: dict[Field, str]
    options: list[Choice]
    told: list[Told]

    @classmethod
    def of(cls, number: int, cells: Sequence[str], columns: Columns) -> "Row":
        """The cells of one row, told apart by their columns."""

        def cell(at: int) -> str:
            return cells[at] if at < len(cells) else ""

        fields = {name: text for name, at in columns.fields.items() if (text := cell(at))}
        options = [Choice(letter(index), cell(at)) for index, at in columns.options]
        while options and not options[-1].text:
            options.pop()
        told = []
        if columns.truth:
            verdicts = zip((TRUE, FALSE), columns.truth, strict=True)
            told = [Told(number, word) for word, at in verdicts if _ticked(cell(at))]
        row = cls(number, number, fields, options, told)
        row._take_cell()
        return row

    def _take_cell(self) -> None:
        """The cell that holds options, a line each, and the key: a tick at one, or its name."""
        cell, key = self.fields.get(Field.OPTIONS, ""), self.fields.get(Field.KEY, "")
        found = _choices_in(cell, self.first) if cell else []
        if len(found) == 1 and not self.options:
            if _ticked(key):
                found = [replace(found[0], marked=True)]
            elif key and bare(key) not in ("0", "false", "no"):
                self.told.append(Told(self.first, key))
        elif key:
            self.told.append(Told(self.first, key))
        self.options += found

    def add(self, below: "Row") -> None:
        """Take over the options of a row that has no question of its own."""
        self.last = below.last
        self.told += below.told
        for choice in below.options:
            label = letter(len(self.options)) if len(self.options) < 26 else ""
            self.options.append(replace(choice, label=label))


def _ticked(cell: str) -> bool:
    return bare(cell) in _TICKS


def _choices_in(cell: str, number: int) -> list[Choice]:
    """The options in one cell: lettered, on one line or several; or simply a line each."""
    lines = [line_of(number, tidy(line)) for line in cell.split("\n") if line.strip()]
    if lines[0].mark:
        draft = read_question(Block(BlockKind.QUESTION, [Line(number, ""), *lines]))
        signs = signed(draft.parts)
        return [
            Choice(part.label, tidy(" ".join(part.text)), marked)
            for part, marked in zip(draft.parts, signs, strict=True)
        ]
    return [_signed(letter(at), line.text) for at, line in enumerate(lines[:26])]


def _signed(label: str, text: str) -> Choice:
    """ "* Ba" and "Ba @" are marked."""
    bare_text, marked = sign_after(text.removeprefix("*").strip())
    return Choice(label, bare_text, marked or text.startswith("*"))


def candidate_of(row: Row, *, exact: bool) -> Candidate:
    """The candidate; `exact` says that the table is one of ours."""
    pinned = letters_read(row.fields.get(Field.PINNED, "")) if exact else None
    key = letters_read(row.fields.get(Field.KEY, "")) if exact else None
    if pinned is not None and key is not None:
        options = exact_options(row.options, key, pinned)
        return _built(row, options, stem=row.fields.get(Field.STEM, ""), problems=[])
    stem, problems = noted(tidy(row.fields.get(Field.STEM, "")), row.first)
    choices, told = _choices(row)
    settled = settle(choices, row.told, line=row.first)
    options, names = options_of(choices, settled.key, line=row.first)
    problems += [*told, *settled.problems, *names]
    candidate = _built(row, options, stem=stem, problems=problems)
    if settled.rests:
        explanation = tidy("\n".join((*settled.rests, candidate.explanation)))
        return replace(candidate, explanation=explanation)
    return candidate


def _choices(row: Row) -> tuple[list[Choice], list[Problem]]:
    """The options tidied: signs, letters of their own ("B. Ba" in column B) and notes taken off."""
    if not row.options:
        tells = any(verdict_in(told.raw) for told in row.told)
        return ([Choice("A", TRUE), Choice("B", FALSE)] if tells else []), []
    marks = [mark_of(choice.text) for choice in row.options]
    lettered = all(mark and mark.nth == at for at, mark in enumerate(marks))
    choices, problems = [], []
    for choice, mark in zip(row.options, marks, strict=True):
        text = choice.text[mark.to :] if lettered and mark else choice.text
        signed_one = _signed(choice.label, tidy(text))
        marked = choice.marked or signed_one.marked or bool(lettered and mark and mark.sign)
        text, told = noted(signed_one.text, row.first)
        choices.append(Choice(choice.label, text, marked))
        problems += told
    return choices, problems


def _built(
    row: Row, options: tuple[Option, ...], *, stem: str, problems: list[Problem]
) -> Candidate:
    fields, line = row.fields, row.first
    kind, told = _kind(fields.get(Field.KIND, ""), line)
    problems = [*problems, *told]
    level = fields.get(Field.LEVEL, "")
    if level and level_of(level) is None:
        problems.append(Problem(Code.LEVEL_UNKNOWN, line, level))
    if any(map(letters_lost, (*fields.values(), *(option.text for option in options)))):
        problems.append(Problem(Code.LETTERS_LOST, line, stem))
    key = frozenset(index for index, option in enumerate(options) if option.correct)
    choices = [Choice("", option.text) for option in options]
    return judged(
        Candidate(
            kind=kind or kind_of(choices, key),
            stem=stem,
            options=options,
            first_line=line,
            last_line=row.last,
            explanation=fields.get(Field.EXPLANATION, ""),
            level=level_of(level),
            clause=fields.get(Field.CLAUSE, ""),
            problems=tuple(problems),
        )
    )


def _kind(word: str, line: int) -> tuple[ItemKind | None, list[Problem]]:
    folded = fold(word)
    if folded in UNSUPPORTED_KINDS:
        return None, [Problem(Code.UNSUPPORTED, line, UNSUPPORTED_KINDS[folded])]
    kind = KINDS.get(folded)
    if kind is None and folded not in _NO_KIND:
        return None, [Problem(Code.NOT_UNDERSTOOD, line, word)]
    return kind, []
