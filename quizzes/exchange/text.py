"""Questions written as people write them: "Câu 1: … A. … B. … Đáp án: B"."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from quizzes.exchange.answers import AnswerTable, Entry
from quizzes.exchange.cut import Block, BlockKind, cut
from quizzes.exchange.keys import Choice, Told, named, settle, verdict_in
from quizzes.exchange.legacy import modern
from quizzes.exchange.lines import Line, is_heading, is_page_number, lines_of
from quizzes.exchange.options import kind_of, noted, options_of, sign_after
from quizzes.exchange.question import Draft, read_question, signed
from quizzes.exchange.report import (
    Aside,
    AsideKind,
    Candidate,
    Code,
    Problem,
    Reading,
    judged,
    with_repeats_told,
)
from quizzes.exchange.words import FALSE, TRUE, clean, stamp_in, tidy


def read_text(text: str) -> Reading:
    """Every question in a text, and all that was not understood; no text raises an error."""
    text, legacy = modern(text)
    blocks = cut(list(lines_of(clean(text))))
    drafts = [read_question(block) for block in blocks if block.kind is BlockKind.QUESTION]
    between = [block.lines for block in blocks if block.kind is BlockKind.BETWEEN]
    problems, asides = [*legacy, *_gaps(drafts)], list[Aside]()
    for lines in (*between, *(draft.rest for draft in drafts)):
        _take_between(lines, problems, asides)
    entries = _take_answers(blocks, problems, asides)
    _hand_out(entries, drafts, problems)
    for draft in drafts:
        problems += draft.stamps
        asides += draft.asides
    return Reading(
        "text",
        with_repeats_told(_candidate(draft) for draft in drafts),
        tuple(sorted(problems, key=lambda problem: problem.line)),
        tuple(sorted(asides, key=lambda aside: aside.line)),
    )


def _take_between(lines: Iterable[Line], problems: list[Problem], asides: list[Aside]) -> None:
    for line in lines:
        stamp = stamp_in(line.text)
        if stamp:
            problems.append(Problem(Code.SECRET_MARK, line.number, stamp))
        if is_page_number(line.text):
            asides.append(Aside(AsideKind.PAGE_NUMBER, line.number, line.text))
        elif stamp or is_heading(line.text):
            asides.append(Aside(AsideKind.HEADING, line.number, line.text))
        else:
            problems.append(Problem(Code.NOT_UNDERSTOOD, line.number, line.text))


def _take_answers(
    blocks: Iterable[Block], problems: list[Problem], asides: list[Aside]
) -> list[Entry]:
    entries = []
    for block in blocks:
        if block.kind is BlockKind.ANSWERS:
            table = AnswerTable(block.lines)
            entries += table.entries
            problems += table.problems
            asides += table.asides
            stamps = [(line.number, stamp_in(line.text)) for line in block.lines]
            problems += [Problem(Code.SECRET_MARK, line, stamp) for line, stamp in stamps if stamp]
    return entries


def _gaps(drafts: Sequence[Draft]) -> list[Problem]:
    """Where the numbers of two questions don't follow; beginning again at 1 is no gap."""
    numbered = [(draft.number, draft.first_line) for draft in drafts if draft.number]
    return [
        Problem(Code.NUMBERING_GAP, line, f"{_dotted(before)}–{_dotted(number)}")
        for (before, _), (number, line) in pairwise(numbered)
        if number[-1] != 1 and number[-1] != before[-1] + 1
    ]


def _dotted(number: Iterable[int]) -> str:
    return ".".join(map(str, number))


def _hand_out(entries: Iterable[Entry], drafts: Iterable[Draft], problems: list[Problem]) -> None:
    """Give each entry to the nearest question of its number above the table, else below it."""
    places: defaultdict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        if draft.number:
            places[draft.number[-1]].append(draft)
    for entry in entries:
        same = places.get(entry.number)
        if not same:
            raw = f"{entry.number}: {entry.told.raw}"
            problems.append(Problem(Code.KEY_WITHOUT_ITEM, entry.told.line, raw))
            continue
        above = bisect_left(same, entry.told.line, key=lambda draft: draft.first_line)
        _give(entry, same[max(0, above - 1)])


def _give(entry: Entry, draft: Draft) -> None:
    if entry.solutions and named(entry.told.raw, _choices(draft)) is None:
        draft.explanation.append(entry.told.raw)
    else:
        draft.told.append(entry.told)
    draft.explanation += entry.more


_ASKED = re.compile(r"đúng hay sai|đúng ?/ ?sai|true or false|đ ?/ ?s(?!\w)", re.IGNORECASE)
_VERDICT_LAST = re.compile(r" ?[(\[](đúng|sai|đ|s)[)\]]\W{0,3}$", re.IGNORECASE)


def _choices(draft: Draft) -> list[Choice]:
    """The options as found; a statement with a verdict has the two verdicts for options."""
    if not draft.parts:
        stem = " ".join(draft.stem)
        tells = any(verdict_in(told.raw) for told in draft.told)
        if not tells and not _ASKED.search(stem) and not _VERDICT_LAST.search(stem[-20:]):
            return []
        return [Choice("A", TRUE), Choice("B", FALSE)]
    choices = []
    for part, marked in zip(draft.parts, signed(draft.parts), strict=True):
        text, after = sign_after(tidy(" ".join(part.text)))
        choices.append(Choice(part.label, text, marked or after))
    return choices


def _candidate(draft: Draft) -> Candidate:
    problems = list(draft.problems)
    choices, stem = _choices(draft), tidy("".join(draft.stem))
    verdict = None if draft.parts else _VERDICT_LAST.search(stem[-20:])
    if verdict:
        draft.told.append(Told(draft.last_line, verdict[1]))
        stem = stem.removesuffix(verdict[0])
    stem, notes = noted(stem, draft.first_line)
    problems += notes
    for index, part in enumerate(draft.parts):
        text, notes = noted(choices[index].text, part.line)
        choices[index] = Choice(part.label, text, choices[index].marked)
        problems += notes
    settled = settle(choices, draft.told, line=draft.last_line)
    options, told = options_of(choices, settled.key, line=draft.first_line)
    return judged(
        Candidate(
            kind=kind_of(choices, settled.key),
            stem=stem,
            options=options,
            first_line=draft.first_line,
            last_line=draft.last_line,
            explanation=tidy("\n".join((*settled.rests, *draft.explanation))),
            level=draft.level,
            clause=" ".join(filter(None, draft.clause)),
            problems=(*problems, *told, *settled.problems),
        )
    )
