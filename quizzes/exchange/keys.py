"""Which options are right, from all the ways a document says so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from quizzes.exchange.report import Code, Problem
from quizzes.exchange.words import VERDICTS, bare, tidy

_JOIN = r" ?(?:[,;&+/]| và | and | ) ?"
_LETTERS = re.compile(rf"[(\[]?([A-Ha-h](?:(?:{_JOIN})[A-Ha-h](?!\w))*)[)\]]?(?!\w)")
_RUN = re.compile(r"[(\[]?([A-H]{2,8})[)\]]?\.?$")
_AFTER = re.compile(r"[ .,:;)\]–-]+")
_NUMBERS = re.compile(r"[1-9](?: ?[,;] ?[1-9])*")
_PREFIX = re.compile(
    r"(?:(?:là|chọn|đáp án|phương án|ý|câu|đúng là)(?!\w) ?:? ?){1,4}", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Choice:
    """An option as found: its label ("A"; "" when it had none), and whether a mark stood at it."""

    label: str
    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """A key as written somewhere: after a label, in a cell, in an answer table."""

    line: int
    raw: str


@dataclass(frozen=True, slots=True)
class Settled:
    """The indices of the right options, what kept them from being found, and what stood behind
    the keys: "B. Vì …" has "Vì …" left over."""

    key: frozenset[int]
    problems: tuple[Problem, ...] = ()
    rests: tuple[str, ...] = ()


def named(raw: str, choices: Sequence[Choice]) -> tuple[frozenset[int], str] | None:
    """The options that a written key names, and the text left over; None if it names none.

    Tried in turn: letters alone, the text of one option, a verdict, letters with a text behind,
    the numbers of the options. A number that is one option's text and another's number is none.
    """
    value = tidy(raw.replace("\n", " "))
    value = _PREFIX.sub("", value, count=1) if _PREFIX.match(value) else value
    letters = _letters(value)
    if letters and not letters[1]:
        return _labelled(letters[0], choices, "")
    wanted = bare(raw)
    same = [index for index, choice in enumerate(choices) if bare(choice.text) == wanted]
    numbers = _numbers(value, choices)
    if wanted and len(same) == 1:
        return (frozenset(same), "") if numbers in (None, frozenset(same)) else None
    verdict = _verdict(value, choices)
    if verdict:
        return verdict
    if letters:
        return _with_text(*letters, choices)
    return None if numbers is None else (numbers, "")


def _numbers(value: str, choices: Sequence[Choice]) -> frozenset[int] | None:
    """ "1, 3" -> {0, 2}, if there are so many options."""
    if not _NUMBERS.fullmatch(value.rstrip(".")):
        return None
    indices = frozenset(int(number) - 1 for number in re.findall(r"\d", value))
    return indices if max(indices) < len(choices) else None


def _letters(value: str) -> tuple[str, str] | None:
    """("AC", what follows) of "A, C. …" and of "AC"; None when it begins with no letter."""
    run = _RUN.match(value)
    if run and list(run[1]) == sorted(set(run[1])):
        return run[1], ""
    match = _LETTERS.match(value)
    if not match:
        return None
    after = _AFTER.match(value, match.end())
    rest = value[after.end() if after else match.end() :].strip()
    found = "".join(re.findall(r"(?<!\w)[A-Ha-h](?!\w)", match[1]))
    if rest and found.islower() and value[match.end(1)] == " ":
        return None  # "a dua theo phong trào": a word, not the letter of an option
    return found.upper(), rest


def _labelled(
    letters: str, choices: Sequence[Choice], rest: str
) -> tuple[frozenset[int], str] | None:
    labels = [choice.label for choice in choices]
    if any(labels.count(letter) != 1 for letter in letters):
        return None
    return frozenset(map(labels.index, letters)), rest


def _with_text(
    letters: str, rest: str, choices: Sequence[Choice]
) -> tuple[frozenset[int], str] | None:
    """ "B. Năm 2024": the text may repeat option B, or explain it, but not be option C."""
    found = _labelled(letters, choices, rest)
    if not found:
        return None
    same = {index for index, choice in enumerate(choices) if bare(choice.text) == bare(rest)}
    if not same:
        return found
    return (found[0], "") if same <= found[0] else None


def _verdict(value: str, choices: Sequence[Choice]) -> tuple[frozenset[int], str] | None:
    """ "SAI. Điểm 3 …" for a pair of options that say true and false."""
    if len(choices) != 2:
        return None
    found = verdict_in(value)
    truths = [VERDICTS.get(bare(choice.text)) for choice in choices]
    if found and sorted(truths, key=str) == [False, True]:
        return frozenset({truths.index(found[0])}), found[1]
    return None


def verdict_in(value: str) -> tuple[bool, str] | None:
    """(whether it says true, what follows), or None for a text that begins with no verdict."""
    head = re.match(r"[(\[]?([^\W\d_]+)[)\]]?(?!\w)", value)
    if not head or head[1].casefold() not in VERDICTS:
        return None
    after = _AFTER.match(value, head.end())
    rest = value[after.end() if after else head.end() :].strip()
    if rest and len(head[1]) == 1 and value[head.end(1)] == " ":
        return None
    return VERDICTS[head[1].casefold()], rest


def marks(choices: Sequence[Choice]) -> frozenset[int]:
    """The marked options; when every one is marked, the mark is a bullet and means nothing."""
    found = frozenset(index for index, choice in enumerate(choices) if choice.marked)
    return found if len(found) < len(choices) else frozenset()


def settle(choices: Sequence[Choice], told: Sequence[Told], *, line: int) -> Settled:
    """The key that all places agree on; `line` is where to point when there is none at all."""
    found = marks(choices)
    keys = {found} if found else set()
    problems, rests = [], []
    for one in told:
        answer = named(one.raw, choices)
        if answer is None:
            problems.append(Problem(Code.KEY_UNKNOWN, one.line, one.raw))
            continue
        keys.add(answer[0])
        if answer[1]:
            rests.append(answer[1])
    if len(keys) > 1:
        where = told[-1].line if told else line
        problems.append(Problem(Code.TWO_KEYS, where, "; ".join(one.raw for one in told)))
    elif not keys and not problems:
        problems.append(Problem(Code.NO_KEY, line))
    key = next(iter(keys)) if len(keys) == 1 and not problems else frozenset[int]()
    return Settled(key, tuple(problems), tuple(rests))
