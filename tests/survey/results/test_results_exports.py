"""Files: true numbers, texts that stay texts, and nothing that is withheld."""

import csv
import io
import zipfile
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from tests.survey.results.conftest import Province
from tests.survey.results.ground import MINUTE, NOON, close, hand_in

SignIn = Callable[..., FlaskClient]
pytestmark = pytest.mark.usefixtures("clock")
TABLES = ("units", "items", "clauses")


@pytest.fixture
def answered(session: Session, province: Province) -> Province:
    """In the north three answered in one cell, so it and the next smallest are withheld."""
    for cell, rights in zip(province.cells, SHEETS, strict=True):
        hand_in(session, province.sitting, cell, rights)
    close(session, province.sitting, NOON + 30 * MINUTE)
    return province


# Right answers of 4: 68.8 of 16 sheets, 50.0 of ten, 41.7 of three; nobody in the fourth cell.
SHEETS = ([4] * 6 + [2] * 10, [3] * 4 + [2] * 2 + [1] * 4, [0, 1, 4], [])


def sheets_of(browser: FlaskClient, province: Province, unit: int) -> dict[str, list[list[object]]]:
    answer = browser.get(f"/results/{province.sitting}/{unit}/results.xlsx")
    assert answer.headers["Content-Disposition"].endswith('.xlsx"')
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return {
        name: book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        for name in book.sheet_names
    }


