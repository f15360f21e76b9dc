"""Resolutions and their clauses."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.papers import bank, queries
from survey.papers.models import BankItem, Clause, Resolution
from tests.survey.papers.stage import SOURCE, Stage, add_draft, fresh

FORM = {
    "number": "59-NQ/TW",
    "title": "Về hội nhập quốc tế",
    "issuer": "Bộ Chính trị",
    "dated": "2025-01-24",
    "url": "https://chinhphu.example.vn/59",
    "public": "y",
}


def labels(session: Session, resolution_id: int) -> list[str]:
    return [clause.label for clause in queries.clauses_of(fresh(session), resolution_id)]


def numbers(session: Session) -> list[str]:
    return list(fresh(session).scalars(select(Resolution.number).order_by(Resolution.id)))


# ------------------------------------------------------------------ resolutions


def test_an_organiser_enters_a_resolution_for_the_own_unit(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    answer = alice.post("/resolutions/new", data=FORM)
    row = fresh(session).scalars(select(Resolution).where(Resolution.number == "59-NQ/TW")).one()
    assert answer.location == f"/resolutions/{row.id}"
    assert (row.unit_id, row.title, row.dated.isoformat()) == (
        stage.north,
        "Về hội nhập quốc tế",
        "2025-01-24",
    )


def test_a_date_may_be_typed_as_vietnamese_write_it(alice: FlaskClient, session: Session) -> None:
    alice.post("/resolutions/new", data=FORM | {"dated": "24/01/2025"})
    assert numbers(session) == ["57-NQ/TW", "59-NQ/TW"]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("number", " ", "Cần điền ô này."),
        ("number", "x" * 61, "Dài quá, nhiều nhất 60 ký tự."),
        ("dated", "hôm qua", "Ngày chưa đúng, ví dụ đúng: 05/12/2026."),
        ("url", "http://chinhphu.example.vn", "Cần một địa chỉ trang web đầy đủ"),
        ("url", "javascript:alert(1)", "Cần một địa chỉ trang web đầy đủ"),
        ("url", "https://", "Cần một địa chỉ trang web đầy đủ"),
        ("url", "https://[oops/59", "Cần một địa chỉ trang web đầy đủ"),
        ("public", "", "Chỉ đưa vào đây văn bản đã được công khai."),
    ],
)
def test_a_resolution_with_a_fault_is_refused_and_what_was_typed_stays(
    alice: FlaskClient, session: Session, field: str, value: str, said: str
) -> None:
    sent = {name: text for name, text in (FORM | {field: value}).items() if text}
    page = alice.post("/resolutions/new", data=sent).text
    assert said in page
    assert "Về hội nhập quốc tế" in page
    assert numbers(session) == ["57-NQ/TW"]


def test_a_unit_enters_a_number_once_and_another_unit_may_have_it_too(
    alice: FlaskClient, bob: FlaskClient, session: Session
) -> None:
    again = FORM | {"number": "57-NQ/TW"}
    assert "Đã có nghị quyết mang số này." in alice.post("/resolutions/new", data=again).text
    assert bob.post("/resolutions/new", data=again).status_code == 302
    assert numbers(session) == ["57-NQ/TW", "57-NQ/TW"]


def test_a_resolution_is_amended_but_not_into_a_number_that_is_taken(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    other = bank.save_resolution(session, replace(SOURCE, number="59-NQ/TW"), unit_id=stage.north)
    page = alice.post(f"/resolutions/{other}/edit", data=FORM | {"number": "57-NQ/TW"})
    assert "Đã có nghị quyết mang số này." in page.text
    alice.post(f"/resolutions/{other}/edit", data=FORM | {"number": "60-NQ/TW"})
    assert numbers(session) == ["57-NQ/TW", "60-NQ/TW"]


def test_an_administrator_chooses_whose_resolution_it_is_among_the_tops(
    sign_in: Callable[..., FlaskClient], session: Session, stage: Stage
) -> None:
    browser = sign_in("administrator")
    browser.post("/resolutions/new", data=FORM)
    owners = list(fresh(session).scalars(select(Resolution.unit_id).order_by(Resolution.id)))
    assert owners == [stage.north, stage.province]


def test_without_units_a_resolution_has_no_owner_and_the_page_says_where_to_begin(
    sign_in: Callable[..., FlaskClient],
) -> None:
    page = sign_in("administrator").get("/resolutions/new").text
    assert "Chưa có tổ chức nào" in page
    assert 'href="/units"' in page


def test_a_resolution_goes_with_its_clauses_and_bank_but_not_while_a_paper_is_on_it(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    draft = add_draft(session, stage)
    alice.post(f"/resolutions/{stage.resolution}/delete")
    assert numbers(session) == ["57-NQ/TW"]
    alice.post(f"/papers/{draft}/delete")
    alice.post(f"/resolutions/{stage.resolution}/delete")
    left = [fresh(session).scalars(select(part)).all() for part in (Resolution, Clause, BankItem)]
    assert left == [[], [], []]


def test_the_list_is_searched_without_marks_and_sorted_by_number_of_value(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    for number in ("9-NQ/TW", "18-NQ/TW"):
        bank.save_resolution(session, replace(SOURCE, number=number), unit_id=stage.north)
    page = alice.get("/resolutions?q=dot+pha&sort=number").text
    places = [page.index(f">{number}<") for number in ("9-NQ/TW", "18-NQ/TW", "57-NQ/TW")]
    assert places == sorted(places)
    assert "Không có nghị quyết nào khớp" in alice.get("/resolutions?q=bien+gioi").text


# ------------------------------------------------------------------ clauses


def test_a_clause_is_added_at_the_end(alice: FlaskClient, session: Session, stage: Stage) -> None:
    sent = {"label": " Mục  II ", "text": "Mục tiêu."}
    alice.post(f"/resolutions/{stage.resolution}/clauses", data=sent)
    assert labels(session, stage.resolution) == ["Mục I.1", "Mục I.2", "Mục II"]


def test_a_clause_label_is_there_once_and_what_was_typed_stays(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    sent = {"label": "Mục I.1", "text": "Chữ vừa gõ."}
    page = alice.post(f"/resolutions/{stage.resolution}/clauses", data=sent).text
    assert "Nghị quyết đã có mục này." in page
    assert "Chữ vừa gõ." in page
    assert labels(session, stage.resolution) == ["Mục I.1", "Mục I.2"]


def test_many_clauses_are_pasted_a_line_each_and_a_line_without_a_label_goes_on(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    lines = "Mục II.1: Đến 2030: 2 % GDP.\nTính cả nguồn tư nhân.\n\nMục II.2: Đến 2045."
    alice.post(f"/resolutions/{stage.resolution}/clauses/paste", data={"lines": lines})
    added = queries.clauses_of(fresh(session), stage.resolution)[2:]
    assert [(clause.label, clause.text) for clause in added] == [
        ("Mục II.1", "Đến 2030: 2 % GDP.\nTính cả nguồn tư nhân."),
        ("Mục II.2", "Đến 2045."),
    ]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("không có dấu\nMục III: có", "Dòng 1: cần có dấu hai chấm sau tên mục."),
        ("Mục III: một\nMục I.1: hai", "Có hai mục cùng tên “Mục I.1”. Chưa thêm mục nào."),
        ("Mục III: một\nMục III: hai", "Có hai mục cùng tên “Mục III”. Chưa thêm mục nào."),
        (" ", "Cần điền ô này."),
    ],
)
def test_pasted_clauses_come_in_all_or_none_and_stay_in_the_box(
    alice: FlaskClient, session: Session, stage: Stage, lines: str, said: str
) -> None:
    page = alice.post(f"/resolutions/{stage.resolution}/clauses/paste", data={"lines": lines}).text
    assert said in page
    assert lines.strip().split("\n")[-1] in page
    assert labels(session, stage.resolution) == ["Mục I.1", "Mục I.2"]


def test_a_clause_is_moved_and_stays_at_the_ends(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    first, second = stage.clauses
    alice.post(f"/clauses/{first}/move", data={"up": "1"})
    assert labels(session, stage.resolution) == ["Mục I.1", "Mục I.2"]
    alice.post(f"/clauses/{second}/move", data={"up": "1"})
    assert labels(session, stage.resolution) == ["Mục I.2", "Mục I.1"]
    alice.post(f"/clauses/{second}/move", data={"down": "1"})
    alice.post(f"/clauses/{second}/move", data={"down": "1"})
    assert labels(session, stage.resolution) == ["Mục I.1", "Mục I.2"]


def test_a_clause_is_amended_but_not_into_a_label_that_is_taken(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    url = f"/clauses/{stage.clauses[0]}/edit"
    page = alice.post(url, data={"label": "Mục I.2", "text": "mới"}).text
    assert "Nghị quyết đã có mục này." in page
    alice.post(url, data={"label": "Mục I, khoản 1", "text": "mới"})
    assert labels(session, stage.resolution) == ["Mục I, khoản 1", "Mục I.2"]


def test_a_deleted_clause_leaves_its_questions_tied_to_none(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    row = session.get_one(BankItem, stage.items[0])
    row.clause_id = stage.clauses[0]
    session.commit()
    assert "1 câu hỏi đang gắn với mục này" in alice.get(f"/clauses/{stage.clauses[0]}/edit").text
    alice.post(f"/clauses/{stage.clauses[0]}/delete")
    assert labels(session, stage.resolution) == ["Mục I.2"]
    assert queries.items_per_clause(session, stage.resolution) == {None: 2}
