"""The organiser's home and the hall's screen."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, event
from sqlalchemy.orm import Session

from survey import db
from survey.sittings import operations as sittings
from survey.sittings.models import Hall, HallUnit
from tests.conftest import NOON
from tests.survey.answering.phone import Phone
from tests.world import World, make_world


def key_of(session: Session, sitting_id: int, hall: int) -> str:
    from survey.sittings.models import Door

    found = session.query(Door.key).filter_by(sitting_id=sitting_id, hall_id=hall).scalar()
    return str(found)


def test_an_empty_instance_says_where_to_begin(sign_in: Callable[..., FlaskClient]) -> None:
    page = sign_in("administrator").get("/desk").text
    assert page.index("Nhập danh sách tổ chức") < page.index("Soạn và ban hành một đề")
    assert "✓" not in page


def test_the_home_page_shows_what_runs_what_waits_and_what_is_done(
    organiser: FlaskClient, session: Session, sitting: int, clock: time_machine.Traveller
) -> None:
    page = organiser.get("/desk").text
    assert "Khảo sát sau" in page.split("Đang mở")[1]
    clock.move_to(NOON + timedelta(hours=1))
    page = organiser.get("/desk").text
    assert "Không có đợt khảo sát nào đang mở." in page
    assert "Khảo sát sau" in page.split("Kết quả mới")[1]


def test_a_commune_that_is_called_sees_it_and_another_province_does_not(
    sign_in: Callable[..., FlaskClient], session: Session, world: World, sitting: int
) -> None:
    assert "Khảo sát sau" in sign_in("organiser", world.communes[1]).get("/desk").text
    abroad = make_world(session, "K")
    assert "Khảo sát sau" not in sign_in("organiser", abroad.province).get("/desk").text


def test_a_commune_shows_the_screen_of_a_hall_to_which_it_is_called(
    sign_in: Callable[..., FlaskClient], world: World, sitting: int
) -> None:
    commune = sign_in("organiser", world.communes[0])
    assert commune.get(f"/sittings/{sitting}/projector/{world.halls[0]}").status_code == 200
    assert commune.get(f"/sittings/{sitting}/count/{world.halls[0]}").status_code == 200


def test_a_commune_that_is_called_elsewhere_loses_the_screen_within_half_a_minute(
    sign_in: Callable[..., FlaskClient],
    session: Session,
    world: World,
    sitting: int,
    clock: time_machine.Traveller,
) -> None:
    commune = sign_in("organiser", world.communes[0])
    address = f"/sittings/{sitting}/count/{world.halls[0]}"
    assert commune.get(address).status_code == 200
    with db.writing(session):
        hall = session.get_one(Hall, world.halls[0])
        hall.unit_id = world.communes[1]
        session.execute(delete(HallUnit).where(HallUnit.hall_id == hall.id))
    for _ in range(2):
        clock.shift(20)
        answer = commune.get(address)
    assert answer.status_code == 403


def test_a_screen_that_asks_again_asks_little_of_the_store(
    app: Flask, organiser: FlaskClient, world: World, sitting: int
) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    address = f"/sittings/{sitting}/count/{world.halls[0]}"
    organiser.get(address)
    event.listen(app.extensions["survey_engine"], "before_cursor_execute", note)
    organiser.get(address)
    event.remove(app.extensions["survey_engine"], "before_cursor_execute", note)
    tables = [statement.split("FROM ")[1].split()[0] for statement in asked if "FROM" in statement]
    assert tables == ["account", "sitting", "hall"]


def test_a_commune_sees_no_other_hall_and_not_the_whole(
    sign_in: Callable[..., FlaskClient],
    world: World,
    sitting: int,
    clock: time_machine.Traveller,
) -> None:
    commune = sign_in("organiser", world.communes[0])
    for minutes in (0, 60):  # while people answer, and when the answers are shown
        clock.move_to(NOON + timedelta(minutes=minutes))
        for place in (f"projector/{world.halls[1]}", f"count/{world.halls[1]}", "count/0"):
            assert commune.get(f"/sittings/{sitting}/{place}").status_code == 403
        assert commune.get(f"/sittings/{sitting}/projector").status_code == 403


@pytest.mark.parametrize(("role", "home"), [("viewer", "/results"), ("secretary", "/check")])
def test_others_go_to_their_own_first_page(
    sign_in: Callable[..., FlaskClient], world: World, role: str, home: str
) -> None:
    assert sign_in(role, world.cells[0][0]).get("/desk").headers["Location"] == home


def test_the_halls_screen_shows_the_way_in_and_the_count_of_that_hall(
    organiser: FlaskClient, client: FlaskClient, session: Session, world: World, sitting: int
) -> None:
    phone = Phone(client, f"/D/{key_of(session, sitting, world.halls[0])}")
    phone.hand_in(cell="Chi bộ Thôn 2")
    pages = [organiser.get(f"/sittings/{sitting}/projector/{hall}").text for hall in world.halls]
    assert "<strong data-answered>1</strong>" in pages[0]
    assert "<strong data-answered>0</strong>" in pages[1]
    assert "khaosat.test" in pages[0]
    whole = organiser.get(f"/sittings/{sitting}/count/0").get_json()
    assert whole == {"state": "open", "answered": 1, "seconds_left": 1800, "again": 3}


def test_the_screen_of_a_hall_of_another_conference_is_not_found(
    organiser: FlaskClient, session: Session, world: World, sitting: int
) -> None:
    other = sittings.plan_conference(
        session, unit_id=world.province, title="Khác", held_on=NOON.date()
    )
    foreign = sittings.add_hall(session, other, name="Xa", unit_id=world.communes[0])
    assert organiser.get(f"/sittings/{sitting}/projector/{foreign}").status_code == 404
    assert organiser.get(f"/sittings/{sitting}/count/{foreign}").status_code == 404


def test_after_closing_the_screen_shows_one_question_at_a_time(
    organiser: FlaskClient,
    client: FlaskClient,
    session: Session,
    world: World,
    sitting: int,
    clock: time_machine.Traveller,
) -> None:
    door = f"/D/{key_of(session, sitting, world.halls[0])}"
    for _ in range(5):
        Phone(client, door).hand_in(cell="Chi bộ Thôn 2")
    clock.move_to(NOON + timedelta(hours=1))
    first = organiser.get(f"/sittings/{sitting}/projector").text
    assert "Một lựa chọn?" in first
    assert "100" in first
    assert "Vì phần một nói vậy." in first
    third = organiser.get(f"/sittings/{sitting}/projector?q=3").text
    assert "Đúng hay sai?" in third
    assert 'rel="next"' not in third
    assert organiser.get(f"/sittings/{sitting}/projector?q=999").text == third


def test_the_screen_of_too_small_a_hall_shows_no_distribution(
    organiser: FlaskClient,
    client: FlaskClient,
    session: Session,
    world: World,
    sitting: int,
    clock: time_machine.Traveller,
) -> None:
    for hall, sheets in zip(world.halls, (4, 9), strict=True):
        for _ in range(sheets):
            Phone(client, f"/D/{key_of(session, sitting, hall)}").hand_in(cell="Chi bộ Thôn 2")
    clock.move_to(NOON + timedelta(hours=1))
    page = organiser.get(f"/sittings/{sitting}/projector/{world.halls[0]}").text
    assert "dưới 5" in page
    assert "<svg" not in page
