"""The import of a list through its three pages, and the list as a file."""

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey import web
from survey.sheetfile import SheetError, read_table
from survey.units import listing, operations, queries, words
from survey.units.models import ImportDraft
from survey.units.tree import Kind
from tests.conftest import NOON
from tests.survey.units.planting import FOUNDED, ROWS, TODAY, row, shape, take

pytestmark = pytest.mark.usefixtures("afternoon")

Ids = dict[str, int]
SignIn = Callable[..., FlaskClient]

HEAD = "Mã;Mã cấp trên;Tên;Loại;Tổng số đảng viên;Thuộc diện\n"
MULTIPART = "multipart/form-data; boundary=x"
COLUMNS = {"code": 0, "parent": 1, "name": 2, "kind": 3, "total": 4, "eligible": 5, "first": 2}


@pytest.fixture
def admin(sign_in: SignIn) -> FlaskClient:
    return sign_in("administrator")


def upload(browser: FlaskClient, rows: str, name: str = "ds.csv") -> str:
    """Send a list -> the address of its draft."""
    sent = {"file": (io.BytesIO((HEAD + rows).encode("utf-8-sig")), name)}
    answer = browser.post("/units/import", data=sent)
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def look(browser: FlaskClient, draft: str, **said: object) -> str:
    given = COLUMNS | {"on": TODAY.isoformat()} | said
    return browser.get(f"{draft}/preview", query_string=given).text


def confirm(browser: FlaskClient, draft: str, seen: str | None = None) -> str:
    """Press the button of the preview -> the page that follows."""
    if seen is None:
        found = re.search(r'name="seen" value="(\w+)"', look(browser, draft))
        assert found, "the preview has no button"
        seen = found[1]
    sent = COLUMNS | {"on": TODAY.isoformat(), "seen": seen}
    return browser.post(f"{draft}/preview", data=sent, follow_redirects=True).text


def figures(page: str) -> list[str]:
    """New, changed, the same, wrong."""
    return re.findall(r'class="figure">([\d.]+)', page)


def told(session: Session) -> dict[str, tuple[str, str | None]]:
    session.rollback()
    return shape(queries.load_tree(session, TODAY))


# ------------------------------------------------------------------ the three pages


def test_the_columns_are_guessed_and_shown(admin: FlaskClient) -> None:
    page = admin.get(upload(admin, "A;;Đảng bộ A;;;\n")).text
    chosen = re.findall(r'<option selected value="(-?\d)">([^<]*)', page)
    assert chosen == [
        ("0", "A · Mã"),
        ("1", "B · Mã cấp trên"),
        ("2", "C · Tên"),
        ("3", "D · Loại"),
        ("4", "E · Tổng số đảng viên"),
        ("5", "F · Thuộc diện"),
    ]
    assert "<td>Đảng bộ A</td>" in page


def test_a_list_goes_from_file_to_tree(admin: FlaskClient, session: Session, tree_ids: Ids) -> None:
    draft = upload(
        admin,
        "DT2;DT;Chi bộ Rao;Chi bộ;21;20\n"
        "DT10;DT;Chi bộ thôn 10;Chi bộ;30;25\n"
        "M;DH;Chi bộ mới;Chi bộ;7;\n"
        "T;QN;Tổ hợp tác;Tổ;5;\n",
    )
    page = look(admin, draft)
    assert figures(page) == ["2", "1", "1", "0"]
    assert "Nhập 3 tổ chức" in page
    assert "Tên: Chi bộ thôn 2 → Chi bộ Rao" in page
    assert "Đảng viên / thuộc diện: 20 / 20 → 21 / 20" in page
    assert "5 tổ chức hiện có không nằm trong tệp" in page
    assert "1 dòng không phải chi bộ có số đảng viên" in page
    assert "không tính là chi bộ: Tổ." in page
    assert "M" not in told(session)
    assert "Đã nhập 3 tổ chức." in confirm(admin, draft)
    assert told(session)["DT2"] == ("Chi bộ Rao", "DT")
    assert told(session)["M"] == ("Chi bộ mới", "DH")
    assert admin.get(draft).status_code == 404
    assert session.query(ImportDraft).count() == 0


def test_the_same_list_again_has_no_button(admin: FlaskClient, tree_ids: Ids) -> None:
    page = look(admin, upload(admin, "VP;QN;Chi bộ Văn phòng;Chi bộ;9;8\n"))
    assert figures(page) == ["0", "0", "1", "0"]
    assert "Không có gì thay đổi" in page
    assert 'name="seen"' not in page


