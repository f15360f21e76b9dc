"""An uploaded file becomes rows, or one word for what it is instead."""

import io
import random
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from hypothesis import example, given, settings
from hypothesis import strategies as st

from survey import sheetfile
from survey.sheetfile import SheetError, read_table

ROWS: list[list[object]] = [["Mã", "Tên"], ["A", "Đảng bộ xã Đăk Tô"], ["B", "Chi bộ; thôn 1"]]
TEXT = 'Mã,Tên\r\nA,Đảng bộ xã Đăk Tô\r\nB,"Chi bộ; thôn 1"\r\n'


def workbook(*sheets: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return out.getvalue()


def archive(**members: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name.replace("__", "/").replace("_", "."), content)
    return out.getvalue()


def rows_or_code(content: bytes, name: str) -> list[list[object]] | str:
    """Anything else that is raised fails the test."""
    try:
        return read_table(content, name)
    except SheetError as refused:
        return refused.code


def code_of(content: bytes, name: str = "danh-sach.csv") -> str:
    told = rows_or_code(content, name)
    assert isinstance(told, str), "it was read as a table"
    return told


# ------------------------------------------------------------------ text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_a_text_list_is_read_in_each_form_that_excel_writes(encoding: str, mark: str) -> None:
    text = f'Mã{mark}Tên\r\nA{mark}Đảng bộ xã Đăk Tô\r\nB{mark}"Chi bộ; thôn 1"\r\n'
    assert read_table(text.encode(encoding), "a.csv") == ROWS


def test_the_separator_that_excel_names_in_the_first_line_is_believed() -> None:
    assert read_table(b"sep=;\r\na;b,c\r\n1;2,5\r\n", "a.csv") == [["a", "b,c"], ["1", "2,5"]]


def test_rows_are_made_equally_wide_and_empty_ends_are_cut() -> None:
    text = "a,b,,\n\n1,,,\nx,y,z,\n,,,\n \n"
    assert read_table(text.encode(), "a.csv") == [
        ["a", "b", ""],
        ["", "", ""],
        ["1", "", ""],
        ["x", "y", "z"],
    ]


def test_a_line_break_inside_quotes_stays_inside_its_cell() -> None:
    assert read_table(b'a,b\n"1\n2",3\n', "a.csv") == [["a", "b"], ["1\n2", "3"]]


OLD = {
    "tcvn3 bytes": "§¶ng bé x· §¨k T«".encode("latin-1"),
    "cp1258 bytes": "Đa\u0309ng bô\u0323 xa\u0303".encode("cp1258"),
    "vni bytes": "Ñaûng boä xaõ Ñaêk Toâ".encode("latin-1"),
    "vni letters saved as unicode": "Ma,Ten\nA,Ñaûng boä xaõ Ñaêk Toâ\n".encode(),
    "tcvn3 letters saved as unicode": "Ma,Ten\nA,§¶ng bé x· §¨k T«\n".encode(),
}


@pytest.mark.parametrize("content", OLD.values(), ids=OLD)
def test_an_old_vietnamese_encoding_is_named_and_not_guessed_at(content: bytes) -> None:
    assert code_of(content) == "old_letters"


@pytest.mark.parametrize("text", ["a,b\n1,Muñoz\n", "Mã,«Tên» ±§\nA,Đăk Tô\n", "a;b\n1;2\n"])
def test_a_few_foreign_letters_are_no_old_encoding(text: str) -> None:
    assert len(read_table(text.encode(), "a.csv")) == 2


# ------------------------------------------------------------------ workbooks


def test_a_workbook_is_read_with_numbers_as_numbers() -> None:
    content = workbook([["Mã", "Số"], ["A", 12], ["", None], ["B", 1.5]])
    assert read_table(content, "a.xlsx") == [["Mã", "Số"], ["A", 12.0], ["", ""], ["B", 1.5]]


def test_the_content_decides_and_not_the_name_of_the_file() -> None:
    assert read_table(workbook(ROWS), "danh-sach.csv") == ROWS
    assert read_table(TEXT.encode(), "danh-sach.xlsx") == ROWS


def test_the_first_sheet_that_holds_anything_is_the_list() -> None:
    assert read_table(workbook([], ROWS, [["khác"]]), "a.xlsx") == ROWS


def test_rows_above_the_list_keep_their_numbers() -> None:
    assert read_table(workbook([[], [], ["", "Mã"]]), "a.xlsx") == [["", ""], ["", ""], ["", "Mã"]]


def test_dates_come_as_text() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"default_date_format": "dd/mm/yyyy"}) as book:
        from datetime import date

        book.add_worksheet().write_row(0, 0, ["ngày", date(2026, 11, 23)])
    assert read_table(out.getvalue(), "a.xlsx") == [["ngày", "2026-11-23"]]


# ------------------------------------------------------------------ other things

