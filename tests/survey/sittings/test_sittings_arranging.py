"""The pages on which a conference is arranged: halls, and who is called to each."""

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.sittings import hall_pages, operations
from survey.sittings.models import Conference, Hall, HallUnit
from tests.survey.sittings.browsing import counted, told, words
from tests.survey.sittings.stage import NOON, Stage, plan

SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def desk(sign_in: SignIn, stage: Stage) -> FlaskClient:
    return sign_in("organiser", stage.province)


@pytest.fixture
def hall(session: Session, stage: Stage, conference: int) -> int:
    return operations.add_hall(
        session, conference, name="Hội trường A", unit_id=stage.north, called=[stage.north]
    )


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int, hall: int) -> int:
    return plan(session, stage, conference)


# ------------------------------------------------------------------ conferences and halls


def test_a_conference_is_entered_with_its_day_and_its_convener(
    session: Session, stage: Stage, desk: FlaskClient
) -> None:
    data = {"title": "  Hội  nghị xã ", "held_on": "2026-12-05", "unit": "đảng uỷ xã đăk tô"}
    answer = desk.post("/conferences/new", data=data)
    held = session.scalars(select(Conference)).one()
    assert answer.location == f"/conferences/{held.id}"
    assert (held.title, held.held_on, held.unit_id) == (
        "Hội nghị xã",
        date(2026, 12, 5),
        stage.north,
    )
    page = words(desk.get(answer.location).text)
    assert "05/12/2026 · Đảng bộ xã Đăk Tô" in page
    assert "Chưa có điểm cầu" in page


def test_a_day_is_also_taken_as_it_is_written_here(
    session: Session, stage: Stage, desk: FlaskClient
) -> None:
    desk.post("/conferences/new", data={"title": "X", "held_on": "05/12/2026", "unit": "QN"})
    assert session.scalars(select(Conference.held_on)).one() == date(2026, 12, 5)


def test_what_is_wrong_is_said_at_the_field_and_what_was_typed_stays(
    session: Session, stage: Stage, desk: FlaskClient
) -> None:
    data = {"title": "Hội nghị <b>", "held_on": "mai", "unit": "Chi bộ thôn 2"}
    page = desk.post("/conferences/new", data=data).text
    assert 'value="Hội nghị &lt;b&gt;"' in page
    assert 'value="mai"' in page
    assert "Ngày chưa đúng" in words(page)
    assert "Đồng chí điền mã: QN-2-T2, QN-1-T2." in words(page)
    empty = words(desk.post("/conferences/new", data={}).text)
    assert empty.count("Cần điền ô này.") == 4  # twice each: in the summary and at the field
    assert session.scalar(select(Conference.id)) is None


