"""Moodle's GIFT: `::title::stem {=right ~wrong ####explanation}`, a blank line between questions.

Read are one right option, several by weights, true/false, and the blank within a sentence. What
is written is the same, with comments above each question that other readers skip (see
`quizzes.exchange.exact`). Escapes, weights and the order of the tests that tell one kind from
another are those of Moodle's own reader, question/format/gift/format.php.
"""

import re
from collections.abc import Iterable

from quizzes.exchange.exact import OURS, exact_options, letters_read, pinned_of
from quizzes.exchange.gift_blocks import GiftBlock, gift_blocks
from quizzes.exchange.gift_parts import WEIGHT, GiftQuestion, gift_question
from quizzes.exchange.keys import Choice
from quizzes.exchange.legacy import modern
from quizzes.exchange.lines import label_of
from quizzes.exchange.markup import plain
from quizzes.exchange.options import kind_of, options_of
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
from quizzes.exchange.words import (
    FALSE,
    KIND_WORDS,
    KINDS,
    LEVEL_WORDS,
    TRUE,
    Field,
    composed,
    fold,
    letters_lost,
    level_of,
    stamp_in,
    tidy,
    visible,
)
from quizzes.item import Item, ItemKind, Option

_FORMAT = re.compile(r"\s*\[(html|markdown|plain|moodle)\]", re.IGNORECASE)


def read_gift(text: str) -> Reading:
    """Every question of a GIFT file; no text raises an error."""
    text, problems = modern(text)
    found = list(problems)
    asides: list[Aside] = []
    candidates = []
    for block in gift_blocks(visible(text)):
        if block.category:
            asides.append(Aside(AsideKind.HEADING, block.lines[0][0], block.lines[0][1]))
            continue
        for number, line in (*block.notes, *block.lines):
            stamp = stamp_in(composed(line).lstrip("/ "))
            if stamp:
                found.append(Problem(Code.SECRET_MARK, number, stamp))
        asides += [
            Aside(AsideKind.COMMENT, number, line)
            for number, line in block.notes
            if not (block.lines and _note(line))
        ]
        if any("{" in line for _, line in block.lines):
            candidates.append(_candidate(block))
        else:
            found += [Problem(Code.NOT_UNDERSTOOD, number, line) for number, line in block.lines]
    return Reading("gift", with_repeats_told(candidates), tuple(found), tuple(asides))


def _note(line: str) -> tuple[Field, str] | None:
    label = label_of(composed(line).strip().removeprefix("//").strip())
    known = (Field.KIND, Field.LEVEL, Field.PINNED, Field.CLAUSE)
    return label if label and label[0] in known else None


def _candidate(block: GiftBlock) -> Candidate:
    line = block.lines[0][0]
    first, last = block.span
    notes = dict(note for _, text in block.notes if (note := _note(text)))
    question = gift_question(" ".join(text for _, text in block.lines))
    pinned = letters_read(notes.get(Field.PINNED, ""))
    exact = pinned is not None
    problems = _plain(question, line, exact=exact) + _remarks(question, line)
    if any(letters_lost(text) for _, text in block.lines):
        problems.append(Problem(Code.LETTERS_LOST, line, question.stem))
    if question.unsupported:
        problems.append(Problem(Code.UNSUPPORTED, line, question.unsupported))
    key = frozenset(index for index, answer in enumerate(question.answers) if answer.right)
    choices = [Choice("", answer.text) for answer in question.answers]
    kind = KINDS.get(fold(notes.get(Field.KIND, ""))) or question.kind
    if len(key) > 1 and kind is not ItemKind.MULTIPLE:
        problems.append(
            Problem(Code.TWO_KEYS, line, "; ".join(choices[at].text for at in sorted(key)))
        )
        key = frozenset()
    if pinned is not None:
        options = exact_options(choices, key, pinned)
    else:
        options, told = options_of(choices, key, line=line)
        problems += told
    level = notes.get(Field.LEVEL, "")
    if level and level_of(level) is None:
        problems.append(Problem(Code.LEVEL_UNKNOWN, line, level))
    return judged(
        Candidate(
            kind=kind or kind_of(choices, key),
            stem=question.stem,
            options=options,
            first_line=first,
            last_line=last,
            explanation=question.explanation,
            level=level_of(level),
            clause=notes.get(Field.CLAUSE, ""),
            problems=tuple(problems),
        )
    )


def _plain(question: GiftQuestion, line: int, *, exact: bool) -> list[Problem]:
    """Take the formats and the HTML off every text, telling what is lost with them."""
    problems: list[Problem] = []
    whole = _FORMAT.match(question.stem)
    default = whole[1].casefold() if whole else "moodle"

    def bare(text: str) -> str:
        own = _FORMAT.match(text)
        text = text[own.end() :].strip() if own else text
        text, dropped = plain(text, own[1].casefold() if own else default)
        problems.extend(Problem(code, line, name) for code, name in dropped)
        return text if exact else tidy(text)

    question.stem = bare(question.stem)
    question.explanation = bare(question.explanation)
    for answer in question.answers:
        answer.text, answer.remark = bare(answer.text), bare(answer.remark)
    return list(dict.fromkeys(problems))


def _remarks(question: GiftQuestion, line: int) -> list[Problem]:
    """A remark on the right option explains, if nothing else does; the others are told."""
    problems = []
    for answer in question.answers:
        if answer.right and answer.remark and not question.explanation:
            question.explanation = answer.remark
        elif answer.remark:
            problems.append(Problem(Code.FEEDBACK_DROPPED, line, answer.remark))
        if answer.weight > 0 and not answer.right:
            problems.append(Problem(Code.FEEDBACK_DROPPED, line, f"{answer.weight:g}%"))
    return problems


def write_gift(items: Iterable[Item]) -> str:
    """The items as a GIFT file; `read_gift` gives the same items back, but for their ids."""
    return "\n".join(_written(number, item) for number, item in enumerate(items, 1))


def _written(number: int, item: Item) -> str:
    notes = [
        f"// Loại: {KIND_WORDS[item.kind]}",
        f"// Mức độ: {LEVEL_WORDS[item.level]}",
        f"// {OURS}: {pinned_of(item.options)}",
    ]
    if item.clause:
        notes.append(f"// Mục: {item.clause}")
    explanation = f"\n\t#### {_safe(item.explanation)}" if item.explanation else ""
    answers = "".join(f"\n\t{line}" for line in _answers(item))
    stem = f"::Câu {number}::[plain]{_escaped(item.stem)} {{{answers}{explanation}\n}}\n"
    return "\n".join([*notes, stem])


def _answers(item: Item) -> list[str]:
    texts = [option.text for option in item.options]
    if item.kind is ItemKind.TRUE_FALSE and texts == [TRUE, FALSE]:
        return ["T" if item.options[0].correct else "F"]
    return [_answer(item, option) for option in item.options]


def _answer(item: Item, option: Option) -> str:
    """Several right options share 100 %; a wrong one among them costs it all."""
    text = _safe(option.text)
    if item.takes_several:
        share = f"{100 / len(item.key):.5f}".rstrip("0").rstrip(".")
        return f"~%{share if option.correct else -100}% {text}"
    if option.correct:
        return f"= {text}"
    return f"~%0% {text}" if WEIGHT.match(option.text) else f"~ {text}"


def _safe(text: str) -> str:
    """Escaped, and not to be taken for a format: "[html]" as a text of its own."""
    return ("[plain]" if text.startswith("[") else "") + _escaped(text)


def _escaped(text: str) -> str:
    return re.sub(r"[\\~=#{}:]", r"\\\g<0>", text).replace("\n", "\\n")
