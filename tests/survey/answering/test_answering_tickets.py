"""One slip from the bowl, one sheet."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.answering import guesses
from survey.answering.intake import Intake
from survey.answering.storing import Entry, OtherEdition
from survey.results.sealing import seal_sitting
from survey.sittings import operations as sittings
from survey.sittings.models import Kind, Show
from survey.sittings.tickets import grouped, lay_tickets, slips_of, tickets_of
from tests.conftest import NOON, SETTINGS
from tests.survey.answering.phone import RIGHT, Phone, read
from tests.world import World

pytestmark = pytest.mark.usefixtures("clock")

KEY = SETTINGS["SECRET_KEY"]
SCRIPTED = {"Accept": "application/json"}
OTHER = RIGHT | {"Đúng hay sai?": ["Sai"]}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "PACE", 0.01)
    monkeypatch.setattr(guesses, "SLOW", 0.02)


@pytest.fixture
def sitting(plan: Callable[..., int], session: Session, world: World) -> int:
    """A sitting with three tickets for the first cell of each commune."""
    made = plan(tickets=True)
    counts = {cells[0]: 3 for cells in world.cells}
    lay_tickets(session, made, counts, secret_key=str(KEY), now=NOON)
    return made


@pytest.fixture
def slips(session: Session, sitting: int, world: World) -> list[str]:
    """The codes of the first cell."""
    cell = world.cells[0][0]
    return slips_of(session, sitting, [cell], secret_key=str(KEY))[cell]


@pytest.fixture
def door(sitting: int, key_of: Callable[..., str], world: World) -> str:
    return f"/D/{key_of(sitting, hall=world.halls[0])}"


Sheets = Callable[[], list[tuple[int, int | None, str]]]


def test_a_scanned_slip_knows_its_cell_and_lets_one_sheet_in(
    client: FlaskClient, door: str, slips: list[str], sheets: Sheets, world: World
) -> None:
    phone = Phone(client, f"{door}/{slips[0]}")
    assert "Chi bộ: Chi bộ Thôn 1, Đảng bộ xã Đăk Tô" in phone.page.text
    assert 'id="ticket"' not in phone.page.text
    assert phone.hand_in().status_code == 200
    assert sheets() == [(world.cells[0][0], world.halls[0], "0;02;0")]


def test_a_typed_slip_is_taken_however_it_is_typed(
    client: FlaskClient, door: str, slips: list[str], sheets: Sheets
) -> None:
    typed = f" {grouped(slips[0]).lower()} "
    assert Phone(client, door).hand_in(k=typed).status_code == 200
    assert len(sheets()) == 1


def test_a_spent_slip_never_gives_a_second_sheet(
    client: FlaskClient, door: str, slips: list[str], sheets: Sheets
) -> None:
    page = Phone(client, f"{door}/{slips[0]}")
    Phone(client, door).hand_in(k=slips[0])
    for answer in (page.hand_in(OTHER), Phone(client, door).hand_in(k=slips[0])):
        assert answer.status_code == 422
        assert "Phiếu mã này đã dùng" in answer.text
    assert "Phiếu mã này đã dùng" in client.get(f"{door}/{slips[0]}").text
    assert len(sheets()) == 1


def test_the_same_sheet_sent_again_with_its_own_slip_is_the_same_success(
    client: FlaskClient, door: str, slips: list[str], sheets: Sheets
) -> None:
    phone = Phone(client, f"{door}/{slips[0]}")
    assert [phone.hand_in().status_code for _ in range(3)] == [200] * 3
    assert len(sheets()) == 1


def test_a_phone_that_is_in_does_not_spend_a_second_slip(
    client: FlaskClient, session: Session, door: str, slips: list[str], sitting: int, world: World
) -> None:
    phone = Phone(client, door)
    for code in slips[:2]:
        assert phone.hand_in(k=code).status_code == 200
    session.rollback()
    assert tickets_of(session, sitting)[world.cells[0][0]] == (3, 1)


@pytest.mark.parametrize("typed", ["", "ABC", "BBBB-BBBB-BBBB", "é" * 30, "x" * 5000])
def test_what_is_no_slip_stores_nothing_and_says_how_to_go_on(
    client: FlaskClient, door: str, sheets: Sheets, typed: str
) -> None:
    answer = Phone(client, door).hand_in(k=typed)
    assert answer.status_code == 422
    assert "Mã phiếu chưa đúng" in answer.text
    assert len(read(answer.text).checked) == 4
    said = Phone(client, door).hand_in(k=typed, headers=SCRIPTED).get_json()
    assert said["state"] == "ticket"
    assert sheets() == []


def test_a_slip_from_before_the_key_was_changed_is_none_any_more(
    client: FlaskClient, session: Session, sitting: int, door: str, sheets: Sheets, world: World
) -> None:
    cell = world.cells[0][1]
    lay_tickets(session, sitting, {cell: 1}, secret_key="an older one", now=NOON)
    (old,) = slips_of(session, sitting, [cell], secret_key="an older one")[cell]
    assert client.get(f"{door}/{old}").status_code == 404
    assert Phone(client, door).hand_in(k=old).status_code == 422
    assert sheets() == []


def test_a_slip_of_another_sitting_is_none_here(
    client: FlaskClient,
    session: Session,
    plan: Callable[..., int],
    key_of: Callable[..., str],
    slips: list[str],
    sheets: Sheets,
) -> None:
    other = plan(tickets=True, title="Đợt khác")
    address = f"/D/{key_of(other)}"
    assert Phone(client, address).hand_in(k=slips[0]).status_code == 422
    assert client.get(f"{address}/{slips[0]}").status_code == 404
    assert sheets() == []


def test_of_many_phones_with_one_slip_one_gets_in(
    app: Flask, client: FlaskClient, door: str, slips: list[str], sheets: Sheets
) -> None:
    phones = [Phone(app.test_client(), door) for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda phone: phone.hand_in(k=slips[0]), phones))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 422: 23}
    assert len(sheets()) == 1


def test_a_repeat_after_closing_and_after_sealing_is_still_a_success(
    client: FlaskClient, session: Session, door: str, slips: list[str], sitting: int, clock: object
) -> None:
    phone, late = Phone(client, f"{door}/{slips[0]}"), Phone(client, f"{door}/{slips[1]}")
    assert phone.hand_in().status_code == 200
    sittings.close_sitting(session, sitting, now=NOON + timedelta(minutes=10))
    over = NOON + timedelta(minutes=30)
    clock.move_to(over)  # type: ignore[attr-defined]
    assert phone.hand_in().status_code == 200
    seal_sitting(session, sitting, now=over)
    assert phone.hand_in().status_code == 200
    assert late.hand_in().status_code == 409


def test_a_sitting_with_an_open_door_asks_for_no_slip_and_says_what_that_means(
    client: FlaskClient, plan: Callable[..., int], key_of: Callable[..., str], world: World
) -> None:
    page = client.get(f"/D/{key_of(plan(), hall=world.halls[0])}").text
    assert 'id="ticket"' not in page
    assert "không phân biệt được một người dùng hai điện thoại" in page


def test_a_sitting_that_was_edited_to_admit_by_ticket_takes_no_sheet_without_one(
    client: FlaskClient,
    session: Session,
    plan: Callable[..., int],
    key_of: Callable[..., str],
    world: World,
    sheets: Sheets,
) -> None:
    """Nor where a page of before the change still asks for none."""
    made = plan(opens_at=None, closes_at=None)
    address = f"/D/{key_of(made)}"
    client.get(address)
    sittings.edit_sitting(
        session, made, edition_id=world.edition, kind=Kind.AFTER, title="Đợt có phiếu",
        show=Show.THANKS, opens_at=None, closes_at=None, grace=120, tickets=True, now=NOON,
    )  # fmt: skip
    sittings.open_sitting(session, made, now=NOON)
    entry = Entry(
        sitting_id=made, edition_id=world.edition, receipt=bytes(16), unit_id=world.cells[0][0],
        hall_id=None, mode="own", answers="0;02;0", issued_at=NOON,
    )  # fmt: skip
    intake = Intake(session.get_bind(), lambda: NOON)  # type: ignore[arg-type]
    with pytest.raises(OtherEdition):
        intake.take(entry)
    assert sheets() == []


def test_an_edited_title_and_what_is_shown_reach_the_door_within_a_second(
    client: FlaskClient,
    session: Session,
    plan: Callable[..., int],
    key_of: Callable[..., str],
    world: World,
    clock: object,
) -> None:
    made = plan(opens_at=None, closes_at=None, show=Show.ANSWERS)
    address = f"/D/{key_of(made)}"
    client.get(address)
    sittings.edit_sitting(
        session, made, edition_id=world.edition, kind=Kind.AFTER, title="Tên mới",
        show=Show.THANKS, opens_at=None, closes_at=None, grace=120, tickets=False, now=NOON,
    )  # fmt: skip
    sittings.open_sitting(session, made, now=NOON)
    clock.shift(1.5)  # type: ignore[attr-defined]
    phone = Phone(client, address)
    assert "Tên mới" in phone.page.text
    assert "đúng 3/3 câu" not in phone.hand_in(cell="Chi bộ Thôn 1").text