BAD = (
    ("A1;KHONG;Chi bộ a;;10;9", "Không có cấp trên mang mã “KHONG” vào ngày này."),
    ("A2;A2;Đảng bộ b;;;", "Vòng lặp: cấp trên “A2” lại nằm dưới chính tổ chức này."),
    ("A3;QN;Chi bộ c;;-3;", "Số đảng viên âm: -3."),
    ("A4;QN;Chi bộ d;;10;12", "Số thuộc diện lớn hơn tổng số: 12 &gt; 10."),
    ("VP;QN;Chi bộ Văn phòng;;9;8", None),
    ("VP;QN;Chi bộ khác;;9;8", "Trùng mã với dòng 6."),
    ("A5;QN;Đảng bộ xã Đăk Tô;;;", "Cùng cấp trên đã có tên này (mã “DT”)."),
    ("A6;QN;;;3;", "Thiếu tên."),
    (";QN;Chi bộ e;;4;", "Thiếu mã."),
    ("A7;QN;Chi bộ f;;mười;", "“mười” không phải số đảng viên."),
    ("A8;DT2;Tổ đảng;;;", "Cấp trên “DT2” là chi bộ; dưới chi bộ không có tổ chức khác."),
    ("DT10;DT;Chi bộ thôn 10;Cấp xã;;", "Đã ghi là “Chi bộ”; chi bộ không đổi thành loại khác."),
    ("A9;QN;<script>;;x<b>;", "“x&lt;b&gt;” không phải số đảng viên."),
)


def test_every_bad_row_is_named_and_nothing_is_taken(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    draft = upload(admin, "".join(line + "\n" for line, _ in BAD))
    page = look(admin, draft)
    assert figures(page) == ["0", "0", "1", "12"]
    for number, (_, why) in enumerate(BAD, start=2):
        assert (f"Dòng {number}</th>" in page) == (why is not None)
        assert why is None or why in page
    assert "<script>;" not in page
    assert 'name="seen"' not in page
    assert "Xem trước" in confirm(admin, draft, seen="x")
    assert len(told(session)) == 7


def test_the_child_of_a_bad_row_is_not_called_an_orphan(admin: FlaskClient, tree_ids: Ids) -> None:
    page = look(admin, upload(admin, "P;QN;Đảng bộ p;;x;\nM;P;Chi bộ m;;3;\n"))
    assert figures(page) == ["1", "0", "0", "1"]
    assert "Không có cấp trên" not in page


def test_what_falls_out_of_reach_between_preview_and_import_is_not_taken(
    sign_in: SignIn, session: Session, tree_ids: Ids, monkeypatch: pytest.MonkeyPatch
) -> None:
    organiser = sign_in("organiser", tree_ids["DT"])
    draft = upload(organiser, "DT2;DT;Chi bộ Rao;;;\nDT10;DT;Chi bộ thôn 10;;;\n")
    taken = operations.import_units

    def after_a_move(own: Session, rows: list[listing.Listed], **given: Any) -> object:
        operations.move_unit(
            session, tree_ids["DT2"], parent_id=tree_ids["QN"], on=TODAY, now=web.now()
        )
        return taken(own, rows, **given)

    monkeypatch.setattr(operations, "import_units", after_a_move)
    assert "Ngoài phạm vi đồng chí phụ trách." in confirm(organiser, draft)
    assert told(session)["DT2"] == ("Chi bộ thôn 2", "QN")


def test_a_sure_hand_cannot_send_off_a_list_with_faults(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    draft = upload(admin, "M;QN;Chi bộ m;;3;\nN;KHONG;Chi bộ n;;3;\n")
    seen = re.search(r'name="seen" value="(\w+)"', look(admin, draft))
    assert seen is None
    confirm(admin, draft, seen="0" * 64)
    assert len(told(session)) == 7


def test_a_tree_that_changed_meanwhile_is_shown_again_before_anything_is_done(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    draft = upload(admin, "DT2;DT;Chi bộ Rao;;20;20\nVP;QN;Chi bộ Văn phòng;;9;8\n")
    seen = re.search(r'name="seen" value="(\w+)"', look(admin, draft))
    assert seen
    operations.set_headcount(session, tree_ids["VP"], total=11, eligible=11, now=web.now())
    page = confirm(admin, draft, seen=seen[1])
    assert "Cây tổ chức vừa thay đổi" in page
    assert "11 / 11 → 9 / 8" in page
    assert told(session)["DT2"][0] == "Chi bộ thôn 2"
    assert "Đã nhập 2 tổ chức." in confirm(admin, draft)


def test_columns_and_day_chosen_stay_when_one_goes_back(admin: FlaskClient, tree_ids: Ids) -> None:
    draft = upload(admin, "DT;;Đảng bộ;;;\n")
    page = admin.get(draft, query_string=COLUMNS | {"kind": -1, "on": "2027-01-05"}).text
    chosen = re.findall(r'<option selected value="(-?\d)">', page)
    assert chosen == ["0", "1", "2", "-1", "4", "5"]
    assert 'value="2027-01-05"' in page


def test_names_cannot_be_changed_from_a_past_day(admin: FlaskClient, tree_ids: Ids) -> None:
    page = look(admin, upload(admin, "DT2;DT;Chi bộ Rao;;;\n"), on="2026-11-22")
    assert "Đổi tên hoặc cấp trên chỉ ghi được từ hôm nay." in page


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"code": -1}, "Chọn cột này."),
        ({"parent": -1}, "Chọn cột này."),
        ({"name": "x"}, "không có trong danh sách"),
        ({"total": 99}, "không có trong danh sách"),
        ({"first": 0}, "Dòng đầu tiên là dòng 1."),
        ({"first": "x"}, "Cần điền một số nguyên."),
        ({"first": 10**30}, None),
        ({"on": ""}, "Cần điền ô này."),
        ({"on": "2026-02-31"}, "Ngày chưa đúng"),
    ],
)
def test_a_forged_or_missing_choice_of_columns_is_asked_again(
    admin: FlaskClient, tree_ids: Ids, said: dict[str, object], why: str | None
) -> None:
    page = look(admin, upload(admin, "DT;QN;Đảng bộ xã Đăk Tô;;;\n"), **said)
    assert (why or "Không có gì thay đổi") in page


