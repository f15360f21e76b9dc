"""The buttons of a sitting, pressed as organisers do, and the lists they come from."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import db
from survey.sittings import operations
from survey.sittings.models import Sitting, State
from tests.survey.sittings.browsing import counted, told, words
from tests.survey.sittings.stage import DAY, MINUTE, NOON, Stage, add_unit, gather, plan

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


# ------------------------------------------------------------------ the buttons


def test_the_buttons_lead_through_the_whole_life_of_a_sitting(
    session: Session, sitting: int, desk: FlaskClient, clock: time_machine.Traveller
) -> None:
    url = f"/sittings/{sitting}"

    def state() -> State:
        now = datetime.now(UTC)
        return reread(session, Sitting, sitting).state(now)

    assert "Đợt khảo sát đã mở." in told(desk, f"{url}/open")
    assert state() is State.OPEN
    assert "Đã tạm dừng" in told(desk, f"{url}/pause")
    assert state() is State.PAUSED
    assert "Đã mở lại." in told(desk, f"{url}/resume")
    assert state() is State.OPEN
    clock.shift(5 * MINUTE)
    assert "Đợt khảo sát đã kết thúc." in told(desk, f"{url}/close")
    assert state() is State.CLOSED
    page = words(desk.get(url).text)
    assert "Mở lúc 12:00 23/11/2026, kết thúc lúc 12:05 23/11/2026. Không mở lại được." in page
    for button in ("open", "pause", "resume", "extend", "close", "drop"):
        until = "2026-11-23T23:00"
        assert "Lưu ý: Đợt khảo sát đã kết thúc" in told(desk, f"{url}/{button}", until=until)
    assert state() is State.CLOSED


def test_only_what_can_be_pressed_is_shown(
    session: Session, sitting: int, desk: FlaskClient
) -> None:
    def buttons() -> set[str]:
        page = desk.get(f"/sittings/{sitting}").text
        return set(re.findall(rf'action="/sittings/{sitting}/(\w+)"', page))

    assert buttons() == {"open", "drop"}
    operations.open_sitting(session, sitting, now=NOON)
    assert buttons() == {"pause", "close", "extend"}
    operations.pause_sitting(session, sitting, now=NOON)
    assert buttons() == {"resume", "close", "extend"}
    operations.close_sitting(session, sitting, now=NOON)
    assert buttons() == set()


def test_closing_says_what_comes_of_it_before_it_is_done(
    session: Session, sitting: int, desk: FlaskClient
) -> None:
    operations.open_sitting(session, sitting, now=NOON)
    page = words(desk.get(f"/sittings/{sitting}").text)
    consequence = page.index("thì không mở lại được")
    assert consequence < page.index("Kết thúc ngay")


def test_closing_is_put_off_by_a_time_so_that_a_second_tap_changes_nothing(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    made = plan(session, stage, conference, opens_at=NOON, closes_at=NOON + 10 * MINUTE)
    page = desk.get(f"/sittings/{made}").text
    times = re.findall(r'name="until" value="([^"]+)">Thêm', page)
    assert times == ["2026-11-23T12:15:00", "2026-11-23T12:20:00", "2026-11-23T12:25:00"]
    for _tap in range(2):
        said = told(desk, f"/sittings/{made}/extend", until=times[0])
        assert "Đóng lúc 12:15 23/11/2026." in said
    assert reread(session, Sitting, made).closes_at == NOON + 15 * MINUTE


def test_one_without_a_closing_time_gets_one_by_the_same_buttons(
    session: Session, sitting: int, desk: FlaskClient
) -> None:
    operations.open_sitting(session, sitting, now=NOON)
    page = desk.get(f"/sittings/{sitting}").text
    times = re.findall(r'name="until" value="([^"]+)">Đóng sau', page)
    told(desk, f"/sittings/{sitting}/extend", until=times[1])
    assert reread(session, Sitting, sitting).closes_at == NOON + 10 * MINUTE


@pytest.mark.parametrize(
    ("until", "problem"),
    [
        ("2026-11-23T12:00", "Giờ này đã qua"),
        ("bao giờ", "Ngày giờ chưa đúng"),
        ("", "Ngày giờ chưa đúng"),
    ],
)
def test_a_closing_time_that_is_none_changes_nothing(
    session: Session, sitting: int, desk: FlaskClient, until: str, problem: str
) -> None:
    operations.open_sitting(session, sitting, now=NOON)
    assert problem in told(desk, f"/sittings/{sitting}/extend", until=until)
    assert reread(session, Sitting, sitting).closes_at is None


def test_a_planned_sitting_is_dropped_back_to_its_conference(
    session: Session, conference: int, sitting: int, desk: FlaskClient
) -> None:
    answer = desk.post(f"/sittings/{sitting}/drop")
    assert answer.location == f"/conferences/{conference}"
    assert session.scalar(select(Sitting.id)) is None


def test_what_somebody_else_dropped_meanwhile_is_not_found(
    session: Session, sitting: int, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = operations.open_sitting

    def dropped_first(own: Session, sitting_id: int, *, now: datetime) -> None:
        operations.drop_sitting(session, sitting_id, now=now)
        real(own, sitting_id, now=now)

    monkeypatch.setattr(operations, "open_sitting", dropped_first)
    assert desk.post(f"/sittings/{sitting}/open").status_code == 404


# ------------------------------------------------------------------ lists


def test_empty_lists_say_how_to_begin(stage: Stage, desk: FlaskClient) -> None:
    for url, begin in (
        ("/sittings", "Chưa có đợt khảo sát nào"),
        ("/sittings/checks", "Chưa có đợt kiểm tra nào"),
        ("/conferences", "Chưa có hội nghị nào"),
    ):
        assert begin in words(desk.get(url).text)


def test_a_search_that_finds_nothing_says_so(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    assert "Không có đợt khảo sát nào khớp." in words(desk.get("/sittings?q=zzz").text)
    assert "Không có hội nghị nào khớp." in words(desk.get("/conferences?q=zzz").text)
    assert "Không có đợt khảo sát nào khớp." in words(desk.get("/sittings?state=open").text)


def test_lists_cost_as_many_queries_with_three_rows_as_with_one(
    session: Session, stage: Stage, conference: int, sitting: int, desk: FlaskClient, app: Flask
) -> None:
    def asked(url: str) -> int:
        with counted(app) as statements:
            assert desk.get(url).status_code == 200
        return len(statements)

    urls = ("/sittings", "/conferences")
    once = [asked(url) for url in urls]
    for _ in range(2):
        plan(session, stage, conference)
        plan(session, stage, gather(session, stage))
    assert [asked(url) for url in urls] == once
    assert max(once) <= 8


def test_a_long_list_is_leafed_through(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    for number in range(52):
        plan(session, stage, conference, title=f"Đợt {number}")

    def rows(query: str) -> list[str]:
        return re.findall(r'href="/sittings/\d+">(Đợt \d+)<', desk.get(f"/sittings{query}").text)

    assert rows("?sort=title&page=2") == ["Đợt 50", "Đợt 51"]
    assert len(rows("?sort=title")) == 50
    assert rows("?sort=title&page=99") == rows("?sort=title&page=2")
    assert rows("?sort=title&page=x") == rows("?sort=title")


def test_checks_of_a_month_are_listed_with_their_cell(
    session: Session, stage: Stage, desk: FlaskClient
) -> None:
    for period in ("2026-10", "2026-11"):
        operations.start_check(
            session,
            stage.north_2,
            stage.edition,
            period=period,
            title=f"Kiểm tra {period}",
            minutes=15,
            now=NOON,
        )
    latest = words(desk.get("/sittings/checks").text)
    assert "Chi bộ thôn 10, Đảng bộ xã Đăk Tô Kiểm tra 2026-11" in latest
    assert "Kiểm tra 2026-10" not in latest
    assert "Kiểm tra 2026-10" in words(desk.get("/sittings/checks?period=2026-10").text)


def test_a_conference_of_a_unit_that_has_ended_is_still_read(
    session: Session, stage: Stage, sign_in: SignIn
) -> None:
    with db.writing(session):
        ended = add_unit(session, "QN-8", "commune", "Đảng bộ xã cũ", stage.province)
    made = operations.plan_conference(session, unit_id=ended, title="Hội nghị cũ", held_on=DAY)
    with db.writing(session):
        from survey.units.models import Unit

        session.get_one(Unit, ended).ended = DAY - timedelta(days=1)
    browser = sign_in("administrator")
    assert "Hội nghị cũ" in words(browser.get("/conferences").text)
    assert browser.get(f"/conferences/{made}").status_code == 200
