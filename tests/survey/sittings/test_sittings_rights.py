"""Who may see and press what: the convener, those who are called, and everybody else."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import db
from survey.sittings import operations
from survey.sittings.models import Conference, Door, Hall, HallUnit, Sitting, Ticket
from survey.sittings.queries import doors_of
from survey.sittings.tickets import lay_tickets, tickets_of
from tests.survey.sittings.browsing import words
from tests.survey.sittings.stage import DAY, KEY, NOON, Stage, add_unit, plan

SignIn = Callable[..., FlaskClient]

SEEN_BY_CONVENER = [
    "/conferences/{conference}",
    "/halls/{hall}",
    "/conferences/{conference}/edit",
    "/conferences/{conference}/halls/new",
    "/conferences/{conference}/sittings/new",
    "/halls/{hall}/edit",
    "/halls/{hall}/call",
    "/sittings/{sitting}/edit",
]
SEEN_BY_CALLED = [
    "/sittings/{sitting}",
    "/sittings/{sitting}/posters",
    "/sittings/{sitting}/posters/print",
    "/sittings/{sitting}/posters/{door}",
    "/sittings/{sitting}/tickets",
    "/sittings/{sitting}/tickets/print",
]
LISTS = ["/sittings", "/sittings/checks", "/conferences", "/conferences/new"]
PRESSED_BY_CONVENER = [
    "/conferences/{conference}/edit",
    "/conferences/{conference}/drop",
    "/conferences/{conference}/halls/new",
    "/conferences/{conference}/sittings/new",
    "/halls/{hall}/edit",
    "/halls/{hall}/call",
    "/halls/{hall}/paste",
    "/halls/{hall}/uncall",
    "/halls/{hall}/remove",
    "/sittings/{sitting}/edit",
    "/sittings/{sitting}/drop",
    "/sittings/{sitting}/open",
    "/sittings/{sitting}/pause",
    "/sittings/{sitting}/resume",
    "/sittings/{sitting}/extend",
    "/sittings/{sitting}/close",
]
PRESSED_BY_CALLED = [
    "/sittings/{sitting}/posters/cells",
    "/sittings/{sitting}/tickets/cells",
    "/sittings/{sitting}/tickets/spare",
]


@pytest.fixture
def ground(session: Session, stage: Stage) -> dict[str, int]:
    """A conference of the north commune, with its first cell called to its hall."""
    conference = operations.plan_conference(
        session, unit_id=stage.north, title="Hội nghị xã", held_on=DAY
    )
    hall = operations.add_hall(
        session, conference, name="A", unit_id=stage.north, called=[stage.north_1]
    )
    sitting = plan(session, stage, conference, tickets=True)
    lay_tickets(session, sitting, {stage.north_1: 2}, secret_key=KEY, now=NOON)
    door = doors_of(session, sitting)[0].id
    return {"conference": conference, "hall": hall, "sitting": sitting, "door": door}


def everything(session: Session) -> list[object]:
    """All that is stored of this room."""
    session.rollback()
    return [
        sorted(map(str, session.execute(select(model.__table__)).all()))
        for model in (Conference, Hall, HallUnit, Sitting, Door, Ticket)
    ]


def statuses(browser: FlaskClient, urls: list[str], ground: dict[str, int]) -> set[int]:
    return {browser.get(url.format(**ground)).status_code for url in urls}


def pressed(browser: FlaskClient, urls: list[str], ground: dict[str, int]) -> set[int]:
    return {browser.post(url.format(**ground)).status_code for url in urls}


def test_the_convener_and_those_above_see_everything(
    stage: Stage, sign_in: SignIn, ground: dict[str, int]
) -> None:
    pages = SEEN_BY_CONVENER + SEEN_BY_CALLED + LISTS
    for browser in (
        sign_in("organiser", stage.north),
        sign_in("organiser", stage.province),
        sign_in("administrator"),
    ):
        assert statuses(browser, pages, ground) == {200}


def test_a_stranger_is_asked_to_sign_in_and_learns_nothing_of_what_exists(
    session: Session, client: FlaskClient, ground: dict[str, int]
) -> None:
    before = everything(session)
    nowhere = dict.fromkeys(ground, 999)
    for there in (ground, nowhere):
        assert statuses(client, SEEN_BY_CONVENER + SEEN_BY_CALLED + LISTS, there) == {302}
        assert pressed(client, PRESSED_BY_CONVENER + PRESSED_BY_CALLED, there) == {401}
    assert everything(session) == before


@pytest.mark.parametrize("role", ["viewer", "secretary"])
def test_viewers_and_secretaries_have_no_business_here(
    session: Session, stage: Stage, sign_in: SignIn, ground: dict[str, int], role: str
) -> None:
    before = everything(session)
    browser = sign_in(role, stage.province if role == "viewer" else stage.north_1)
    pages = [url for url in SEEN_BY_CONVENER + SEEN_BY_CALLED + LISTS if "{door}" not in url]
    assert statuses(browser, pages, ground) == {403}
    assert pressed(browser, PRESSED_BY_CONVENER + PRESSED_BY_CALLED, ground) == {403}
    assert everything(session) == before


def test_an_organiser_beside_it_neither_sees_nor_moves_anything(
    session: Session, stage: Stage, sign_in: SignIn, ground: dict[str, int]
) -> None:
    before = everything(session)
    browser = sign_in("organiser", stage.south)
    assert statuses(browser, SEEN_BY_CONVENER + SEEN_BY_CALLED, ground) == {403}
    assert pressed(browser, PRESSED_BY_CONVENER + PRESSED_BY_CALLED, ground) == {403}
    assert everything(session) == before
    assert "Khảo sát sau hội nghị" not in browser.get("/sittings").text
    assert "Hội nghị xã" not in browser.get("/conferences").text


def test_an_organiser_of_those_who_are_called_sees_it_and_presses_no_button(
    session: Session, stage: Stage, sign_in: SignIn, ground: dict[str, int]
) -> None:
    called = sign_in("organiser", stage.north_1)
    before = everything(session)
    assert statuses(called, SEEN_BY_CALLED, ground) == {200}
    assert statuses(called, SEEN_BY_CONVENER, ground) == {403}
    assert pressed(called, PRESSED_BY_CONVENER, ground) == {403}
    assert everything(session) == before
    page = called.get(f"/sittings/{ground['sitting']}").text
    assert f"/sittings/{ground['sitting']}/open" not in page
    assert f"/conferences/{ground['conference']}" not in page
    assert "Khảo sát sau hội nghị" in called.get("/sittings").text


def test_those_who_are_called_make_doors_for_their_own_cells_only(
    session: Session, stage: Stage, sign_in: SignIn, ground: dict[str, int]
) -> None:
    operations.add_hall(
        session,
        ground["conference"],
        name="B",
        unit_id=stage.north,
        called=[stage.north, stage.south],
    )
    south = sign_in("organiser", stage.south)
    url = f"/sittings/{ground['sitting']}/posters/cells"
    south.post(url, data={"unit": ""})
    south.post(url, data={"unit": "QN-1"})
    session.rollback()
    units = {door.unit_id for door in doors_of(session, ground["sitting"])}
    assert units == {None, stage.south_1}


def test_those_who_are_called_lay_and_print_tickets_of_their_own_cells_only(
    session: Session, stage: Stage, sign_in: SignIn, ground: dict[str, int]
) -> None:
    called = [stage.north, stage.south]
    operations.add_hall(session, ground["conference"], name="B", unit_id=stage.north, called=called)
    url = f"/sittings/{ground['sitting']}/tickets"
    south = sign_in("organiser", stage.south)
    south.post(f"{url}/cells", data={f"count-{stage.north_1}": 9, f"count-{stage.south_1}": 3})
    south.post(f"{url}/spare", data={"spare": 5})
    session.rollback()
    assert tickets_of(session, ground["sitting"]) == {stage.north_1: (2, 0), stage.south_1: (3, 0)}
    assert "In 3 phiếu" in words(south.get(url).text)
    for query in ("", f"?unit={stage.south_1}", "?q=chi+bo"):
        page = south.get(f"{url}/print{query}").text
        assert page.count('class="slip"') == 3
        assert "xã Đăk Tô" not in page
    refused = south.get(f"{url}/print?unit={stage.north_1}")
    assert (refused.status_code, refused.location) == (302, url)


def test_what_does_not_exist_is_not_found(stage: Stage, sign_in: SignIn) -> None:
    browser = sign_in("administrator")
    nowhere = {"conference": 999, "hall": 999, "sitting": 999, "door": 999}
    assert statuses(browser, SEEN_BY_CONVENER + SEEN_BY_CALLED, nowhere) == {404}
    assert pressed(browser, PRESSED_BY_CONVENER + PRESSED_BY_CALLED, nowhere) == {404}


def test_a_hall_calls_nobody_from_outside_the_conveners_subtree(
    session: Session, stage: Stage, sign_in: SignIn, ground: dict[str, int]
) -> None:
    browser = sign_in("organiser", stage.north)
    with db.writing(session):
        beside = add_unit(session, "QN-3", "commune", "Đảng bộ xã Trà Bồng", stage.province)
    browser.post(
        f"/halls/{ground['hall']}/call", data={"units": [beside, stage.south_1, stage.north_2, "x"]}
    )
    session.rollback()
    assert set(session.scalars(select(HallUnit.unit_id))) == {stage.north_1, stage.north_2}


def test_a_conference_is_not_convened_from_outside_the_own_subtree(
    session: Session, stage: Stage, sign_in: SignIn
) -> None:
    browser = sign_in("organiser", stage.north)
    for unit in ("QN", "QN-2", "Đảng bộ xã Ba Tơ"):
        data = {"title": "X", "held_on": "2026-12-05", "unit": unit}
        assert "Không tìm thấy tổ chức này" in browser.post("/conferences/new", data=data).text
    assert session.scalar(select(Conference.id)) is None
