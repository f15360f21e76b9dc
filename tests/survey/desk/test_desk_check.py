"""A secretary's month: open, show, watch, close, explain."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.answering.models import Sheet
from survey.papers.operations import withdraw
from survey.sittings import operations as sittings
from survey.sittings.models import Sitting
from tests.conftest import NOON
from tests.survey.answering.phone import Phone
from tests.world import World


def door_of(page: str, session: Session) -> str:
    """The address behind the code that the page shows."""
    from survey.sittings.models import Door

    session.rollback()
    code = re.search(r"(\d{4}) (\d{4})", page)
    assert code is not None
    key = session.query(Door.key).filter_by(code=code[1] + code[2]).scalar()
    return f"/D/{key}"


@pytest.fixture
def opened(secretary: FlaskClient, world: World) -> str:
    """The address of this month's check, just opened."""
    own = secretary.get("/check").headers["Location"]
    started = secretary.post(own, data={"edition": world.edition})
    return started.headers["Location"]


def test_the_first_page_of_a_secretary_is_this_months_check(
    secretary: FlaskClient, world: World
) -> None:
    assert secretary.get("/desk").headers["Location"] == "/check"
    assert secretary.get("/check").headers["Location"] == f"/check/{world.cells[0][0]}"
    page = secretary.get(f"/check/{world.cells[0][0]}").text
    assert "Chi bộ Thôn 1, Đảng bộ xã Đăk Tô" in page
    assert "12 đảng viên thuộc diện" in page
    assert "Nghị quyết thử" in page


def test_without_a_provided_paper_the_page_says_whom_to_wait_for(
    secretary: FlaskClient, session: Session, world: World
) -> None:
    withdraw(session, world.edition, "2026-11")
    page = secretary.get(f"/check/{world.cells[0][0]}").text
    assert "Cấp trên chưa cấp đề cho tháng này." in page


def test_a_paper_that_was_not_provided_cannot_be_opened(
    secretary: FlaskClient, session: Session, world: World
) -> None:
    withdraw(session, world.edition, "2026-11")
    page = secretary.post(f"/check/{world.cells[0][0]}", data={"edition": world.edition})
    assert page.status_code == 200
    assert session.query(Sitting).count() == 0


def test_a_members_sheet_shows_in_the_count(
    secretary: FlaskClient, client: FlaskClient, session: Session, opened: str
) -> None:
    page = secretary.get(opened).text
    assert re.search(r"<span data-answered>0</span>/12", page)
    phone = Phone(client, door_of(page, session))
    assert "Chi bộ: Chi bộ Thôn 1" in phone.page.text
    assert phone.hand_in().status_code == 200
    assert re.search(r"<span data-answered>1</span>/12", secretary.get(opened).text)
    count = re.search(r'data-count-url="([^"]+)"', page)
    assert count is not None
    assert secretary.get(count[1]).get_json() == {
        "state": "open",
        "answered": 1,
        "seconds_left": 900,
    }


def test_opening_twice_is_one_check(
    secretary: FlaskClient, session: Session, world: World, opened: str
) -> None:
    again = secretary.post(f"/check/{world.cells[0][0]}", data={"edition": world.edition})
    assert again.headers["Location"] == opened
    assert session.query(Sitting).count() == 1


def test_five_more_minutes_can_be_had_until_it_is_closed(
    secretary: FlaskClient, session: Session, opened: str
) -> None:
    secretary.post(f"{opened}/extend")
    assert session.query(Sitting).one().closes_at == NOON + timedelta(minutes=20)
    secretary.post(f"{opened}/close")
    secretary.post(f"{opened}/extend")
    session.rollback()
    assert session.query(Sitting).one().closes_at == NOON