OTHERS = {
    "empty": (b"", "a.csv"),
    "empty (blanks)": (b" \r\n \n", "a.csv"),
    "empty (a mark only)": (b"\xef\xbb\xbf", "a.csv"),
    "empty (separators only)": (b";;;\n;;;\n", "a.csv"),
    "empty (a workbook)": (workbook([]), "a.xlsx"),
    "old_excel": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.xls"),
    "word": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "a.doc"),
    "word (new)": (archive(word__document_xml="<w/>"), "a.docx"),
    "encrypted": (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
        "a.xlsx",
    ),
    "pdf": (b"%PDF-1.7\n", "a.pdf"),
    "image": (b"\x89PNG\r\n\x1a\n", "a.png"),
    "image (a photograph)": (b"\xff\xd8\xff\xe0", "a.csv"),
    "not_a_table (a program)": (b"\x7fELF\x02\x01\x01\0\0\0\0" + bytes(range(256)), "a"),
    "not_a_table (an archive)": (archive(anything="x"), "a.zip"),
    "broken (cut off)": (workbook(ROWS)[:-60], "a.xlsx"),
    "broken (inside)": (archive(xl__workbook_xml="<workbook", a="x"), "a.xlsx"),
    "broken (a quote never closed)": (b'a,b\n"' + b"x" * 200_000, "a.csv"),
    "too_big": (b"a,b\n" * 2_700_000, "a.csv"),
    "too_many_rows": (b"a\n" * 20_001, "a.csv"),
    "too_many_rows (a workbook)": (workbook([[1]] * 20_001), "a.xlsx"),
    "too_many_rows (a cell far down)": (workbook([[]] * 20_000 + [[1]]), "a.xlsx"),
    "too_many_columns": (b",".join([b"a"] * 101), "a.csv"),
}


@pytest.mark.parametrize(("content", "name"), OTHERS.values(), ids=OTHERS)
def test_a_file_that_is_no_list_is_called_what_it_is(
    content: bytes, name: str, request: pytest.FixtureRequest
) -> None:
    assert code_of(content, name) == request.node.callspec.id.split(" (")[0]


def bomb(cells: dict[str, int]) -> bytes:
    """A workbook whose sheet says what no program of an office would write: at each place, so
    many letters."""
    rows = "".join(
        f'<row><c r="{at}" t="inlineStr"><is><t>{"a" * letters}</t></is></c></row>'
        for at, letters in cells.items()
    )
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f"<sheetData>{rows}</sheetData></worksheet>"
    )
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook([[1]]))) as plain,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            changed = sheet if name.endswith("sheet1.xml") else plain.read(name)
            packed.writestr(name, changed)
    return out.getvalue()


def test_the_bomb_is_well_made() -> None:
    assert read_table(bomb({"A1": 1, "B2": 2}), "a.xlsx") == [["a", ""], ["", "aa"]]


BOMBS = {
    "cells worlds apart": {"A1": 1, "XFD1048576": 1},
    "a book in one cell": {"A1": 60_000_000},
    "much in many cells": {f"A{n}": 30_000 for n in range(1, 400)},
}


@pytest.mark.parametrize("cells", BOMBS.values(), ids=BOMBS)
def test_a_small_file_that_unfolds_beyond_all_measure_is_given_up(cells: dict[str, int]) -> None:
    content = bomb(cells)
    assert len(content) < 300_000
    began = time.monotonic()
    assert code_of(content, "bomb.xlsx") == "too_heavy"
    assert time.monotonic() - began < sheetfile.SECONDS


# A process takes over the peak of the one that starts it, so a small one starts the reader.
MEASURE = """
import resource, subprocess, sys
with open(sys.argv[1], "rb") as content:
    done = subprocess.run([sys.executable, "-I", sys.argv[2]], stdin=content, capture_output=True)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
"""


def test_the_childs_memory_stays_within_its_limit(tmp_path: Path) -> None:
    """Two cells apart span a block of 45 million, 1.4 GB: more than the child may have."""
    path = tmp_path / "bomb.xlsx"
    path.write_bytes(bomb({"A1": 1, "DKJ15000": 1}))
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), sheetfile.__file__],
        capture_output=True,
        check=True,
    )
    code, peak = map(int, told.stdout.split())
    assert code < 0
    assert peak < sheetfile.MEMORY


def test_a_workbook_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheetfile, "SECONDS", 0.01)
    assert code_of(workbook(ROWS), "a.xlsx") == "too_heavy"


# ------------------------------------------------------------------ anything at all


@settings(max_examples=200)
@given(st.binary(max_size=300) | st.text(max_size=200).map(str.encode), st.text(max_size=8))
@example(b"\xff\xfe\x00", "")
@example(b"\xff\xfe\x00\xd8", "")
@example(b"a\x00b", "a.csv")
@example(b"sep=;", "a.csv")
@example(b'"', "a.csv")
def test_random_bytes_are_a_table_or_a_named_error(content: bytes, name: str) -> None:
    rows = rows_or_code(content, name)
    if not isinstance(rows, str):
        assert len({len(row) for row in rows}) == 1
        assert any(cell != "" for cell in rows[-1])


def test_a_workbook_with_bytes_changed_is_a_table_or_a_named_error() -> None:
    chance = random.Random(7)
    whole = workbook(ROWS)
    for _ in range(12):
        content = bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            content[chance.randrange(4, len(content))] = chance.randrange(256)
        assert rows_or_code(bytes(content), "a.xlsx")
