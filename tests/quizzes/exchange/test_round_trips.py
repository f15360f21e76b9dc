"""What is written comes back as it was: any items at all, through every format."""

import csv
import io
import unicodedata
from pathlib import Path

import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from quizzes.exchange import (
    detect,
    read,
    read_gift,
    read_rows,
    read_text,
    rows_of_csv,
    write_gift,
    write_rows,
)
from quizzes.exchange.words import clean
from quizzes.item import Item, ItemError, ItemKind, Level, Option

OPERATORS = "~=#{}:\\%[]()*@/-.,;\"'\n\t<>&$|"
WORDS = ("Đúng", "Sai", "T", "->", "//", "####", "[html]", "%50%", "::", "A. ", "\\n", "không")
TEXTS = (
    st.one_of(
        st.text(st.sampled_from(OPERATORS + "aAbBđư1 "), max_size=12),
        st.text(max_size=12),
        st.lists(st.sampled_from(WORDS), max_size=3).map(" ".join),
    )
    .map(lambda text: clean(text).strip())
    .filter(lambda text: text == clean(text))
)
SOLID = TEXTS.filter(lambda text: bool(text) and not unicodedata.combining(text[0]))
ONE_LINE = SOLID.map(lambda text: " ".join(text.split("\n")).strip()).filter(bool)


@st.composite
def items(draw: st.DrawFn) -> Item | None:
    kind = draw(st.sampled_from(ItemKind))
    if kind is ItemKind.TRUE_FALSE and draw(st.booleans()):
        texts = ["Đúng", "Sai"]
    else:
        size = 2 if kind is ItemKind.TRUE_FALSE else draw(st.integers(2, 5))
        texts = draw(st.lists(SOLID, min_size=size, max_size=size))
    right = draw(st.sets(st.integers(0, len(texts) - 1), min_size=1))
    key = right if kind is ItemKind.MULTIPLE else {min(right)}
    pinned = draw(st.sets(st.integers(0, len(texts) - 1)))
    try:
        return Item(
            id="one",
            kind=kind,
            stem=draw(SOLID),
            options=tuple(
                Option(text, correct=at in key, pinned=at in pinned)
                for at, text in enumerate(texts)
            ),
            clause=draw(st.none() | ONE_LINE),
            level=draw(st.sampled_from(Level)),
            explanation=draw(st.just("") | SOLID),
        )
    except ItemError:
        return None


PAPERS = st.lists(items().filter(bool), min_size=1, max_size=3)


@given(PAPERS)
def test_gift_gives_back_the_items_written(paper: list[Item]) -> None:
    reading = read_gift(write_gift(paper))
    assert [candidate.to_item("one") for candidate in reading.candidates] == paper


@given(PAPERS)
def test_rows_give_back_the_items_written(paper: list[Item]) -> None:
    reading = read_rows(write_rows(paper))
    assert [candidate.to_item("one") for candidate in reading.candidates] == paper


@given(PAPERS)
def test_rows_survive_a_csv_file(paper: list[Item]) -> None:
    for delimiter in "\t;,":
        file = io.StringIO(newline="")
        csv.writer(file, delimiter=delimiter).writerows(write_rows(paper))
        assert rows_of_csv("\ufeff" + file.getvalue()) == write_rows(paper)


@given(PAPERS)
def test_what_is_written_as_gift_is_detected_as_gift(paper: list[Item]) -> None:
    assert detect(write_gift(paper)) == "gift"


def test_rows_survive_a_spreadsheet(tmp_path: Path) -> None:
    texts = ("=1+1", "2", "3/2/1930", "TRUE", "dòng\nhai", "@a", "'b", "https://vi.du")
    paper = [
        Item(
            id="one",
            kind=ItemKind.SINGLE,
            stem="=Ô nào?",
            options=tuple(Option(text, correct=text == "2") for text in texts),
        )
    ]
    path = tmp_path / "paper.xlsx"
    options = {"strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(path, options) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(write_rows(paper)):
            sheet.write_row(number, 0, row)
    rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert [one.to_item("one") for one in read_rows(rows).candidates] == paper


def thirty_six() -> Item:
    return Item(
        id="one",
        kind=ItemKind.MULTIPLE,
        stem="Số nào?",
        options=tuple(Option(str(n), correct=n % 7 == 0, pinned=n > 33) for n in range(36)),
    )


def test_as_many_options_as_an_item_can_have() -> None:
    for reading in (read_gift(write_gift([thirty_six()])), read_rows(write_rows([thirty_six()]))):
        assert [one.to_item("one") for one in reading.candidates] == [thirty_six()]


def test_no_items_make_an_empty_file_and_a_header_to_fill_in() -> None:
    assert write_gift([]) == ""
    assert write_rows([]) == [
        [
            *("STT", "Câu hỏi", "A", "B", "C", "D", "Đáp án"),
            *("Giải thích", "Mức độ", "Mục", "Loại", "Giữ chỗ"),
        ]
    ]


PLAIN = st.text(st.sampled_from("ăâđêôơưaeiou nhcmt"), min_size=4, max_size=30).map(
    lambda text: "Từ " + " ".join(text.split()) + " xong"
)
LAYOUTS = (
    ("Câu {n}: {stem}", "{upper}. {text}", "\n", "Đáp án: {key}"),
    ("{n}. {stem}", "{lower}) {text}", "\n", "=> Chọn: {key}"),
    ("Câu {n}:{stem}", "{lower}/{text}", "\n\n", "ĐÁP ÁN: {key}"),
    ("Câu hỏi {n}\n{stem}", "{lower}.{text}", "\n", "Đáp án\n{key}"),
    ("Câu {n}. {stem}", "{upper}. {text}", " ", "Đáp án: {key}"),
    ("Bài {n}) {stem}", "{upper}: {text}", "\t", "Trả lời: {key}"),
)


@settings(max_examples=60)
@given(
    st.lists(
        st.tuples(
            PLAIN,
            st.lists(PLAIN, min_size=2, max_size=6, unique_by=str.casefold),
            st.integers(0, 5),
        ),
        min_size=1,
        max_size=4,
        unique_by=lambda question: question[0],
    ),
    st.sampled_from(LAYOUTS),
    st.sampled_from(["key", "text", "table", "list"]),
)
def test_a_document_in_any_layout_is_read_as_it_was_meant(
    questions: list[tuple[str, list[str], int]],
    layout: tuple[str, str, str, str],
    told: str,
) -> None:
    head, row, between, tail = layout
    pieces, answers = [], []
    for n, (stem, texts, chosen) in enumerate(questions, 1):
        right = chosen % len(texts)
        letter = "ABCDEF"[right]
        rows = [
            row.format(upper="ABCDEF"[at], lower="abcdef"[at], text=text)
            for at, text in enumerate(texts)
        ]
        pieces.append(head.format(n=n, stem=stem) + between + between.join(rows))
        answers.append(f"{n}-{letter}")
        if told in ("key", "text"):
            pieces.append(tail.format(key=letter if told == "key" else texts[right]))
    document = "\n".join(pieces)
    if told in ("table", "list"):
        document += "\nBẢNG ĐÁP ÁN\n" + ("\n" if told == "list" else " ").join(answers)
    reading = read_text(document)
    assert reading.problems == ()
    assert [
        (one.stem, [option.text for option in one.options], one.to_item("x").key)
        for one in reading.candidates
    ] == [(stem, texts, {right % len(texts)}) for stem, texts, right in questions]
    assert read(document) == reading
