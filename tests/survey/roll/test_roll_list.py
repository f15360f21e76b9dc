"""The roll as a list: downloaded, pasted, uploaded."""

import io
import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.roll.operations import note_cells
from survey.roll.queries import present_in_cells
from survey.sittings import operations
from tests.survey.sittings.browsing import words
from tests.survey.sittings.stage import NOON, Stage, plan

SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def halls(session: Session, stage: Stage, conference: int) -> list[int]:
    return [
        operations.add_hall(session, conference, name=name, unit_id=unit, called=[unit])
        for name, unit in (("Hội trường Đăk Tô", stage.north), ("Hội trường Ba Tơ", stage.south))
    ]


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int, halls: list[int]) -> int:
    return plan(session, stage, conference)


@pytest.fixture
def desk(sign_in: SignIn, stage: Stage) -> FlaskClient:
    return sign_in("organiser", stage.province)


def cells_of(session: Session, sitting: int) -> dict[int, tuple[int, int]]:
    session.rollback()
    return present_in_cells(session, sitting)


# ------------------------------------------------------------------ the list


def test_the_list_that_is_downloaded_is_filled_in_and_pasted_back(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    note_cells(session, sitting, {stage.north_1: (9, 1)}, now=NOON)
    answer = desk.get(f"/sittings/{sitting}/roll.csv")
    assert answer.mimetype == "text/csv"
    text = answer.data.decode("utf-8-sig")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert text.split("\r\n")[:3] == [
        "Mã;Chi bộ;Thuộc diện;Có mặt;Vắng có lý do",
        "QN-2-T2;Chi bộ thôn 2, Đảng bộ xã Ba Tơ;;;",
        "QN-1-T2;Chi bộ thôn 2, Đảng bộ xã Đăk Tô;10;9;1",
    ]
    filled = text.replace("Ba Tơ;;;", "Ba Tơ;;7;2")
    said = desk.post(
        f"/sittings/{sitting}/roll/paste", data={"lines": filled}, follow_redirects=True
    )
    assert "Đã ghi 2 dòng." in words(said.text)
    assert cells_of(session, sitting) == {stage.north_1: (9, 1), stage.south_1: (7, 2)}


def test_a_list_with_a_wrong_line_is_written_not_at_all_and_stays_in_the_box(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    lines = "QN-1-T2;9;1\nQN-7;<3>;\nQN-1;4;\nQN-1-T2;5;"
    answer = desk.post(f"/sittings/{sitting}/roll/paste", data={"lines": lines})
    assert answer.status_code == 422
    said = words(answer.text)
    assert "Dòng 2: “<3>” không phải số người." in said
    assert "Dòng 3: không có chi bộ mã “QN-1” trong đợt này." in said
    assert "Dòng 4: mã “QN-1-T2” đã có ở dòng trên." in said
    box = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", answer.text, re.DOTALL)
    assert box is not None
    assert unescape(box[1]) == lines
    assert cells_of(session, sitting) == {}


def test_a_file_is_taken_like_a_paste_and_its_lines_are_put_into_the_box(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    import xlsxwriter

    def book(rows: list[list[object]]) -> dict[str, object]:
        out = io.BytesIO()
        with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
            sheet = workbook.add_worksheet()
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
        out.seek(0)
        return {"file": (out, "roll.xlsx"), "lines": ""}

    url = f"/sittings/{sitting}/roll/paste"
    bad = desk.post(url, data=book([["QN-1-T2", 9, 1], ["QN-9", 4, ""]]))
    assert bad.status_code == 422
    assert "QN-1-T2;9;1\nQN-9;4;</textarea>" in bad.text
    desk.post(url, data=book([["QN-1-T2", 9, 1]]))
    assert cells_of(session, sitting) == {stage.north_1: (9, 1)}


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({}, "Chưa có dòng nào."),
        ({"lines": "   \n"}, "Chưa có dòng nào."),
        ({"lines": "QN-1-T2;;"}, "Không dòng nào có số có mặt."),
        ({"lines": "Mã;Có mặt"}, "Không dòng nào có số có mặt."),
    ],
)
def test_a_list_without_figures_says_so(
    sitting: int, desk: FlaskClient, data: dict[str, str], problem: str
) -> None:
    answer = desk.post(f"/sittings/{sitting}/roll/paste", data=data)
    assert answer.status_code == 422
    assert problem in words(answer.text)


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7", b"\x89PNG\r\n", b"PK\x03\x04broken", bytes(range(256)), b"\xff\xfe\x00"],
)
def test_a_file_of_another_kind_is_named_as_such_and_no_traceback(
    sitting: int, desk: FlaskClient, content: bytes
) -> None:
    data = {"file": (io.BytesIO(content), "roll.xlsx"), "lines": "QN-1-T2;9"}
    answer = desk.post(f"/sittings/{sitting}/roll/paste", data=data)
    assert answer.status_code == 422
    assert "Chưa lưu dòng nào" in words(answer.text)
    assert "QN-1-T2;9" in answer.text


def test_lists_of_others_cells_are_not_taken(
    session: Session, stage: Stage, sitting: int, sign_in: SignIn
) -> None:
    north = sign_in("organiser", stage.north)
    answer = north.post(f"/sittings/{sitting}/roll/paste", data={"lines": "QN-2-T2;5;0"})
    assert "không có chi bộ mã “QN-2-T2” trong đợt này" in words(answer.text)
    assert "QN-2-T2" not in north.get(f"/sittings/{sitting}/roll.csv").text
    assert cells_of(session, sitting) == {}
