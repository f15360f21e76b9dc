"""From bytes to candidates, without a store: what a file is, which key, which clause."""

import pytest

from quizzes.exchange import Candidate, Code, Problem, Reading, read
from quizzes.exchange.report import BLOCKING
from quizzes.item import ItemError, ItemKind, Option
from survey.papers import words
from survey.papers.models import Clause
from survey.papers.reading import (
    LONGEST,
    Choice,
    clause_named,
    draft_of,
    pasted,
    rekeyed,
    stamps,
    uploaded,
)
from survey.sheetfile import SheetError

CLAUSES = [
    Clause(id=1, label="Mục I"),
    Clause(id=2, label="Mục I.1"),
    Clause(id=3, label="Điều 12"),
]


def candidate(text: str) -> Candidate:
    (found,) = read(text).candidates
    return found


TWO = "Câu 1: Mấy?\nA. Một\nB. Hai\n"


@pytest.mark.parametrize(
    ("written", "clause"),
    [
        ("Mục I", 1),
        ("mục i", 1),
        ("MỤC I.1", 2),
        ("Mục I.1, ý thứ hai", 2),
        ("Mục I: quan điểm", 1),
        ("Mục I.12", None),  # is neither I nor I.1
        ("Mục II", None),
        ("Điều 12 khoản 3", 3),
        ("Điều 1", None),
        ("dieu 12", 3),
        ("", None),
    ],
)
def test_a_clause_is_known_by_its_whole_label_at_the_beginning(
    written: str, clause: int | None
) -> None:
    assert clause_named(written, CLAUSES) == clause


def test_marking_an_option_settles_what_was_said_of_the_key_and_nothing_else() -> None:
    found = candidate(TWO + "Đáp án: E\nMức độ: khó\n")
    assert {problem.code for problem in found.problems} == {Code.KEY_UNKNOWN, Code.LEVEL_UNKNOWN}
    mended = rekeyed(found, [1])
    assert [problem.code for problem in mended.problems] == [Code.LEVEL_UNKNOWN]
    assert [option.correct for option in mended.options] == [False, True]
    assert mended.ready


def test_a_key_taken_away_is_missed() -> None:
    emptied = rekeyed(candidate(TWO + "Đáp án: A\n"), [])
    assert [problem.code for problem in emptied.problems] == [Code.NO_KEY]


def test_two_marks_on_a_single_question_are_refused() -> None:
    both = rekeyed(candidate(TWO + "Đáp án: A\n"), [0, 1])
    assert [problem.code for problem in both.problems] == [Code.SEVERAL_KEYS]


def test_a_question_mended_on_the_page_comes_along_unticked_and_no_other_does() -> None:
    text = (TWO + "Đáp án: A\n" + TWO.replace("1", "2") + TWO.replace("1", "3")).replace(
        "Câu 3: Mấy?", "Câu 3: Bao nhiêu?"
    )
    reading = read(text)
    assert sorted(Choice.of(reading).taken) == [0]
    made = Choice.made(reading, [], {0: [0], 1: [1], 2: []})
    assert sorted(made.taken) == [1]
    assert made.unfit == []
    assert Choice.made(reading, [2], {0: [0], 1: [], 2: []}).unfit == [2]


def test_a_draft_without_a_stated_level_asks_to_recall() -> None:
    draft = draft_of(candidate(TWO + "Đáp án: B\n"), 7)
    assert (draft.kind, draft.stem, draft.level, draft.clause_id) == (
        ItemKind.SINGLE,
        "Mấy?",
        "recall",
        7,
    )
    assert draft.options == (Option("Một"), Option("Hai", correct=True))


def test_every_stamp_is_found_once_wherever_it_stands() -> None:
    one = Problem(Code.SECRET_MARK, 4, "MẬT")
    held = Candidate(
        kind=ItemKind.SINGLE, stem="", options=(), first_line=4, last_line=4, problems=(one,)
    )
    reading = Reading("text", (held,), (Problem(Code.SECRET_MARK, 1, "TỐI MẬT"), one))
    assert [problem.line for problem in stamps(reading)] == [1, 4]


def test_a_document_has_a_greatest_length() -> None:
    assert pasted("x" * LONGEST).format == "text"
    with pytest.raises(SheetError, match="too_big"):
        pasted("x" * (LONGEST + 1))
    with pytest.raises(SheetError, match="too_big"):
        uploaded(b"x" * (LONGEST + 1), "dai.txt")


def test_bytes_that_are_no_text_are_refused() -> None:
    for content, code in (
        (b"", "empty"),
        (b"a\0b", "not_a_text"),
        (b"caf\xe9 cr\xe8me", "old_letters"),
    ):
        with pytest.raises(SheetError, match=code):
            uploaded(content, "tep.txt")


# ------------------------------------------------------------------ words


def test_every_code_of_a_reading_has_words() -> None:
    """A code without words would be a traceback on the preview."""
    known = set(words.FAULTS) | set(words.REMARKS) | set(words.TROUBLES) | {"legacy_encoding"}
    assert {str(code) for code in Code} <= known
    assert {str(code) for code in BLOCKING} <= set(words.FAULTS)


def test_every_code_of_an_item_error_has_words() -> None:
    told = (ItemError.__doc__ or "").split("`code` is one of ")[1].split(".")[0]
    assert {code.strip() for code in told.replace("\n", " ").split(",")} <= set(words.FAULTS)


def test_every_code_of_a_sheet_error_has_words() -> None:
    told = (SheetError.__doc__ or "").split("one of:")[1].rstrip(".")
    assert {code.strip(" .\n") for code in told.split(",")} <= set(words.FILES)
