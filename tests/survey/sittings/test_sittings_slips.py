"""Tickets on their pages: laid by headcount or one by one, and printed as slips to cut."""

import re
from collections.abc import Callable

import pytest
import zxingcpp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey import db
from survey.sittings import operations, ticket_pages
from survey.sittings.models import Sitting
from survey.sittings.queries import DoorSeen, doors_of
from survey.sittings.tickets import (
    grouped,
    lay_tickets,
    slips_of,
    spend_tickets,
    tickets_of,
)
from tests.survey.sittings.browsing import counted, told, words
from tests.survey.sittings.stage import DAY, KEY, NOON, Stage, add_unit, mark, plan
from tests.survey.sittings.test_sittings_posters import drawn, picture

SignIn = Callable[..., FlaskClient]


@pytest.fixture
def halls(session: Session, stage: Stage, conference: int) -> list[int]:
    """The north is called to A; its second cell, and the south, to B."""
    called = {"A": [stage.north], "B": [stage.north_2, stage.south]}
    return [
        operations.add_hall(session, conference, name=name, unit_id=stage.north, called=units)
        for name, units in called.items()
    ]


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int, halls: list[int]) -> int:
    return plan(session, stage, conference, tickets=True)


@pytest.fixture
def desk(sign_in: SignIn, stage: Stage) -> FlaskClient:
    return sign_in("organiser", stage.province)


def counts(session: Session, sitting: int) -> dict[int, int]:
    session.rollback()
    return {cell: each.laid for cell, each in tickets_of(session, sitting).items()}


def lay(session: Session, sitting: int, wanted: dict[int, int]) -> dict[int, list[str]]:
    lay_tickets(session, sitting, wanted, secret_key=KEY, now=NOON)
    return slips_of(session, sitting, list(wanted), secret_key=KEY)


def codes_on(page: str) -> list[str]:
    return re.findall(r'<p class="code">([0-9A-Z-]{14})</p>', page)


def links_on(page: str) -> list[str]:
    """What a phone reads from the QRs of the page."""
    drawings = re.findall(r"<svg xmlns.*?</svg>", page)
    read = [zxingcpp.read_barcodes(picture(drawn(svg), 4)) for svg in drawings]
    return [code.text for found in read for code in found]


# ------------------------------------------------------------------ the choice


def filled(stage: Stage, **changed: object) -> dict[str, object]:
    return {"kind": "after", "title": "Sau", "edition": stage.edition, "show": "score"} | changed


@pytest.mark.parametrize(("chosen", "tickets"), [("True", True), ("False", False), (None, False)])
def test_whoever_plans_a_sitting_chooses_how_people_come_in(
    session: Session,
    stage: Stage,
    conference: int,
    desk: FlaskClient,
    chosen: str | None,
    tickets: bool,
) -> None:
    form = words(desk.get(f"/conferences/{conference}/sittings/new").text)
    assert "Không phân biệt được một người với hai điện thoại." in form
    assert "Không phân biệt được người rút phiếu với bạn được đưa phiếu." in form
    data = filled(stage) | ({"tickets": chosen} if chosen else {})
    desk.post(f"/conferences/{conference}/sittings/new", data=data)
    held = session.scalars(select(Sitting)).one()
    assert held.tickets is tickets
    page = desk.get(f"/sittings/{held.id}/edit").text
    assert f'checked id="tickets-{int(tickets)}"' in page