def test_closing_shows_the_result_of_the_own_cell(
    secretary: FlaskClient,
    client: FlaskClient,
    session: Session,
    world: World,
    opened: str,
    clock: time_machine.Traveller,
) -> None:
    door = door_of(secretary.get(opened).text, session)
    for _ in range(6):
        Phone(client, door).hand_in()
    clock.move_to(NOON + timedelta(minutes=5))
    closed = secretary.post(f"{opened}/close")
    assert closed.headers["Location"] == f"/results/1/{world.cells[0][0]}"
    assert secretary.post(f"{opened}/close").headers["Location"] == closed.headers["Location"]
    clock.move_to(NOON + timedelta(minutes=10))
    page = secretary.get(closed.headers["Location"]).text
    assert "Vì phần một nói vậy." in page
    assert secretary.get(opened).headers["Location"] == closed.headers["Location"]


def test_a_check_that_closed_before_anybody_answered_can_be_opened_again(
    secretary: FlaskClient,
    client: FlaskClient,
    session: Session,
    world: World,
    opened: str,
    clock: time_machine.Traveller,
) -> None:
    clock.move_to(NOON + timedelta(minutes=16))
    page = secretary.get(f"/check/{world.cells[0][0]}").text
    assert "đã đóng mà không có phiếu nào" in page
    again = secretary.post(f"{opened}/restart").headers["Location"]
    assert session.query(Sitting).one().opens_at == NOON + timedelta(minutes=16)
    Phone(client, door_of(secretary.get(again).text, session)).hand_in()
    secretary.post(f"{again}/close")
    refused = secretary.post(f"{again}/restart", follow_redirects=True).text
    assert "đã có phiếu" in refused
    session.rollback()
    assert session.query(Sitting).count() == 1


def test_a_page_of_a_check_that_was_taken_back_hands_in_nowhere(
    secretary: FlaskClient, client: FlaskClient, session: Session, opened: str
) -> None:
    """Its door is still in memory, and must not lead to whatever was opened since."""
    phone = Phone(client, door_of(secretary.get(opened).text, session))
    secretary.post(f"{opened}/close")
    secretary.post(f"{opened}/restart")
    assert session.query(Sitting).one().state(NOON).takes_sheets
    assert phone.hand_in().status_code == 409
    assert session.query(Sheet).count() == 0


def test_a_paused_check_says_so_and_goes_on(
    secretary: FlaskClient, session: Session, opened: str
) -> None:
    sittings.pause_sitting(session, session.query(Sitting.id).scalar(), now=NOON)
    page = secretary.get(opened).text
    assert 'data-state="paused"' in page
    assert "đang tạm dừng" in page
    secretary.post(f"{opened}/resume")
    assert 'data-state="open"' in secretary.get(opened).text


def test_a_done_month_offers_no_second_check_and_lists_the_first(
    secretary: FlaskClient, client: FlaskClient, session: Session, world: World, opened: str
) -> None:
    Phone(client, door_of(secretary.get(opened).text, session)).hand_in()
    secretary.post(f"{opened}/close")
    page = secretary.get(f"/check/{world.cells[0][0]}").text
    assert "Chi bộ đã làm xong các đề được cấp tháng này." in page
    assert "Kiểm tra nhận thức tháng 11/2026" in page


def test_a_secretary_sees_no_other_cell(
    secretary: FlaskClient, sign_in: Callable[..., FlaskClient], world: World, opened: str
) -> None:
    neighbour = sign_in("secretary", world.cells[0][1])
    for path in (opened, f"/check/{world.cells[0][0]}", f"/results/1/{world.cells[0][0]}"):
        assert neighbour.get(path).status_code == 403
    assert neighbour.post(f"{opened}/close").status_code == 403
    assert secretary.get(f"/results/1/{world.communes[0]}").status_code == 403


def test_a_commune_has_no_check_of_its_own(organiser: FlaskClient, world: World) -> None:
    assert organiser.get(f"/check/{world.communes[0]}").status_code == 404
    assert organiser.get(f"/check/{world.cells[0][0]}").status_code == 200
