"""From choices as found to an item's options: the signs, the notes, the ones that must not move."""

import re
from collections.abc import Iterable, Sequence

from quizzes.exchange.keys import Choice
from quizzes.exchange.report import Code, Problem
from quizzes.exchange.words import bare, is_true_false, others_named, without_edit_notes
from quizzes.item import ItemKind, Option

_SIGN_AFTER = re.compile(
    r" ?(?:@|[✓✔√☑✅]|\(\*\)|\*|\[x\]|\((?:x|đ|đúng|đáp án(?: đúng)?|right|correct)\))[.;]?$",
    re.IGNORECASE,
)
_COUNTS = {"hai": 2, "ba": 3, "bốn": 4, "năm": 5, "2": 2, "3": 3, "4": 4, "5": 5, "both": 2}


def sign_after(text: str) -> tuple[str, bool]:
    """The text of an option without the sign behind it, and whether there was one: "Ba @"."""
    found = _SIGN_AFTER.search(text, max(0, len(text) - 20))
    if not found or not text[: found.start()].strip():
        return text, False
    return text[: found.start()].rstrip(" @*"), True


def noted(text: str, line: int) -> tuple[str, list[Problem]]:
    """The text without its editors' notes, each told."""
    text, notes = without_edit_notes(text)
    return text, [Problem(Code.EDIT_NOTE, line, note) for note in notes]


def kind_of(choices: Sequence[Choice], key: frozenset[int]) -> ItemKind:
    """What the options and the key make of a question that doesn't say its kind."""
    if len(choices) == 2 and is_true_false(choices[0].text, choices[1].text):
        return ItemKind.TRUE_FALSE
    return ItemKind.MULTIPLE if len(key) > 1 else ItemKind.SINGLE


def pinned_in(texts: Sequence[str]) -> tuple[frozenset[int], tuple[int, ...]]:
    """Which options must keep their place, and which of them name others.

    "All above" at the end, or a letter for every other option, stays true however the others are
    shuffled; one that names some of them is true only if nothing moves, so all are pinned.
    """
    naming = {
        index: names
        for index, text in enumerate(texts)
        if (names := others_named(text)) is not None
    }
    if not naming:
        return frozenset(), ()
    alone = len(naming) == 1 and all(
        index == len(texts) - 1 and _names_all(texts[index], names, len(texts) - 1)
        for index, names in naming.items()
    )
    pinned = naming if alone else range(len(texts))
    return frozenset(pinned), tuple(naming)


def _names_all(text: str, names: Iterable[str], others: int) -> bool:
    letters = frozenset(names)
    if letters:
        return len(letters) == others
    counted = [_COUNTS[word] for word in bare(text).split() if word in _COUNTS]
    return all(count == others for count in counted)


def options_of(
    choices: Sequence[Choice], key: frozenset[int], *, line: int
) -> tuple[tuple[Option, ...], list[Problem]]:
    """The options, pinned where they name others, which is told."""
    texts = [choice.text for choice in choices]
    pinned, naming = pinned_in(texts)
    options = tuple(
        Option(text, correct=index in key, pinned=index in pinned)
        for index, text in enumerate(texts)
    )
    return options, [Problem(Code.NAMES_OTHER_OPTIONS, line, texts[index]) for index in naming]