def test_the_choice_is_edited_until_it_opens_and_then_stands(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    def chosen() -> bool:
        session.rollback()
        return session.get_one(Sitting, sitting).tickets

    url = f"/sittings/{sitting}/edit"
    desk.post(url, data=filled(stage, tickets="False"))
    assert not chosen()
    desk.post(url, data=filled(stage, tickets="True"))
    assert chosen()
    session.rollback()
    operations.open_sitting(session, sitting, now=NOON)
    assert "Đợt khảo sát đang mở." in told(desk, url, **filled(stage, tickets="False"))
    assert chosen()


def test_a_check_is_open_to_every_phone(session: Session, stage: Stage) -> None:
    check = operations.start_check(
        session, stage.north_1, stage.edition, period="2026-11", title="K", minutes=9, now=NOON
    )
    assert session.get_one(Sitting, check).tickets is False


def test_a_sitting_open_to_every_phone_has_no_page_of_tickets(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    sitting = plan(session, stage, conference)
    url = f"/sittings/{sitting}/tickets"
    assert {desk.get(url).status_code, desk.get(f"{url}/print").status_code} == {404}
    assert {
        desk.post(f"{url}/cells").status_code,
        desk.post(f"{url}/spare", data={"spare": 1}).status_code,
    } == {404}
    assert "Phiếu mã" not in desk.get(f"/sittings/{sitting}").text.replace("Phiếu mã một lần", "")


# ------------------------------------------------------------------ laying


def test_each_cell_gets_a_ticket_for_each_eligible_member_and_some_to_spare(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/tickets"
    assert "chưa lập phiếu nào" in words(desk.get(f"/sittings/{sitting}").text)
    said = told(desk, f"{url}/spare", spare=2)
    assert counts(session, sitting) == {stage.north_1: 12, stage.north_2: 20}
    assert "1 chi bộ chưa có số thuộc diện" in said
    assert "Đã lập 32 phiếu." in said
    assert "3 chi bộ, thuộc diện 28; đã lập 32 phiếu, đã dùng 0." in said
    assert "đã đủ số phiếu này" in told(desk, f"{url}/spare", spare=1)
    assert "Đã lập 2 phiếu." in told(desk, f"{url}/spare", spare=3)
    assert "Đã lập 34 phiếu mã cho 2 chi bộ, đã dùng 0 phiếu." in words(
        desk.get(f"/sittings/{sitting}").text
    )


@pytest.mark.parametrize("spare", ["", "-1", "101", "hai", "1e3", "99999999999999999999"])
def test_what_is_no_number_of_spare_tickets_is_said(
    session: Session, sitting: int, desk: FlaskClient, spare: str
) -> None:
    page = desk.post(f"/sittings/{sitting}/tickets/spare", data={"spare": spare})
    assert page.status_code == 200
    assert "Có chỗ cần sửa" in words(page.text)
    assert counts(session, sitting) == {}


def test_a_single_cell_gets_the_number_in_its_field(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/tickets"
    said = told(desk, f"{url}/cells", **{f"count-{stage.south_1}": 7, f"count-{stage.north_1}": ""})
    assert "Đã lập 7 phiếu." in said
    assert counts(session, sitting) == {stage.south_1: 7}
    said = told(desk, f"{url}/cells", **{f"count-{stage.south_1}": 5, f"count-{stage.north_1}": 3})
    assert "Phiếu đã lập thì không bớt được: Chi bộ thôn 2, Đảng bộ xã Ba Tơ." in said
    assert counts(session, sitting) == {stage.south_1: 7, stage.north_1: 3}


@pytest.mark.parametrize("wrong", ["-1", "2001", "x", "1.5", "9" * 30, "²"])
def test_one_wrong_number_lays_nothing(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient, wrong: str
) -> None:
    data = {f"count-{stage.north_1}": 3, f"count-{stage.south_1}": wrong}
    said = told(desk, f"/sittings/{sitting}/tickets/cells", **data)
    assert "Số phiếu là số từ 0 đến 2000: Chi bộ thôn 2, Đảng bộ xã Ba Tơ." in said
    assert counts(session, sitting) == {}


def test_a_cell_that_is_not_called_gets_none(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    with db.writing(session):
        beside = add_unit(session, "QN-3", "cell", "Chi bộ xa", stage.province, heads=(5, 5))
    url = f"/sittings/{sitting}/tickets"
    desk.post(f"{url}/cells", data={f"count-{beside}": 3})
    desk.post(f"{url}/spare", data={"spare": 0})
    assert set(counts(session, sitting)) == {stage.north_1, stage.north_2}


def test_when_it_is_over_nothing_is_laid_any_more(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    operations.open_sitting(session, sitting, now=NOON)
    operations.close_sitting(session, sitting, now=NOON)
    url = f"/sittings/{sitting}/tickets"
    said = told(desk, f"{url}/spare", spare=2)
    assert "Đợt khảo sát đã kết thúc" in said
    assert "Lập phiếu cho mọi chi bộ" not in said
    assert counts(session, sitting) == {}


def test_a_conference_that_calls_nobody_yet_says_where_to_begin(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    sitting = plan(session, stage, conference, tickets=True)
    assert "Chưa gọi chi bộ nào" in words(desk.get(f"/sittings/{sitting}/tickets").text)


def test_the_list_is_searched_by_words_and_by_hall_and_says_what_is_spent(
    session: Session, stage: Stage, halls: list[int], sitting: int, desk: FlaskClient
) -> None:
    codes = lay(session, sitting, {stage.north_1: 4})[stage.north_1]
    with db.writing(session):
        spend_tickets(session.connection(), [(sitting, mark(sitting, codes[0]))])

    def listed(query: str) -> set[int]:
        page = desk.get(f"/sittings/{sitting}/tickets?{query}").text
        return {int(cell) for cell in re.findall(r'name="count-(\d+)"', page)}

    assert listed("") == set(stage.cells)
    assert listed("q=ba+to") == {stage.south_1}
    assert listed(f"hall={halls[0]}") == {stage.north_1, stage.north_2}
    assert listed(f"hall={halls[1]}") == {stage.north_2, stage.south_1}
    assert listed("hall=999") == set()
    assert "đã lập 4 phiếu, đã dùng 1." in words(desk.get(f"/sittings/{sitting}/tickets").text)


def test_the_page_costs_the_same_for_one_cell_and_for_three(
    app: Flask, session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    def cost(called: list[int]) -> int:
        own = operations.plan_conference(session, unit_id=stage.province, title="H", held_on=DAY)
        operations.add_hall(session, own, name="A", unit_id=stage.north, called=called)
        sitting = plan(session, stage, own, tickets=True)
        lay(session, sitting, dict.fromkeys(called, 2))
        with counted(app) as statements:
            desk.get(f"/sittings/{sitting}/tickets")
        return len(statements)

    assert cost([stage.north_1]) == cost(list(stage.cells))


# ------------------------------------------------------------------ slips


def test_a_slip_has_its_code_and_a_qr_that_leads_through_the_door_with_it(
    session: Session, stage: Stage, halls: list[int], sitting: int, desk: FlaskClient
) -> None:
    cells = lay(session, sitting, {stage.north_1: 3, stage.north_2: 2, stage.south_1: 1})
    doors = {door.hall_id: door for door in doors_of(session, sitting)}
    # The second cell of the north is called to both halls: its slips say neither.
    through: dict[int, DoorSeen] = {
        stage.south_1: doors[halls[1]],
        stage.north_1: doors[halls[0]],
        stage.north_2: doors[None],
    }
    page = desk.get(f"/sittings/{sitting}/tickets/print").text
    assert codes_on(page) == [grouped(code) for cell in through for code in cells[cell]]
    assert links_on(page) == [
        f"HTTP://KHAOSAT.TEST/D/{door.key}/{code}"
        for cell, door in through.items()
        for code in cells[cell]
    ]
    said = words(page)
    for cell, door in through.items():
        code = f"{door.code[:4]}\u00a0{door.code[4:]}"
        by_hand = f"mở khaosat.test, nhập {' '.join(code.split())} rồi gõ mã phiếu"
        assert said.count(by_hand) == len(cells[cell])


def test_each_cell_begins_a_side_of_paper_with_a_slip_that_names_it(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    lay(session, sitting, {stage.north_1: 13, stage.north_2: 14, stage.south_1: 1})
    page = desk.get(f"/sittings/{sitting}/tickets/print").text
    sides = page.split('<article class="sheet slips">')[1:]
    assert [(side.count("<h1>"), len(codes_on(side))) for side in sides] == [
        (1, 1),
        (1, 13),
        (1, 13),
        (0, 1),
    ]
    assert "Chi bộ thôn 2, Đảng bộ xã Ba Tơ" in words(sides[0])
    assert "28 phiếu, 4 trang." in words(page)


def test_a_cell_or_a_hall_is_printed_alone(
    session: Session, stage: Stage, halls: list[int], sitting: int, desk: FlaskClient
) -> None:
    cells = lay(session, sitting, dict.fromkeys(stage.cells, 2))

    def printed(query: str) -> list[int]:
        codes = codes_on(desk.get(f"/sittings/{sitting}/tickets/print?{query}").text)
        of = {grouped(code): cell for cell, own in cells.items() for code in own}
        return list(dict.fromkeys(of[code] for code in codes))

    assert printed(f"unit={stage.north_2}") == [stage.north_2]
    assert printed(f"hall={halls[1]}") == [stage.south_1, stage.north_2]
    assert printed("q=thon+10") == [stage.north_2]


def test_many_slips_are_printed_in_parts_of_whole_cells(
    session: Session,
    stage: Stage,
    sitting: int,
    desk: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ticket_pages, "MOST", 5)
    lay(session, sitting, {stage.south_1: 3, stage.north_1: 2, stage.north_2: 1})
    url = f"/sittings/{sitting}/tickets/print"
    first, second, beyond = (codes_on(desk.get(f"{url}?page={n}").text) for n in (1, 2, 9))
    assert [len(first), len(second)] == [5, 1]
    assert beyond == second
    assert f"{url}?page=2&amp;q=dang" in desk.get(f"{url}?q=dang").text
    assert "nhiều nhất 5 phiếu" in words(desk.get(f"/sittings/{sitting}/tickets").text)


def test_printed_again_the_slips_are_the_same_whatever_was_spent(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    codes = lay(session, sitting, {stage.north_1: 3})[stage.north_1]
    before = desk.get(f"/sittings/{sitting}/tickets/print").text
    with db.writing(session):
        spend_tickets(session.connection(), [(sitting, mark(sitting, codes[1]))])
    assert desk.get(f"/sittings/{sitting}/tickets/print").text == before


def test_what_was_laid_under_another_key_is_said_and_not_printed(
    app: Flask, session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    lay_tickets(session, sitting, {stage.north_1: 3}, secret_key="an older one", now=NOON)
    lay(session, sitting, {stage.north_1: 5})
    page = desk.get(f"/sittings/{sitting}/tickets/print").text
    assert len(codes_on(page)) == 2
    assert "3 phiếu lập trước khi máy chủ đổi khóa nên không dùng được nữa" in words(page)


def test_before_anything_is_laid_there_is_nothing_to_print(sitting: int, desk: FlaskClient) -> None:
    page = desk.get(f"/sittings/{sitting}/tickets/print", follow_redirects=True)
    assert page.request.path == f"/sittings/{sitting}/tickets"
    assert "Chưa có phiếu nào để in." in words(page.text)


def test_without_a_public_address_no_slip_is_printed(
    app: Flask, session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    lay(session, sitting, {stage.north_1: 1})
    app.config["PUBLIC_ADDRESS"] = None
    answer = desk.get(f"/sittings/{sitting}/tickets/print")
    assert (answer.status_code, codes_on(answer.text)) == (503, [])
    assert "PUBLIC_ADDRESS" in desk.get(f"/sittings/{sitting}/tickets").text


def test_a_poster_says_to_type_the_code_of_the_slip(
    session: Session, sitting: int, desk: FlaskClient
) -> None:
    door = doors_of(session, sitting)[0]
    said = words(desk.get(f"/sittings/{sitting}/posters/{door.id}").text)
    assert "Gõ mã trên phiếu đã rút" in said
    assert "Chọn chi bộ" not in said


def test_the_codes_are_in_no_cache_no_log_and_no_address(
    session: Session,
    stage: Stage,
    sitting: int,
    desk: FlaskClient,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    codes = lay(session, sitting, {stage.north_1: 3})[stage.north_1]
    answer = desk.get(f"/sittings/{sitting}/tickets/print")
    assert answer.headers["Cache-Control"] == "no-store"
    addresses = re.findall(r'(?:href|src|action)="([^"]*)"', answer.text)
    for code in codes:
        assert grouped(code) in answer.text
        for held in (caplog.text, " ".join(addresses)):
            assert code not in held
            assert grouped(code) not in held