def test_a_preview_asked_for_with_nothing_asks_for_the_columns(admin: FlaskClient) -> None:
    draft = upload(admin, "A;;Đảng bộ;;;\n")
    assert admin.get(f"{draft}/preview").status_code == 422
    assert admin.post(f"{draft}/preview").status_code == 422


# ------------------------------------------------------------------ files


@pytest.mark.parametrize("code", sorted(words.SHEETS))
def test_each_word_for_a_file_has_its_sentence(
    admin: FlaskClient, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def refuse(_content: bytes, _name: str) -> None:
        raise SheetError(code)

    monkeypatch.setattr("survey.units.uploads.read_table", refuse)
    answer = admin.post("/units/import", data={"file": (io.BytesIO(b"x"), "a.csv")})
    assert answer.status_code == 422
    assert str(words.SHEETS[code]) in answer.text


def test_every_word_the_reader_has_for_a_file_is_known_here() -> None:
    source = Path("survey/sheetfile.py").read_text(encoding="utf-8")
    raised = set(re.findall(r'SheetError\("(\w+)"\)', source)) | {"broken", "too_heavy"}
    raised |= {"word", "old_excel", "not_a_table", "old_letters"}
    assert raised == set(words.SHEETS)


def test_a_file_in_an_old_encoding_is_explained(admin: FlaskClient) -> None:
    sent = {"file": (io.BytesIO("Ñaûng boä xaõ".encode("latin-1")), "ds.csv")}
    assert "TCVN3, VNI hoặc cp1258" in admin.post("/units/import", data=sent).text


def test_a_file_of_fifty_megabytes_is_explained(admin: FlaskClient) -> None:
    answer = admin.post("/units/import", data=b"x" * 50_000_000, content_type=MULTIPART)
    assert answer.status_code == 413
    assert "Tệp lớn quá 10 MB." in answer.text


def test_a_stranger_who_sends_too_much_is_asked_to_sign_in(client: FlaskClient) -> None:
    answer = client.post("/units/import", data=b"x" * 11_000_000, content_type=MULTIPART)
    assert answer.status_code == 401


@pytest.mark.parametrize("sent", [{}, {"file": ""}, {"file": (io.BytesIO(b"x"), "")}])
def test_no_file_at_all_is_asked_for(admin: FlaskClient, sent: dict[str, object]) -> None:
    assert "Chọn một tệp." in admin.post("/units/import", data=sent).text


def test_a_file_without_a_name_is_read_by_its_content(admin: FlaskClient) -> None:
    assert upload(admin, "A;;Đảng bộ;;;\n", name="x" * 400).startswith("/units/import/")


# ------------------------------------------------------------------ rights


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("secretary", 403)])
def test_who_may_not_change_units_imports_none(
    sign_in: SignIn, tree_ids: Ids, role: str, status: int
) -> None:
    browser = sign_in(role, tree_ids["DT2"])
    for page in ("/units/import", "/units/import/1", "/units/import/1/preview"):
        assert browser.get(page).status_code == status
    assert browser.post("/units/import").status_code == status
    assert browser.post("/units/import/1/preview").status_code == status