def test_the_form_of_a_conference_shows_what_is_held_and_saves_what_is_changed(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    url = f"/conferences/{conference}/edit"
    page = desk.get(url).text
    for value in ("Hội nghị Nghị quyết 57", "2026-11-23", "Đảng bộ tỉnh Quảng Ngãi"):
        assert f'value="{value}"' in page
    data = {"title": "Tên mới", "held_on": "2026-11-24", "unit": "QN-1"}
    assert "Đã lưu." in told(desk, url, **data)
    assert session.get_one(Conference, conference).unit_id == stage.north


def test_a_conference_is_dropped_until_it_has_a_sitting(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    sitting = plan(session, stage, conference)
    url = f"/conferences/{conference}/drop"
    assert "đã có đợt khảo sát nên không xóa được" in told(desk, url)
    operations.drop_sitting(session, sitting, now=NOON)
    assert "Đã xóa hội nghị." in told(desk, url)
    assert session.scalar(select(Conference.id)) is None


def test_a_hall_calls_its_host_to_begin_with(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    url = f"/conferences/{conference}/halls/new"
    answer = desk.post(url, data={"name": "Hội trường A", "unit": "xã Đăk Tô"})
    held = session.scalars(select(Hall)).one()
    assert answer.location == f"/halls/{held.id}"
    assert session.scalars(select(HallUnit.unit_id)).all() == [stage.north]
    assert "Đảng bộ xã Đăk Tô 2 28 Thôi gọi" in words(desk.get(answer.location).text)


def test_a_hall_of_a_name_that_is_taken_is_not_added_and_not_renamed(
    session: Session, stage: Stage, conference: int, hall: int, desk: FlaskClient
) -> None:
    data = {"name": "Hội trường A", "unit": "QN-2"}
    added = desk.post(f"/conferences/{conference}/halls/new", data=data).text
    assert "Hội nghị đã có điểm cầu tên này." in words(added)
    assert 'value="QN-2"' in added
    other = operations.add_hall(session, conference, name="B", unit_id=stage.south)
    assert "đã có điểm cầu tên này" in told(desk, f"/halls/{other}/edit", **data)
    assert "Đã lưu." in told(desk, f"/halls/{other}/edit", name="C", unit="QN-2")


def test_a_hall_in_use_says_why_it_stays(
    session: Session, stage: Stage, conference: int, hall: int, desk: FlaskClient
) -> None:
    plan(session, stage, conference, opens_at=NOON)
    assert "nên giữ lại điểm cầu này" in told(desk, f"/halls/{hall}/remove")
    uncalled = told(desk, f"/halls/{hall}/uncall", units=stage.north)
    assert "chỉ thêm, không bớt" in uncalled
    assert "Thôi gọi" not in uncalled
    assert session.scalar(select(HallUnit.unit_id)) == stage.north


def test_a_hall_is_removed_and_a_call_taken_back_before_anything_opened(
    session: Session, stage: Stage, hall: int, desk: FlaskClient
) -> None:
    assert "Đã thôi triệu tập." in told(desk, f"/halls/{hall}/uncall", units=stage.north)
    assert "Chưa gọi tổ chức nào" in words(desk.get(f"/halls/{hall}").text)
    assert "Đã bỏ điểm cầu" in told(desk, f"/halls/{hall}/remove")
    assert session.scalar(select(Hall.id)) is None


def test_the_conference_shows_halls_by_sittings_with_the_code_where_they_meet(
    session: Session, stage: Stage, conference: int, sitting: int, desk: FlaskClient
) -> None:
    second = plan(session, stage, conference, opens_at=NOON, title="Đợt hai")
    page = desk.get(f"/conferences/{conference}").text
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    assert [len(re.findall(r"\d{4}\xa0\d{4}", row)) for row in rows] == [0, 2, 2]
    assert "Hội trường A Đảng bộ xã Đăk Tô 2 28" in words(rows[1])
    assert words(rows[2]).startswith("Mã chung cho cả hội nghị 2 28")
    assert f'href="/sittings/{second}"' in rows[0]
    assert "Đang mở" in words(rows[0])


def test_a_conference_costs_as_many_queries_with_many_halls_as_with_one(
    session: Session, stage: Stage, conference: int, sitting: int, desk: FlaskClient, app: Flask
) -> None:
    def asked() -> int:
        with counted(app) as statements:
            assert desk.get(f"/conferences/{conference}").status_code == 200
        return len(statements)

    once = asked()
    for name in "BCDE":
        operations.add_hall(
            session, conference, name=name, unit_id=stage.south, called=[stage.south]
        )
    assert asked() == once <= 10


# ------------------------------------------------------------------ calling units


def test_units_are_ticked_in_the_tree_or_among_what_a_search_finds(
    session: Session, stage: Stage, hall: int, desk: FlaskClient
) -> None:
    def offered(query: str = "") -> set[int]:
        page = desk.get(f"/halls/{hall}/call{query}").text
        return {int(unit) for unit in re.findall(r'name="units" value="(\d+)"', page)}

    assert offered() == {stage.province, stage.north, stage.south}
    assert offered(f"?under={stage.north}") == {stage.north, stage.north_1, stage.north_2}
    assert offered("?under=999") == offered()
    assert offered("?q=thon+2") == {stage.north_1, stage.south_1}
    assert "Không tìm thấy" in words(desk.get(f"/halls/{hall}/call?q=zzz").text)
    done = told(desk, f"/halls/{hall}/call", units=[stage.south, stage.north_1])
    assert "Đã triệu tập 2 tổ chức." in done
    assert "chưa chọn tổ chức nào" in told(desk, f"/halls/{hall}/call")
    page = desk.get(f"/halls/{hall}/call").text
    assert len(re.findall(r"checked disabled", page)) == 2


def test_a_pasted_list_comes_back_as_understood_doubtful_and_unknown(
    stage: Stage, hall: int, desk: FlaskClient
) -> None:
    lines = "QN-1-T10\r\n\r\nchi bo thon 2\nkhông có đâu\nđảng uỷ xã ba tơ"
    page = desk.post(f"/halls/{hall}/paste", data={"lines": lines}).text
    said = words(page)
    assert "1 dòng cần chọn" in said
    assert "2 dòng đã hiểu" in said
    assert "1 dòng chưa hiểu" in said
    ticked = set(re.findall(r'name="units" value="(\d+)" checked', page))
    assert ticked == {str(stage.north_2), str(stage.south)}
    boxes = set(re.findall(r'name="units" value="(\d+)"', page))
    assert boxes - ticked == {str(stage.north_1), str(stage.south_1)}
    assert re.search(r"<textarea[^>]*>\s*không có đâu</textarea>", page)


def test_an_empty_paste_says_what_to_type(hall: int, desk: FlaskClient) -> None:
    assert "Mỗi tổ chức một dòng" in told(desk, f"/halls/{hall}/paste", lines=" \n ")
    assert "Mỗi tổ chức một dòng" in told(desk, f"/halls/{hall}/paste")


def test_a_list_that_is_too_long_is_read_in_parts_and_nothing_is_lost(
    hall: int, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hall_pages, "LINES", 1)
    page = desk.post(f"/halls/{hall}/paste", data={"lines": "QN-2\nQN-1-T2\nlạ"}).text
    assert re.search(r"<textarea[^>]*>\s*QN-1-T2\nlạ</textarea>", page)
