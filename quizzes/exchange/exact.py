"""What our own files say beside the question, so that they come back as the same items.

A question that says which options keep their place ("Giữ chỗ") is one of ours: it is taken word
for word, with nothing tidied and nothing guessed.
"""

import re
from collections.abc import Iterable, Sequence

from quizzes.exchange.keys import Choice
from quizzes.item import MOST_OPTIONS, Option

OURS = "Giữ chỗ"
NONE = "không"
_JOINT = re.compile(r"[\s,;]+")


def letter(index: int) -> str:
    """0 -> A, 25 -> Z, 26 -> AA: as spreadsheets count their columns."""
    return chr(65 + index) if index < 26 else "A" + chr(65 + index - 26)


LETTERS = {letter(index): index for index in range(MOST_OPTIONS)}


def letters_written(indices: Iterable[int]) -> str:
    """{0, 2} -> "A, C"; nothing -> "không"."""
    return ", ".join(map(letter, sorted(indices))) or NONE


def letters_read(text: str) -> frozenset[int] | None:
    """ "A, C" -> {0, 2}; "không" -> nothing; None if the text is neither."""
    words = _JOINT.split(text.strip())
    if words == [NONE]:
        return frozenset()
    found = [LETTERS.get(word.upper()) for word in words]
    return None if None in found else frozenset(index for index in found if index is not None)


def pinned_of(options: Sequence[Option]) -> str:
    """The letters of the options that keep their place."""
    return letters_written(index for index, option in enumerate(options) if option.pinned)


def exact_options(
    choices: Sequence[Choice], key: frozenset[int], pinned: frozenset[int]
) -> tuple[Option, ...]:
    """The options just as the file says."""
    return tuple(
        Option(choice.text, correct=index in key, pinned=index in pinned)
        for index, choice in enumerate(choices)
    )
