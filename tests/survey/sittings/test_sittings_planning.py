"""The form in which a sitting is planned."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from survey import db
from survey.papers.models import Edition
from survey.sittings import operations
from survey.sittings.models import Kind, Show, Sitting
from tests.survey.sittings.browsing import told, words
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


def reread(session: Session, model: type[Sitting], key: int) -> Sitting:
    session.rollback()
    return session.get_one(model, key)


# ------------------------------------------------------------------ planning a sitting


def filled(stage: Stage, **changed: object) -> dict[str, object]:
    values: dict[str, object] = {
        "kind": "before",
        "title": "Khảo sát trước hội nghị",
        "edition": stage.edition,
        "show": "answers",
        "opens_at": "2026-11-23T14:00",
        "closes_at": "2026-11-23T14:20",
        "grace": 60,
    }
    return values | changed


def test_a_sitting_is_planned_by_the_clock_of_viet_nam(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    desk.post(f"/conferences/{conference}/sittings/new", data=filled(stage))
    held = session.scalars(select(Sitting)).one()
    assert (held.opens_at, held.closes_at) == (
        datetime(2026, 11, 23, 7, 0, tzinfo=UTC),
        datetime(2026, 11, 23, 7, 20, tzinfo=UTC),
    )
    assert (held.kind, held.title, held.edition_id, held.show, held.grace) == (
        Kind.BEFORE,
        "Khảo sát trước hội nghị",
        stage.edition,
        Show.ANSWERS,
        60,
    )
    page = words(desk.get(f"/sittings/{held.id}").text)
    assert "Tự mở lúc 14:00 23/11/2026. Tự đóng lúc 14:20 23/11/2026." in page


def test_without_times_it_waits_for_the_button(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    data = filled(stage, opens_at="", closes_at="")
    desk.post(f"/conferences/{conference}/sittings/new", data=data)
    held = session.scalars(select(Sitting)).one()
    assert (held.opens_at, held.closes_at) == (None, None)
    assert "Mở bằng nút. Đóng bằng nút." in words(desk.get(f"/sittings/{held.id}").text)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"opens_at": "2026-11-23T12:00"}, "Giờ này đã qua"),
        ({"closes_at": "2026-11-23T14:00"}, "Giờ đóng phải sau giờ mở"),
        ({"opens_at": ""}, "Hẹn giờ đóng thì cần hẹn cả giờ mở"),
        ({"opens_at": "lúc nào đó"}, "Ngày giờ chưa đúng"),
        ({"opens_at": "0001-01-01T00:00"}, "Ngày giờ chưa đúng"),
        ({"title": "x" * 301}, "nhiều nhất 300 ký tự"),
        ({"edition": 999}, "không có trong danh sách"),
        ({"edition": "một"}, "không có trong danh sách"),
        ({"kind": "check"}, "không có trong danh sách"),
        ({"show": ""}, "Cần điền ô này"),
        ({"show": "all"}, "không có trong danh sách"),
        ({"grace": "-5"}, "không có trong danh sách"),
    ],
)
def test_what_cannot_be_planned_is_said_and_the_rest_stays(
    session: Session,
    stage: Stage,
    conference: int,
    desk: FlaskClient,
    changed: dict[str, object],
    problem: str,
) -> None:
    data = filled(stage, **changed)
    page = desk.post(f"/conferences/{conference}/sittings/new", data=data).text
    assert problem in words(page)
    if "title" not in changed:
        assert 'value="Khảo sát trước hội nghị"' in page
    assert session.scalar(select(Sitting.id)) is None


def test_an_empty_post_is_an_unfilled_form(
    session: Session, conference: int, desk: FlaskClient
) -> None:
    answer = desk.post(f"/conferences/{conference}/sittings/new", data={"title": ""})
    assert answer.status_code == 200
    assert "Có chỗ cần sửa" in words(answer.text)
    assert session.scalar(select(Sitting.id)) is None


def test_without_a_published_paper_the_page_says_where_to_begin(
    session: Session, conference: int, desk: FlaskClient
) -> None:
    with db.writing(session):
        session.execute(delete(Edition))
    page = words(desk.get(f"/conferences/{conference}/sittings/new").text)
    assert "Chưa có đề nào được ban hành" in page


def test_a_planned_sitting_is_edited_from_what_it_holds(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/edit"
    assert 'value="Khảo sát sau hội nghị"' in desk.get(url).text
    assert "Đã lưu." in told(desk, url, **filled(stage))
    page = desk.get(url).text
    assert 'value="2026-11-23T14:00"' in page
    assert 'value="2026-11-23T14:20"' in page
    assert reread(session, Sitting, sitting).kind == Kind.BEFORE


def test_an_open_sitting_is_not_edited_however_old_the_page(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    operations.open_sitting(session, sitting, now=NOON)
    said = told(desk, f"/sittings/{sitting}/edit", **filled(stage))
    assert "Đợt khảo sát đang mở." in said
    assert reread(session, Sitting, sitting).title == "Khảo sát sau hội nghị"


def test_a_check_has_no_form_of_a_conference(
    session: Session, stage: Stage, desk: FlaskClient
) -> None:
    check = operations.start_check(
        session,
        stage.north_1,
        stage.edition,
        period="2026-11",
        title="Kiểm tra",
        minutes=15,
        now=NOON,
    )
    assert desk.get(f"/sittings/{check}/edit").status_code == 404
    page = words(desk.get(f"/sittings/{check}").text)
    assert "Kiểm tra tại chi bộ · Chi bộ thôn 2, Đảng bộ xã Đăk Tô" in page
