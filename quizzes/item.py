"""One question: its stem, its options, and which of them are right."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

MOST_OPTIONS = 36
"""An option is stored as one base-36 digit (see `quizzes.marking`)."""


class ItemKind(StrEnum):
    """How many options may be chosen, and of how many."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"


class Level(StrEnum):
    """What the question asks of the reader: to recall, to understand, to apply."""

    RECALL = "recall"
    UNDERSTANDING = "understanding"
    APPLICATION = "application"


class ItemError(ValueError):
    """A question that can't be put before people.

    `code` is one of no_stem, too_few_options, too_many_options, not_two_options, empty_option,
    equal_options, no_key, several_keys. `option` is the index of the option at fault (of two
    equal ones the later), None where the fault is the item's as a whole.
    """

    def __init__(self, code: str, *, option: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.option = option


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. A pinned one ("all of the above") keeps its place when options are shuffled."""

    text: str
    correct: bool = False
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Item:
    """A question that is fit to be asked; making one that is not raises ItemError.

    `id` is unique in a paper, `clause` is the id of the clause asked about. A multiple item may
    have any number of right options from one to all: "which of these apply" is a fair question
    when all of them do, and whoever answers can't tell. `audio` is the SHA-256, in hexadecimal,
    of a recording in which the question is read aloud.
    """

    id: str
    kind: ItemKind
    stem: str
    options: tuple[Option, ...]
    clause: str | None = None
    level: Level = Level.RECALL
    explanation: str = ""
    audio: str | None = None
    _key: frozenset[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not self.stem.strip():
            raise ItemError("no_stem")
        _check_options(self.kind, self.options)
        key = frozenset(index for index, option in enumerate(self.options) if option.correct)
        if not key:
            raise ItemError("no_key")
        if len(key) > 1 and not self.takes_several:
            raise ItemError("several_keys", option=sorted(key)[1])
        # Marking asks for the key of every item of every sheet, so it is worked out once.
        object.__setattr__(self, "_key", key)

    @property
    def key(self) -> frozenset[int]:
        """The indices of the right options: never empty."""
        return self._key

    @property
    def takes_several(self) -> bool:
        """Whether more than one option may be chosen."""
        return self.kind is ItemKind.MULTIPLE


def _check_options(kind: ItemKind, options: Sequence[Option]) -> None:
    if kind is ItemKind.TRUE_FALSE and len(options) != 2:
        raise ItemError("not_two_options")
    if len(options) < 2:
        raise ItemError("too_few_options")
    if len(options) > MOST_OPTIONS:
        raise ItemError("too_many_options", option=MOST_OPTIONS)
    seen: set[str] = set()
    for index, option in enumerate(options):
        text = _as_read(option.text)
        if not text:
            raise ItemError("empty_option", option=index)
        if text in seen:
            raise ItemError("equal_options", option=index)
        seen.add(text)


def _as_read(text: str) -> str:
    """A text as a reader tells it from another: composed, without case, single spaces.

    Composed again after folding, because folding may take a letter apart.
    """
    folded = unicodedata.normalize("NFC", text).casefold()
    return " ".join(unicodedata.normalize("NFC", folded).split())
