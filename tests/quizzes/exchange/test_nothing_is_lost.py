"""No line of any input goes missing without a word, and no input takes long or raises."""

import re
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from re import _constants as constants  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import quizzes.exchange
from quizzes.exchange import Code, Reading, detect, read, read_gift, read_rows, read_text
from quizzes.exchange.table import rows_of_csv
from quizzes.exchange.words import visible

LINES = st.sampled_from(
    [
        "Câu 1: Hỏi gì?", "Câu 2:", "Câu 3. Một A. hai B. ba C. bốn Đáp án: B Câu 4: Nữa?",
        "1. Hỏi", "2) Hỏi nữa?", "1.2: Có số", "Bài 3: Hỏi", "A. Một", "B. Hai", "C. Ba", "D.",
        "a) Một", "b) Hai", "c/ Ba", "*A. Một", "B. Hai @", ". Ba", "A: 1 B: 2", "Đáp án: B",
        "Đáp án", "ĐÁP ÁN", "BẢNG ĐÁP ÁN", "1-A 2-B 3-C", "1 2 3", "A B C", "1", "B", "Câu 1",
        "STT Câu hỏi Đáp án", "HẾT", "LỜI GIẢI", "Giải thích: vì thế", "Lời giải", "Mức độ: NB",
        "Mục: II.1", "Nội dung: khác", "Căn cứ: Điều 2", "PHẦN I. CHUNG", "MẬT", "- 2 -", "-----",
        "Điều 5 nói rằng", "một dòng thường", "Đúng hay Sai?", "Trả lời: SAI vì thế", "", "",
        "Cả A và B", "::Tên::Hỏi {", "=đúng ~sai", "}", "// ghi chú", "$CATEGORY: a", "{T}",
    ]
)  # fmt: skip
DOCUMENTS = st.one_of(
    st.lists(LINES, max_size=25).map("\n".join),
    st.lists(LINES | st.text(max_size=15), max_size=10).map("\n".join),
    st.text(),
)


def accounted(reading: Reading) -> set[int]:
    """The lines that lie in a candidate, or are set aside, or have a problem."""
    if any(problem.text == "vni" for problem in reading.problems):
        return set(range(1000))  # refused as a whole, which is said
    inside = {n for one in reading.candidates for n in range(one.first_line, one.last_line + 1)}
    return (
        inside
        | {aside.line for aside in reading.asides}
        | {problem.line for problem in reading.problems}
    )


def filled(text: str) -> set[int]:
    return {n for n, line in enumerate(visible(text).split("\n"), 1) if line.strip()}


@settings(max_examples=400)
@given(DOCUMENTS)
def test_every_line_of_a_text_is_accounted_for(text: str) -> None:
    assert filled(text) - accounted(read_text(text)) == set()


@settings(max_examples=300)
@given(DOCUMENTS)
def test_every_line_of_a_gift_file_is_accounted_for(text: str) -> None:
    assert filled(text) - accounted(read_gift(text)) == set()


@settings(max_examples=200)
@given(
    st.lists(st.lists(LINES | st.text(max_size=5) | st.floats() | st.booleans(), max_size=6)),
    st.sampled_from(
        [
            ["Câu hỏi", "A", "B", "C", "Đáp án"],
            ["STT", "Câu hỏi", "Phương án", "Đúng"],
            ["Nội dung", "Đ", "S"],
            ["Câu hỏi", "A", "B", "Đáp án", "Giữ chỗ"],
        ]
    ),
)
def test_every_row_of_a_table_is_accounted_for(rows: list[list[object]], header: list[str]) -> None:
    reading = read_rows([["DANH SÁCH"], header, *rows])
    wanted = {
        n
        for n, row in enumerate(rows, 3)
        if any(visible(str(cell)).strip() for cell in row if cell is not None)
    }
    assert wanted - accounted(reading) == set()


WORD = re.compile(r"[^\W\d_]{3,}")


@settings(max_examples=300)
@given(st.lists(LINES.filter(lambda line: "{" not in line), max_size=25))
def test_every_word_of_a_text_is_somewhere_in_what_was_read(lines: list[str]) -> None:
    text = "\n".join(lines)
    reading = read_text(text)
    pieces = [aside.text for aside in reading.asides]
    pieces += [problem.text for problem in reading.problems]
    for one in reading.candidates:
        pieces += [one.stem, one.explanation, one.clause, *(option.text for option in one.options)]
        pieces += [problem.text for problem in one.problems]
    known = {"Câu", "Bài", "Đáp", "Giải", "thích", "Lời", "giải", "Mức", "Mục", "Nội", "dung"}
    known |= {"Căn", "Trả", "lời", "SAI", "hai", "LỜI", "GIẢI", "ĐÁP"}
    assert set(WORD.findall(text)) - set(WORD.findall(" ".join(pieces))) - known == set()


