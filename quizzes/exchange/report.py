"""What a reading brings home: candidates for the item bank, and all that was doubtful in them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from quizzes.item import Item, ItemError, ItemKind, Level, Option


class Code(StrEnum):
    """Everything a reading can say. `Problem.text` holds what is named in brackets."""

    # These keep a candidate from becoming an Item (BLOCKING). The first eight are Item's own.
    NO_STEM = "no_stem"
    TOO_FEW_OPTIONS = "too_few_options"
    TOO_MANY_OPTIONS = "too_many_options"
    NOT_TWO_OPTIONS = "not_two_options"
    EMPTY_OPTION = "empty_option"
    EQUAL_OPTIONS = "equal_options"
    NO_KEY = "no_key"
    SEVERAL_KEYS = "several_keys"
    KEY_UNKNOWN = "key_unknown"  # a key that names no option [the key as written]
    TWO_KEYS = "two_keys"  # two places name different keys [as written]
    LETTERS_LOST = "letters_lost"  # "BAN CH?P H?NH", marks torn off their letters [the line]
    UNSUPPORTED = "unsupported"  # essay, matching, numerical, short_answer, image … [which]

    # These are told; the candidate stands.
    MARK_LOST = "mark_lost"  # an option whose letter is gone, often the ringed one [the line]
    LETTER_OUT_OF_ORDER = "letter_out_of_order"  # [the line]
    NAMES_OTHER_OPTIONS = "names_other_options"  # "Cả A và B": pinned [the option]
    EDIT_NOTE = "edit_note"  # "(sửa lại 23/6)" taken out of a text [the note]
    GUESSED_EXPLANATION = "guessed_explanation"  # an unlabelled line after the options [the line]
    LEVEL_UNKNOWN = "level_unknown"  # [the level as written]
    REPEATED_STEM = "repeated_stem"  # [the first line of the earlier one]
    FEEDBACK_DROPPED = "feedback_dropped"  # a remark on one option [the remark]
    MARKUP_DROPPED = "markup_dropped"  # [the name of the HTML element]

    # These are about the whole text; they may stand at a candidate's lines too.
    NOT_UNDERSTOOD = "not_understood"  # [the line or the cell]
    NUMBERING_GAP = "numbering_gap"  # [the two numbers, "3–5"]
    KEY_WITHOUT_ITEM = "key_without_item"  # in an answer table [the number, or the entry]
    SECRET_MARK = "secret_mark"  # noqa: S105 - MẬT, TỐI MẬT, lưu hành nội bộ … [the stamp]
    LEGACY_ENCODING = "legacy_encoding"  # [tcvn3: converted, or vni: nothing was read]
    NO_HEADER = "no_header"  # a table whose columns can't be told: nothing was read
    COLUMN_UNKNOWN = "column_unknown"  # [the header]


BLOCKING = frozenset(
    {
        Code.NO_STEM,
        Code.TOO_FEW_OPTIONS,
        Code.TOO_MANY_OPTIONS,
        Code.NOT_TWO_OPTIONS,
        Code.EMPTY_OPTION,
        Code.EQUAL_OPTIONS,
        Code.NO_KEY,
        Code.SEVERAL_KEYS,
        Code.KEY_UNKNOWN,
        Code.TWO_KEYS,
        Code.LETTERS_LOST,
        Code.UNSUPPORTED,
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1: a line of the text, or a row of the table."""

    code: Code
    line: int
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A question as found, fit to be an Item or not.

    `clause` is written as in the source; who imports matches it to a Clause. Lines are inclusive.
    """

    kind: ItemKind
    stem: str
    options: tuple[Option, ...]
    first_line: int
    last_line: int
    explanation: str = ""
    level: Level | None = None
    clause: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether nothing keeps it from becoming an Item."""
        return not any(problem.code in BLOCKING for problem in self.problems)

    def to_item(self, id: str) -> Item:
        """The Item; a level not stated is RECALL, and its `clause` is the source's wording.

        Raises ItemError when Item refuses it; a ready candidate is never refused.
        """
        return Item(
            id=id,
            kind=self.kind,
            stem=self.stem,
            options=self.options,
            clause=self.clause or None,
            level=self.level or Level.RECALL,
            explanation=self.explanation,
        )


class AsideKind(StrEnum):
    """Lines that are understood and belong to no question."""

    HEADING = "heading"
    PAGE_NUMBER = "page_number"
    ANSWER_TABLE = "answer_table"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Aside:
    """A line understood and left out."""

    kind: AsideKind
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All of one source. `format` is text, gift or table.

    Every line that isn't blank lies within a candidate, or is an aside, or has a problem here;
    LEGACY_ENCODING "vni" and NO_HEADER stand for the whole source, of which nothing was read.
    """

    format: str
    candidates: tuple[Candidate, ...]
    problems: tuple[Problem, ...] = ()
    asides: tuple[Aside, ...] = ()

    @property
    def ready(self) -> tuple[Candidate, ...]:
        """The candidates that can become items."""
        return tuple(candidate for candidate in self.candidates if candidate.ready)


def judged(candidate: Candidate) -> Candidate:
    """The candidate with what Item objects to added, each fault once.

    Item names its first fault only, and a missing key comes last, so nothing hides behind it.
    """
    about_key = {Code.KEY_UNKNOWN, Code.TWO_KEYS}
    known = {problem.code for problem in candidate.problems}
    try:
        candidate.to_item("candidate")
    except ItemError as error:
        code = Code(error.code)
        hidden = Code.UNSUPPORTED in known or (code is Code.NO_KEY and known & about_key)
        if code in known or hidden:
            return candidate
        problem = Problem(code, candidate.first_line)
        return replace(candidate, problems=(*candidate.problems, problem))
    return candidate


def with_repeats_told(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """The candidates, each whose stem was read before saying where."""
    first: dict[str, int] = {}
    told = []
    for candidate in candidates:
        stem = " ".join(candidate.stem.casefold().split())
        earlier = first.setdefault(stem, candidate.first_line)
        if stem and earlier != candidate.first_line:
            problem = Problem(Code.REPEATED_STEM, candidate.first_line, str(earlier))
            told.append(replace(candidate, problems=(*candidate.problems, problem)))
        else:
            told.append(candidate)
    return tuple(told)