def table_of(browser: FlaskClient, province: Province, unit: int, name: str) -> list[list[str]]:
    answer = browser.get(f"/results/{province.sitting}/{unit}/{name}.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.data.startswith("\ufeff".encode())
    lines = answer.data.decode("utf-8-sig")
    assert lines.count("\r\n") == lines.count("\n")
    return list(csv.reader(io.StringIO(lines, newline=""), delimiter=";"))


# ------------------------------------------------------------------ the workbook


def test_the_workbook_holds_three_tables_under_a_heading(
    sign_in: SignIn, answered: Province
) -> None:
    sheets = sheets_of(sign_in("administrator"), answered, answered.north)
    assert list(sheets) == ["Tổng hợp theo tổ chức", "Theo câu hỏi", "Theo nội dung"]
    for rows in sheets.values():
        assert [row[0] for row in rows[:4]] == [
            "Khảo sát sau hội nghị",
            "Đảng bộ xã Đăk Tô · 57-NQ/TW",
            "Ngày lập: 23/11/2026 · Kết quả cuối cùng.",
            "",
        ]


def test_units_stand_level_by_level_with_true_numbers(sign_in: SignIn, answered: Province) -> None:
    rows = sheets_of(sign_in("administrator"), answered, answered.north)["Tổng hợp theo tổ chức"]
    header, north, *cells = rows[4:9]
    assert header[:7] == [
        "Cấp",
        "Tổ chức đảng",
        "Mã",
        "Thuộc diện",
        "Có mặt",
        "Vắng có lý do",
        "Trả lời",
    ]
    assert north == [
        1, "Đảng bộ xã Đăk Tô", "QN-1", 38, "–", "–", 29, 76.3, 59.5, 48.6, 70.4, 7, 4, 12, 6, "",
    ]  # fmt: skip
    assert [cell[:3] for cell in cells] == [
        [2, "+Chi bộ thôn 11", "QN-1-11"],
        [2, "Chi bộ thôn 2", "QN-1-2"],
        [2, "Chi bộ thôn 10", "QN-1-10"],
    ]
    assert cells[1][6:15] == [16, 80.0, 68.8, 55.4, 82.1, 6, 0, 10, 0]
    assert cells[0][6:] == [
        3, 37.5, *["(*)"] * 7, "Không hiển thị do số người trả lời dưới 5",
    ]  # fmt: skip
    assert cells[2][6:] == [
        10, 100.0, *["(*)"] * 7, "Không hiển thị để không suy ra được nhóm dưới 5 người",
    ]  # fmt: skip


def test_an_empty_place_is_a_dash_and_not_a_zero(sign_in: SignIn, answered: Province) -> None:
    rows = sheets_of(sign_in("administrator"), answered, answered.south)["Tổng hợp theo tổ chức"]
    cell = rows[6]
    assert cell[1:] == [
        "Chi bộ thôn 1", "QN-2-1", "–", "–", "–", 0, *["–"] * 8,
        "Chưa có người trả lời; 1 chi bộ chưa có số đảng viên",
    ]  # fmt: skip


def test_a_question_tells_how_many_chose_what(sign_in: SignIn, answered: Province) -> None:
    rows = sheets_of(sign_in("administrator"), answered, answered.north)["Theo câu hỏi"]
    header, first, _, third, fourth = rows[4:9]
    assert header[-6:] == [
        "Phương án A", "Chọn A", "Phương án B", "Chọn B", "Phương án C", "Chọn C",
    ]  # fmt: skip
    assert first == [
        1, "Ai là trung tâm?", "Mục I", "Nhận biết", 29, 28, 96.6, 82.8, 99.4, 1,
        "✓ Người dân", 28, "Cơ quan", 0, "=1+1", 0,
    ]  # fmt: skip
    assert fourth[2] == "–"
    assert third[-2:] == ["", ""]


def test_names_and_options_that_look_like_formulas_stay_text(
    sign_in: SignIn, answered: Province
) -> None:
    answer = sign_in("administrator").get(
        f"/results/{answered.sitting}/{answered.north}/results.xlsx"
    )
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        sheets = [parts.read(name).decode() for name in parts.namelist() if "worksheets" in name]
        strings = parts.read("xl/sharedStrings.xml").decode()
    assert len(sheets) == 3
    assert not any("<f>" in sheet or "hyperlink" in sheet for sheet in sheets)
    assert "<t>=1+1</t>" in strings
    assert "<t>+Chi bộ thôn 11</t>" in strings


def test_no_time_of_day_is_in_the_workbook(sign_in: SignIn, answered: Province) -> None:
    answer = sign_in("administrator").get(
        f"/results/{answered.sitting}/{answered.north}/results.xlsx"
    )
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        core = parts.read("docProps/core.xml").decode()
        assert {entry.date_time for entry in parts.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert core.count("2026-11-23T00:00:00Z") == 2


# ------------------------------------------------------------------ CSV


def test_csv_is_written_as_excel_in_viet_nam_reads_it(sign_in: SignIn, answered: Province) -> None:
    rows = table_of(sign_in("administrator"), answered, answered.north, "units")
    assert rows[0][:3] == ["Cấp", "Tổ chức đảng", "Mã"]
    assert rows[1][:2] + rows[1][6:9] == ["1", "Đảng bộ xã Đăk Tô", "29", "76,3", "59,5"]
    assert rows[2][1] == "'+Chi bộ thôn 11"


def test_csv_of_clauses(sign_in: SignIn, answered: Province) -> None:
    rows = table_of(sign_in("administrator"), answered, answered.north, "clauses")
    assert rows == [
        ["Mục", "Các câu", "Lượt trả lời", "Lượt đúng", "Tỷ lệ đúng (%)"],
        ["Mục I", "1, 2", "58", "51", "87,9"],
        ["Mục II", "3", "29", "11", "37,9"],
        ["Không gắn nội dung", "4", "29", "7", "24,1"],
    ]


def test_a_withheld_cell_has_no_figures_by_question_or_clause(
    sign_in: SignIn, answered: Province
) -> None:
    browser = sign_in("secretary", answered.cells[2])
    clauses = table_of(browser, answered, answered.cells[2], "clauses")
    assert clauses[1] == ["Mục I", "–", "(*)", "(*)", "(*)"]
    items = table_of(browser, answered, answered.cells[2], "items")
    assert items[1][4:] == [*["(*)"] * 6, "✓ Người dân", "(*)", "Cơ quan", "(*)", "'=1+1", "(*)"]


# ------------------------------------------------------------------ what is withheld


def everything(browser: FlaskClient, province: Province) -> str:
    """The text of every page and file that an account may get of the sitting."""
    found = []
    units = (province.top, province.north, province.south, *province.cells)
    for unit in units:
        base = f"/results/{province.sitting}/{unit}"
        more = ["", "?items=paper", "/print", *(f"/{name}.csv" for name in TABLES)]
        found += [browser.get(base + page).data.decode() for page in more]
        book = browser.get(base + "/results.xlsx").data
        with zipfile.ZipFile(io.BytesIO(book)) as parts:
            found += [parts.read(name).decode() for name in parts.namelist()]
    return "\n".join(found)


def is_told(figure: str, text: str) -> bool:
    return any(form in text for form in (figure, figure.replace(".", ",")))


def test_a_withheld_figure_is_nowhere(sign_in: SignIn, answered: Province) -> None:
    text = everything(sign_in("administrator"), answered)
    assert is_told("68.8", text)  # the cell that is shown
    assert is_told("59.5", text)  # the commune
    # Means and intervals of the three, of the ten hidden beside them, and of both together.
    for hidden in ("41.7", "50.0", "48.1", "33.1", "66.9", "30.1", "66.0"):
        assert not is_told(hidden, text), hidden


def test_what_is_hidden_beside_it_would_be_told_if_the_small_cell_were_not_there(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    """The leak test above could fail: the same figure is on the page where nothing is withheld."""
    for cell, rights in zip(province.cells[:2], SHEETS[:2], strict=True):
        hand_in(session, province.sitting, cell, rights)
    close(session, province.sitting, NOON + 30 * MINUTE)
    text = everything(sign_in("administrator"), province)
    assert is_told("50.0", text)
    assert is_told("33.1", text)