@settings(max_examples=300)
@given(DOCUMENTS)
def test_a_ready_candidate_is_an_item_and_any_other_says_what_is_missing(text: str) -> None:
    for reading in (read(text), read_text(text), read_gift(text), read_rows(rows_of_csv(text))):
        assert reading.format in ("text", "gift", "table")
        for one in reading.candidates:
            assert one.first_line <= one.last_line
            if one.ready:
                assert one.to_item("x").stem == one.stem
            else:
                assert one.problems != ()


def steps(read_it: Callable[[str], object], text: str) -> int:
    """How many lines of Python the reading runs."""
    count = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        read_it(text)
    finally:
        sys.settrace(before)
    return count


HARD = {
    "one question again and again": "Câu 1: Hỏi?\nA. Có\nB. Chưa\nĐáp án: A\n",
    "only options": "A. Một\n",
    "only starts": "Câu 1:\n",
    "numbers that count on": "1. x\n2. y\n",
    "letters on one line": "A. B. A. B. ",
    "questions on one line": "Câu 1: A. x B. y ",
    "labels on one line": "Đáp án: A ",
    "answers": "1-A ",
    "answers for one number": "HẾT\n1-A\n",
    "open brackets": "((((",
    "open braces": "{=a ~b\n\n",
    "titles": "::a::b {T}\n",
    "colons": "::",
    "hashes": "{####",
    "stars": "**A.",
    "blank lines": "\n\n x",
    "spaces": " ",
    "digits": "1",
    "dots": "1.1.1.1.",
    "tags": "[html]<p ",
    "commas": "A, B, ",
    "unnumbered": "Hỏi?\n",
    "cells": "Câu hỏi\tA\tB\tĐáp án\n",
    "quotes": '"\t"\n',
    "old letters": "®µ¶\n",
}


HARD_WITHIN_A_QUESTION = {
    "one letter for every option": "B. Ba\nchữ\n",
    "capitals": "HAI BA BỐN NĂM\n",
    "lists": "a) x\nb) y\n",
    "explanations": "Giải thích: vì\n",
    "keys": "Đáp án: A\n",
    "lost letters": ". Ba\n",
    "letters that count on nothing": "x C. y D. z\n",
    "numbers": "2. x\n",
}


@pytest.mark.parametrize("name", [*HARD, *HARD_WITHIN_A_QUESTION])
def test_work_grows_with_the_input_and_no_faster(name: str) -> None:
    start = "Câu 1: Hỏi?\nA. Có\nB. Chưa\n" if name in HARD_WITHIN_A_QUESTION else ""
    piece = (HARD | HARD_WITHIN_A_QUESTION)[name]
    for read_it in (read_text, read_gift, lambda text: read_rows(rows_of_csv(text)), read, detect):
        small, large = steps(read_it, start + piece * 60), steps(read_it, start + piece * 240)
        assert large <= 4.6 * small + 400, name


def patterns() -> Iterator[tuple[str, re.Pattern[str]]]:
    folder = Path(quizzes.exchange.__file__).parent
    for path in sorted(folder.glob("*.py")):
        module = import_module(f"quizzes.exchange.{path.stem}")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                yield f"{path.stem}.{name}", value


def unbounded(tree: Any, within: bool = False) -> bool:
    """Whether a repetition without a limit stands within another: what backtracks for ever."""
    for operator, argument in tree:
        if operator in (constants.MAX_REPEAT, constants.MIN_REPEAT):
            _, most, inner = argument
            endless = most is constants.MAXREPEAT
            if (endless and within) or unbounded(inner, within or endless):
                return True
        elif operator is constants.SUBPATTERN:
            if unbounded(argument[-1], within):
                return True
        elif operator is constants.BRANCH:
            if any(unbounded(branch, within) for branch in argument[1]):
                return True
        elif operator in (constants.ASSERT, constants.ASSERT_NOT) and unbounded(argument[1]):
            return True
    return False


def test_no_pattern_repeats_a_repetition() -> None:
    found = dict(patterns())
    assert len(found) > 40
    assert [name for name, one in found.items() if unbounded(parser.parse(one.pattern))] == []


def test_a_pattern_that_does_repeat_one_would_be_found() -> None:
    assert unbounded(parser.parse(r"(a+)+b"))
    assert not unbounded(parser.parse(r"(?:a{1,4})+b"))


def test_every_code_can_be_shown_by_its_name() -> None:
    assert [code.value for code in Code] == [code.name.lower() for code in Code]
