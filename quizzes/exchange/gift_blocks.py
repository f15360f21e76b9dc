"""A GIFT file cut into its questions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_BRACE = re.compile(r"\\.|[{}]")


@dataclass(slots=True)
class GiftBlock:
    """Lines with their numbers: the comments above or among them apart."""

    notes: list[tuple[int, str]] = field(default_factory=list)
    lines: list[tuple[int, str]] = field(default_factory=list)
    category: bool = False
    opened: bool = False
    closed: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """Its first and its last line, comments above and among the answers included."""
        numbers = [number for number, _ in (*self.notes, *self.lines)]
        return min(numbers), max(numbers)

    def add(self, number: int, text: str) -> None:
        """Take one line, and keep up whether the braces are open."""
        self.lines.append((number, text))
        for found in _BRACE.finditer(text):
            self.opened = self.opened or found[0] == "{"
            self.closed = self.closed or (self.opened and found[0] == "}")


def gift_blocks(text: str) -> Iterator[GiftBlock]:
    """The blocks in order. A blank line ends one, or `::` after its braces have closed; within
    open braces it does not, if an answer goes on below it."""
    block = GiftBlock()
    lines = text.split("\n")
    following = _following(lines)
    for number, raw in enumerate(lines, 1):
        line = raw.strip()
        if line.startswith("$CATEGORY:"):
            yield from _ended(block)
            yield GiftBlock(lines=[(number, line)], category=True)
            block = GiftBlock()
        elif not line:
            within = block.opened and not block.closed
            if not (within and following[number - 1][:1] in tuple("=~#}%")):
                yield from _ended(block)
                block = GiftBlock()
        else:
            if block.closed and line.startswith(("::", "//")):
                yield from _ended(block)
                block = GiftBlock()
            if line.startswith("//"):
                block.notes.append((number, line))
            else:
                block.add(number, line)
    yield from _ended(block)


def _ended(block: GiftBlock) -> Iterator[GiftBlock]:
    if block.lines or block.notes:
        yield block


def _following(lines: list[str]) -> list[str]:
    """For each line, the next one below it that isn't blank."""
    below, following = "", []
    for line in reversed(lines):
        following.append(below)
        below = line.strip() or below
    return following[::-1]