def test_a_draft_is_its_owners_alone(admin: FlaskClient, sign_in: SignIn, tree_ids: Ids) -> None:
    draft = upload(admin, "M;DT;Chi bộ m;;3;\n")
    other = sign_in("organiser", tree_ids["DT"])
    assert other.get(draft).status_code == 404
    assert other.get(f"{draft}/preview").status_code == 404
    assert other.post(f"{draft}/preview").status_code == 404
    assert admin.get(draft).status_code == 200
    assert admin.get(f"/units/import/{10**30}").status_code == 404


def test_an_organiser_imports_under_the_own_unit_only(
    sign_in: SignIn, session: Session, tree_ids: Ids
) -> None:
    organiser = sign_in("organiser", tree_ids["DT"])
    page = look(organiser, upload(organiser, "M;DH;Chi bộ m;;3;\nN;;Đảng bộ n;;;\n"))
    assert "Ngoài phạm vi đồng chí phụ trách." in page
    assert "chỉ quản trị lập được tổ chức cao nhất" in page
    assert "Đã nhập 1 tổ chức." in confirm(organiser, upload(organiser, "M;DT;Chi bộ m;;3;\n"))
    assert told(session)["M"] == ("Chi bộ m", "DT")


# ------------------------------------------------------------------ the list as a file


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_list_as_a_file_comes_back_as_it_went(
    admin: FlaskClient, session: Session, tree_ids: Ids, ending: str
) -> None:
    take(session, row("CT", "QN", "=1+1 “hai; ba”", kind="Tổ", total=3))
    answer = admin.get(f"/units/list.{ending}")
    assert answer.headers["Content-Disposition"] == (
        f'attachment; filename="to-chuc-2026-11-23.{ending}"'
    )
    table = read_table(answer.data, f"ds.{ending}")
    reading = listing.read(table, listing.guess(table))
    assert reading.faults == []
    assert len(reading.listed) == 8
    plan = take(session, *reading.listed)
    assert (plan.new, plan.changed, plan.same) == ([], [], 8)


def test_the_text_file_is_made_for_vietnamese_excel(admin: FlaskClient, tree_ids: Ids) -> None:
    content = admin.get("/units/list.csv").data
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").split("\r\n")[:3] == [
        "Mã;Mã cấp trên;Tên;Loại;Tổng số đảng viên;Thuộc diện",
        "QN;;Đảng bộ tỉnh Quảng Ngãi;Cấp tỉnh;;",
        "VP;QN;Chi bộ Văn phòng;Chi bộ;9;8",
    ]


def test_a_name_that_looks_like_a_formula_is_none(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    take(session, row("CT", "QN", "=1+1"), row("AM", "QN", "@SUM(A1)"))
    text = admin.get("/units/list.csv").data.decode("utf-8-sig")
    assert "CT;QN;'=1+1;" in text
    assert "AM;QN;'@SUM(A1);" in text
    table = read_table(admin.get("/units/list.xlsx").data, "a.xlsx")
    assert ["CT", "QN", "=1+1", "Đảng bộ", "", ""] in table


def test_the_file_holds_the_own_subtree_only(sign_in: SignIn, tree_ids: Ids) -> None:
    viewer = sign_in("viewer", tree_ids["DT"])
    codes = [line[0] for line in read_table(viewer.get("/units/list.csv").data, "a.csv")]
    assert codes == ["Mã", "DT", "DT2", "DT10"]
    assert sign_in("secretary", tree_ids["DT2"]).get("/units/list.csv").status_code == 403
    assert viewer.get("/units/list.pdf").status_code == 404


def test_the_list_of_an_organiser_imported_again_changes_nothing(
    sign_in: SignIn, tree_ids: Ids
) -> None:
    organiser = sign_in("organiser", tree_ids["DT"])
    content = organiser.get("/units/list.csv").data.decode("utf-8-sig").split("\r\n", 1)[1]
    assert "Không có gì thay đổi" in look(organiser, upload(organiser, content))


def test_the_kinds_have_their_words_in_both_directions() -> None:
    for kind in Kind:
        label = words.kind_label(kind)
        read = listing.read([["A", "", "x", label]], listing.Columns(1, 0, 1, 2, 3))
        assert read.listed[0].kind == kind
    assert words.kind_label("Tổ") == "Tổ"


def test_the_planted_tree_is_that_of_the_tests(session: Session) -> None:
    operations.import_units(session, ROWS, on=FOUNDED, now=NOON)
    assert len(told(session)) == len(ROWS)
