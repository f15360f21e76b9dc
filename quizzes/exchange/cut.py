"""A document cut into questions, answer tables, and what stands between them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from quizzes.exchange.answers import (
    begins_table,
    is_answer_head,
    is_column_head,
    is_table_row,
    pairs_in,
)
from quizzes.exchange.lines import (
    Line,
    Mark,
    Start,
    is_citation,
    is_heading,
    is_last,
    is_page_number,
    line_of,
    pair_in,
    start_of,
)
from quizzes.exchange.words import Field

_AHEAD = 30  # lines to look for a question's options


class BlockKind(Enum):
    """What a run of lines is."""

    QUESTION = auto()
    ANSWERS = auto()
    BETWEEN = auto()


@dataclass(slots=True)
class Block:
    """A run of lines. A question's first line has lost its number, and may be empty now."""

    kind: BlockKind
    lines: list[Line]
    number: tuple[int, ...] | None = None


def cut(lines: Sequence[Line]) -> list[Block]:
    """The blocks in order; every line is in exactly one."""
    return _Cutter(lines).blocks


class _Cutter:
    """Walks the lines once. `_word` is how this document numbers its questions: "câu", "bài",
    "question", "" for a bare number, None for not at all."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines
        self._starts: list[Start | None] = [start_of(line.text) for line in lines]
        self._pairs = [pair_in(line.text, line.mark) for line in lines]
        words = Counter(start.word for start in self._starts if start)
        named = [word for word, _ in words.most_common() if word]
        self._word = named[0] if named else ("" if words else None)
        self.blocks = [Block(BlockKind.BETWEEN, [])]
        self._known: set[int] = set()
        self._forget()
        for index in range(len(lines)):
            self._place(index)

    def _forget(self) -> None:
        self._has_first = self._has_options = self._complete = self._explaining = False
        self._style = ""
        self._listed = 0

    def _place(self, index: int) -> None:
        line, start = self._lines[index], self._starts[index]
        if self._opens_answers(index):
            self.blocks.append(Block(BlockKind.ANSWERS, [line]))
            return
        if self._opens_question(index):
            numbered = start if start and self._accepts(start) else None
            self._forget()
            block = Block(BlockKind.QUESTION, [line], numbered.number if numbered else None)
            if numbered:
                self._known.add(numbered.number[-1])
                block.lines = [line_of(line.number, numbered.rest, apart=line.apart)]
            self.blocks.append(block)
        else:
            self.blocks[-1].lines.append(line)
        self._watch(index)

    def _watch(self, index: int) -> None:
        """Keep up whether the open question has its options or its key by now."""
        mark = self._lines[index].mark
        if mark and mark.nth == 0:
            self._has_first, self._style = True, self._style or mark.style
        if self._pairs[index] or (mark and mark.nth == 1 and self._has_first):
            self._has_options = self._complete = True
        label = self._lines[index].label
        if label:
            self._complete |= label[0] is Field.KEY and bool(label[1])
            self._explaining |= label[0] is Field.EXPLANATION

    @property
    def _kind(self) -> BlockKind:
        return self.blocks[-1].kind

    def _accepts(self, start: Start) -> bool:
        return start.word in ("", self._word)

    def _opens_question(self, index: int) -> bool:
        start = self._starts[index]
        if start is None or not self._accepts(start):
            return self._opens_unnumbered(index)
        if self._kind is BlockKind.ANSWERS:
            fresh = start.word and start.number[-1] not in self._known and len(start.rest) > 12
            return bool(fresh) or self._leads_to_options(index)
        if start.word:
            return True
        if self._kind is BlockKind.BETWEEN:
            return self._word == "" or self._leads_to_options(index)
        return self._counts_on(index, start)

    def _counts_on(self, index: int, start: Start) -> bool:
        """Whether a bare number within a question begins the next one, not a list in the stem."""
        follows = self._follows(start.number)
        if self._word:
            return self._complete and follows and self._leads_to_options(index)
        if self._complete:
            return (follows and not self._explaining) or self._leads_to_options(index)
        if start.number == (self._listed + 1,) and not (follows and self._listed == 0):
            self._listed += 1
            return False
        return follows

    def _follows(self, number: tuple[int, ...]) -> bool:
        before = self.blocks[-1].number
        if before is None:
            return True
        if number[:-1] == before[:-1]:
            return number[-1] == before[-1] + 1
        return number[-1] == 1

    def _opens_unnumbered(self, index: int) -> bool:
        """A paragraph right before an option A, once the question above has its options."""
        line = self._lines[index]
        asks = line.text.endswith(("?", ":", "…", "..."))
        if self._word is not None and not (
            self._kind is BlockKind.QUESTION and self._has_options and asks
        ):
            return False
        if self._kind is BlockKind.QUESTION and not (self._has_options and (line.apart or asks)):
            return False
        if self._kind is BlockKind.ANSWERS or self._is_known_line(index):
            return False
        first = self._first_mark(index)
        if first is None or not self._leads_to_options(index):
            return False
        return self._word is None or self._style in ("", first.style)

    def _is_known_line(self, index: int) -> bool:
        text = self._lines[index].text
        return bool(
            (self._lines[index].mark and not self._pairs[index])
            or self._lines[index].label
            or is_page_number(text)
            or is_heading(text)
            or (self._kind is BlockKind.QUESTION and is_citation(text))
        )

    def _first_mark(self, index: int) -> Mark | None:
        """The option A that the paragraph beginning here runs into."""
        for at in range(index, min(index + _AHEAD, len(self._lines))):
            mark = self._lines[at].mark
            if at > index and mark:
                return mark if mark.nth == 0 else None
            if self._pairs[at]:
                return Mark(0, self._style, "", 0, 0)
            if at > index and self._lines[at].apart:
                return None
        return None

    def _leads_to_options(self, index: int) -> bool:
        """Whether options A and B come before another question does."""
        first = False
        for at in range(index, min(index + _AHEAD, len(self._lines))):
            start, mark = self._starts[at], self._lines[at].mark
            if at > index and start and start.word == self._word:
                return False
            if self._pairs[at] or (first and mark and mark.nth == 1):
                return True
            first = first or bool(mark and mark.nth == 0)
        return False

    def _opens_answers(self, index: int) -> bool:
        if self._kind is BlockKind.ANSWERS:
            return False
        text = self._lines[index].text
        asked = self._kind is BlockKind.QUESTION
        if is_last(text):
            return asked
        if asked and self._complete and len(pairs_in(text)) >= 3:
            return True
        label = self._lines[index].label
        if asked and label and label[0] is Field.KEY and len(pairs_in(label[1])) >= 2:
            return True
        heads = is_answer_head(text) or (is_column_head(text) and begins_table(text))
        return heads and self._entries_at(index + 1)

    def _entries_at(self, index: int) -> bool:
        """Whether the line after a heading is one of an answer table."""
        while index < len(self._lines) and not any(map(str.isalnum, self._lines[index].text)):
            index += 1  # a line ruled below the heading
        if index >= len(self._lines):
            return False
        text, start = self._lines[index].text.strip("| "), self._starts[index]
        if start and start.word and start.word == self._word:
            return start.number[-1] in self._known and not self._leads_to_options(index)
        if start and self._leads_to_options(index):
            return False
        return text[:1].isdecimal() or is_table_row(text) or is_answer_head(text)
