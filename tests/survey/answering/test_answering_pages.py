"""From the door to "đã ghi nhận", with scripts off."""

import gzip
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from survey import db
from survey.answering import pages, thanks
from survey.answering.models import Sheet
from survey.answering.packing import packed
from survey.answering.pages import Pieces, Visit
from survey.answering.tokens import Tokens
from survey.papers.models import Edition
from survey.sittings import operations as sittings
from survey.sittings.conferences import call_units
from survey.sittings.models import Door, Show, Sitting
from survey.units.models import UnitName
from tests.conftest import NOON
from tests.survey.answering.phone import RIGHT, Phone, read
from tests.world import World

Plan = Callable[..., int]
KeyOf = Callable[..., str]
Sheets = Callable[[], list[tuple[int, int | None, str]]]
ALL_RIGHT = "0;02;0"

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def phone(client: FlaskClient, plan: Plan, key_of: KeyOf, world: World) -> Phone:
    """A phone that came through the door of the first hall."""
    return Phone(client, f"/D/{key_of(plan(), hall=world.halls[0])}")


def test_a_sheet_handed_in_is_stored_for_its_cell_and_hall(
    phone: Phone, sheets: Sheets, world: World
) -> None:
    answer = phone.hand_in(cell="Chi bộ Thôn 2")
    assert answer.status_code == 200
    assert "Đã ghi nhận lúc 12:00 ngày 23/11/2026." in answer.text
    assert re.search(r"Mã xác nhận: <b>\w\w-\w\w</b>. Cảm ơn", answer.text)  # not torn at its dash
    assert "đúng 3/3 câu" in answer.text
    assert sheets() == [(world.cells[0][1], world.halls[0], ALL_RIGHT)]


def test_a_second_tap_on_hand_in_is_counted_once(phone: Phone, sheets: Sheets) -> None:
    answers = [phone.hand_in(cell="Chi bộ Thôn 2") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert len(sheets()) == 1


def test_the_same_page_sent_again_with_other_answers_changes_nothing(
    phone: Phone, sheets: Sheets
) -> None:
    phone.hand_in(cell="Chi bộ Thôn 2")
    answer = phone.hand_in(RIGHT | {"Đúng hay sai?": ["Sai"]}, cell="Chi bộ Thôn 2")
    assert answer.status_code == 409
    assert "giữ nguyên" in answer.text
    assert "đúng 2/3" not in answer.text
    assert [answers for _, _, answers in sheets()] == [ALL_RIGHT]


def test_a_phones_own_receipt_counts_once_over_two_pages(
    client: FlaskClient, phone: Phone, sheets: Sheets
) -> None:
    receipt = "0123456789abcdef0123456789abcdef"
    again = Phone(client, phone.address)
    assert phone.hand_in(cell="Chi bộ Thôn 2", r=receipt).status_code == 200
    assert again.hand_in(cell="Chi bộ Thôn 2", r=receipt).status_code == 200
    assert len(sheets()) == 1


def test_two_phones_at_one_door_are_two_sheets(
    client: FlaskClient, phone: Phone, sheets: Sheets
) -> None:
    phone.hand_in(cell="Chi bộ Thôn 2")
    Phone(client, phone.address).hand_in(cell="Chi bộ Thôn 2")
    assert len(sheets()) == 2


def test_a_blank_question_is_asked_about_once_and_may_stay_blank(
    phone: Phone, sheets: Sheets
) -> None:
    some = {"Một lựa chọn?": ["Khác"], "Đúng hay sai?": ["Sai"]}
    asked = phone.hand_in(some, cell="Chi bộ Thôn 10")
    assert asked.status_code == 422
    assert "Còn 1 câu chưa trả lời." in asked.text
    assert sheets() == []
    form = read(asked.text)
    assert sorted(form.checked) == ["Khác", "Sai"]
    assert form.hidden["anyway"] == "1"
    assert phone.hand_in(some, cell="Chi bộ Thôn 10", anyway="1").status_code == 200
    assert [answers for _, _, answers in sheets()] == ["2;;1"]


def test_without_a_cell_nothing_is_lost_and_nothing_is_stored(phone: Phone, sheets: Sheets) -> None:
    asked = phone.hand_in()
    assert asked.status_code == 422
    assert "Đồng chí chưa chọn chi bộ." in asked.text
    assert sorted(read(asked.text).checked) == sorted(w for words in RIGHT.values() for w in words)
    assert sheets() == []


def test_a_cell_of_another_hall_is_no_choice_here(
    phone: Phone, sheets: Sheets, world: World
) -> None:
    fields = phone.form.hidden | {"cell": str(world.cells[1][0]), "anyway": "1"}
    assert phone.client.post(phone.address, data=fields).status_code == 422
    assert sheets() == []


def test_the_door_of_the_whole_sitting_offers_every_called_cell(
    client: FlaskClient, plan: Plan, key_of: KeyOf
) -> None:
    page = client.get(f"/D/{key_of(plan())}")
    assert page.text.count('name="cell"') == 6
    assert page.text.index("Thôn 2<") < page.text.index("Thôn 10<")


def test_the_door_of_a_cell_does_not_ask_for_it(
    client: FlaskClient, session: Session, plan: Plan, key_of: KeyOf, world: World, sheets: Sheets
) -> None:
    sitting, cell = plan(), world.cells[1][2]
    sittings.add_cell_doors(session, sitting, [cell])
    phone = Phone(client, f"/D/{key_of(sitting, unit=cell)}")
    assert "Đồng chí đang sinh hoạt tại chi bộ nào?" not in phone.page.text
    assert "Chi bộ: Chi bộ Thôn 10, Đảng bộ xã Ia H’Drai" in phone.page.text
    phone.hand_in()
    assert sheets() == [(cell, world.halls[1], ALL_RIGHT)]


def hand_in_blank(client: FlaskClient, key: str, cell: int) -> None:
    phone = Phone(client, f"/D/{key}")
    fields = phone.form.hidden | {"cell": str(cell), "anyway": "1"}
    assert client.post(phone.address, data=fields).status_code == 200


def test_who_types_the_sittings_own_code_is_stored_as_who_scanned_the_hall_of_that_cell(
    client: FlaskClient, plan: Plan, key_of: KeyOf, world: World, sheets: Sheets
) -> None:
    sitting, (cell, *_) = plan(), world.cells[0]
    for hall in (None, world.halls[0]):
        hand_in_blank(client, key_of(sitting, hall=hall), cell)
    assert sheets() == [(cell, world.halls[0], ";;")] * 2


def test_of_a_cell_that_is_called_to_two_halls_the_door_tells_in_which_it_is(
    client: FlaskClient, session: Session, plan: Plan, key_of: KeyOf, world: World, sheets: Sheets
) -> None:
    sitting, (cell, *_) = plan(), world.cells[0]
    call_units(session, world.halls[1], units=[cell])
    for hall in world.halls:
        hand_in_blank(client, key_of(sitting, hall=hall), cell)
    assert sheets() == [(cell, hall, ";;") for hall in world.halls]
    hand_in_blank(client, key_of(sitting), cell)
    with Session(session.get_bind()) as store:
        halls = store.scalars(select(Sheet.hall_id)).all()
    assert sorted(halls, key=str) == [*world.halls, None]


@pytest.mark.parametrize(
    ("show", "score", "answers"),
    [(Show.THANKS, False, False), (Show.SCORE, True, False), (Show.ANSWERS, True, True)],
)
def test_after_handing_in_the_sitting_decides_what_is_told(
    client: FlaskClient, plan: Plan, key_of: KeyOf, show: Show, score: bool, answers: bool
) -> None:
    phone = Phone(client, f"/D/{key_of(plan(show=show))}")
    told = phone.hand_in(RIGHT | {"Một lựa chọn?": ["Sai"]}, cell="Chi bộ Thôn 1").text
    assert ("đúng 2/3 câu" in told) is score
    assert ("Vì phần một nói vậy." in told) is answers
    assert ("Mục I" in told) is score


def test_the_key_is_nowhere_on_the_page_before_the_sheet_is_in(
    client: FlaskClient, plan: Plan, key_of: KeyOf
) -> None:
    address = f"/D/{key_of(plan(show=Show.ANSWERS))}"
    places = set()
    for _ in range(60):
        phone = Phone(client, address)
        assert "Vì phần một nói vậy." not in phone.page.text
        shown = next(c for title, c in phone.form.choices.items() if "Một lựa chọn" in title)
        places.add(shown["Đúng nhất"][1])
    assert places == {"0", "1", "2"}


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOON - timedelta(minutes=1), "Đợt khảo sát chưa mở"),
        (NOON + timedelta(hours=1), "Đợt khảo sát đã kết thúc"),
    ],
)
def test_before_and_after_its_time_the_door_says_so(
    client: FlaskClient,
    plan: Plan,
    key_of: KeyOf,
    clock: time_machine.Traveller,
    moment: object,
    words: str,
) -> None:
    key = key_of(plan())
    clock.move_to(moment)  # type: ignore[arg-type]
    page = client.get(f"/D/{key}")
    assert page.status_code == 200
    assert words in page.text


def test_a_paused_sitting_takes_no_sheet_and_says_so(
    app: Flask, phone: Phone, session: Session, sheets: Sheets
) -> None:
    sittings.pause_sitting(session, 1, now=NOON)
    answer = phone.hand_in(cell="Chi bộ Thôn 2")
    assert answer.status_code == 409
    assert "đang tạm dừng" in answer.text
    assert sheets() == []
    sittings.resume_sitting(session, 1, now=NOON)
    kept = MultiDict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', answer.text))
    assert phone.client.post(phone.address, data=kept).status_code == 200
    assert [answers for _, _, answers in sheets()] == [ALL_RIGHT]


def test_a_page_opened_before_closing_may_hand_in_during_the_grace_and_not_after_it(
    client: FlaskClient, phone: Phone, clock: time_machine.Traveller, sheets: Sheets
) -> None:
    other = Phone(client, phone.address)
    clock.move_to(NOON + timedelta(hours=1, seconds=119))
    assert phone.hand_in(cell="Chi bộ Thôn 2").status_code == 200
    clock.move_to(NOON + timedelta(hours=1, seconds=120))
    late = other.hand_in(cell="Chi bộ Thôn 2")
    assert late.status_code == 409
    assert "không được tính" in late.text
    assert len(sheets()) == 1


@pytest.mark.parametrize("key", ["0" * 26, "x", "É" * 26, "A" * 300])
def test_an_unknown_door_says_so_in_plain_words(client: FlaskClient, key: str) -> None:
    for answer in (client.get(f"/D/{key}"), client.post(f"/D/{key}")):
        assert answer.status_code == 404
        assert "Mã không đúng" in answer.text


@pytest.mark.parametrize(
    "spoil",
    [
        {"t": ""},
        {"t": "forged.token"},
        {"q0": "7"},
        {"q0": "-1"},
        {"q0": "x"},
        {"r": "short"},
        {"r": "é" * 30},
    ],
    ids=str,
)
def test_a_forged_field_stores_nothing_and_leads_back(
    client: FlaskClient, phone: Phone, sheets: Sheets, spoil: dict[str, str]
) -> None:
    fields = phone.form.hidden | {"cell": "1", "anyway": "1"} | spoil
    answer = client.post(phone.address, data=fields)
    assert answer.status_code == 400
    assert "Mở lại trang" in answer.text
    assert sheets() == []


def test_a_slip_with_something_behind_its_end_is_none_and_is_not_shown(
    client: FlaskClient, phone: Phone, sheets: Sheets
) -> None:
    for tail in ("=", '="><h1>Trang giả</h1>', "\n"):
        fields = phone.form.hidden | {"t": phone.form.hidden["t"] + tail}
        answer = client.post(phone.address, data=fields)
        assert answer.status_code == 400
        assert "Trang giả" not in answer.text
    assert sheets() == []


def test_what_one_visitor_brings_in_the_address_is_not_shown_to_the_next(
    client: FlaskClient, phone: Phone
) -> None:
    client.get(phone.address, query_string={"zarsrc": "TRACK", "m": "shared", "cell": "9999"})
    page = client.get(phone.address).text.split("<script>")[0]
    assert "TRACK" not in page
    assert "shared" not in page
    assert "9999" not in page


def test_a_sheet_from_a_phone_that_is_passed_on_says_so(
    client: FlaskClient, phone: Phone, session: Session
) -> None:
    done = phone.hand_in(cell="Chi bộ Thôn 2").text
    assert f'href="{phone.address}?m=shared"' in done
    Phone(client, f"{phone.address}?m=shared").hand_in(cell="Chi bộ Thôn 2")
    Phone(client, f"{phone.address}?m=forged").hand_in(cell="Chi bộ Thôn 2")
    session.rollback()
    assert sorted(row.mode for row in session.query(Sheet)) == ["own", "own", "shared"]


def test_a_button_is_felt_at_the_door_within_a_second(
    client: FlaskClient, plan: Plan, key_of: KeyOf, session: Session, clock: time_machine.Traveller
) -> None:
    sitting = plan(opens_at=None, closes_at=None)
    address = f"/D/{key_of(sitting)}"
    assert "chưa mở" in client.get(address).text
    sittings.open_sitting(session, sitting, now=NOON)
    clock.shift(1.5)
    assert "Câu 1/3" in client.get(address).text
    sittings.close_sitting(session, sitting, now=NOON + timedelta(seconds=2))
    clock.shift(1.5)
    assert "đã kết thúc" in client.get(address).text


def test_a_door_whose_times_alone_are_read_anew_does_not_list_its_cells_again(
    app: Flask, session: Session, plan: Plan, key_of: KeyOf
) -> None:
    entrances, sitting = app.extensions["answering"].entrances, plan(closes_at=None)
    key = key_of(sitting)
    first = entrances.get(session, key, now=NOON)
    sittings.close_sitting(session, sitting, now=NOON + timedelta(seconds=1))
    then = entrances.get(session, key, now=NOON + timedelta(seconds=2))
    assert (first.times.closes_at, then.times.closes_at) == (None, NOON + timedelta(seconds=1))
    assert then.groups is first.groups


def test_an_answered_edition_that_was_exchanged_meanwhile_is_not_taken(
    phone: Phone, session: Session, world: World, sheets: Sheets
) -> None:
    with db.writing(session):
        old = session.get_one(Edition, world.edition)
        other = Edition(
            paper_id=old.paper_id, number=2, title=old.title, items=1, content=old.content,
            resolution_number=old.resolution_number, digest=old.digest, published_at=NOON,
        )  # fmt: skip
        session.add(other)
        session.flush()
        session.execute(update(Sitting).values(edition_id=other.id))
    answer = phone.hand_in(cell="Chi bộ Thôn 2")
    assert answer.status_code == 400
    assert "Mở lại trang" in answer.text
    assert sheets() == []


def test_units_of_one_name_under_two_communes_stay_apart(
    client: FlaskClient, session: Session, plan: Plan, key_of: KeyOf, world: World
) -> None:
    with db.writing(session):
        session.execute(update(UnitName).where(UnitName.unit_id.in_(world.communes)).values(
            name="Đảng bộ cơ quan"
        ))  # fmt: skip
    page = client.get(f"/D/{key_of(plan())}").text
    assert page.count("<summary>Đảng bộ cơ quan, Đảng bộ tỉnh</summary>") == 2


def test_a_store_that_cannot_write_asks_the_phone_to_come_again(
    phone: Phone, session: Session
) -> None:
    session.execute(text("ALTER TABLE sheet RENAME TO away"))
    session.commit()
    answer = phone.hand_in(cell="Chi bộ Thôn 2", headers={"Accept": "application/json"})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.get_json()["state"] == "busy"


def test_who_comes_while_the_store_is_away_is_asked_to_try_again_and_told_of_no_sheet(
    client: FlaskClient, session: Session, plan: Plan, key_of: KeyOf
) -> None:
    address = f"/D/{key_of(plan())}"
    session.execute(text("ALTER TABLE door RENAME TO away"))
    session.commit()
    answer = client.get(address)
    assert answer.status_code == 503
    assert "Máy chủ đang bận" in answer.text
    assert '<a class="primary" href="">Thử lại</a>' in answer.text
    assert "Gửi lại" not in answer.text.split("<script")[0]
    assert 'id="words"' in answer.text  # and a sheet that waits on this phone is sent


def test_a_sheet_too_large_to_be_one_is_refused(client: FlaskClient, phone: Phone) -> None:
    answer = client.post(phone.address, data={"t": "x" * 100_000})
    assert answer.status_code == 413


def test_only_this_server_can_acknowledge_a_receipt(app: Flask) -> None:
    tokens: Tokens = app.extensions["answering"].reception.tokens
    macs = {tokens.acknowledge(bytes([n]) * 16) for n in range(8)}
    assert len(macs) == 8
    assert Tokens("another key").acknowledge(bytes(16)) not in macs


def test_a_slip_of_another_door_is_refused(
    client: FlaskClient, plan: Plan, key_of: KeyOf, world: World, sheets: Sheets
) -> None:
    sitting = plan()
    phone = Phone(client, f"/D/{key_of(sitting, hall=world.halls[0])}")
    phone.address = f"/D/{key_of(sitting, hall=world.halls[1])}"
    assert phone.hand_in(cell="Chi bộ Thôn 2").status_code == 400
    assert sheets() == []


def test_an_attendees_pages_set_no_cookie_and_may_load_nothing_foreign(phone: Phone) -> None:
    for answer in (phone.page, phone.hand_in(cell="Chi bộ Thôn 1")):
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "src=" not in phone.page.text
    assert re.findall(r'<link[^>]*href="([^"]*)"', phone.page.text) == ["data:,"]


def test_the_page_speaks_english_on_request_and_keeps_to_it(phone: Phone) -> None:
    english = phone.client.get(phone.address, query_string={"lang": "en"})
    assert '<html lang="en">' in english.text
    assert "Set-Cookie" not in english.headers
    assert '<html lang="vi">' in phone.client.get(phone.address).text


@pytest.mark.parametrize("is_there", [True, False])
def test_who_asks_only_for_the_head_of_a_page_takes_nothing_from_the_page_of_the_next(
    client: FlaskClient,
    plan: Plan,
    key_of: KeyOf,
    monkeypatch: pytest.MonkeyPatch,
    is_there: bool,
) -> None:
    monkeypatch.setattr(pages, "SEEDS", 1)  # so that both are given the same pieces
    address = f"/D/{key_of(plan()) if is_there else '0' * 26}"
    client.head(address)
    assert client.get(address).text.count('href="?lang=en"') == 1


def test_a_typed_code_leads_to_the_door(
    client: FlaskClient, session: Session, plan: Plan, key_of: KeyOf
) -> None:
    key = key_of(plan())
    code = session.query(Door.code).filter_by(key=key).scalar()
    for typed in (code, f"{code[:4]} {code[4:]}", f" {code[:4]}-{code[4:]}."):
        assert client.get("/", query_string={"code": typed}).headers["Location"] == f"/D/{key}"


def test_a_wrong_code_says_so_and_keeps_what_was_typed(client: FlaskClient) -> None:
    page = client.get("/", query_string={"code": "1234 5678"})
    assert page.status_code == 404
    assert "Mã không đúng" in page.text
    assert 'value="1234 5678"' in page.text


def test_a_phone_with_scripts_is_told_the_same_in_json_with_its_own_receipt(
    phone: Phone, sheets: Sheets
) -> None:
    receipt = "0123456789abcdef0123456789abcdef"
    said = phone.hand_in(
        cell="Chi bộ Thôn 2", headers={"Accept": "application/json"}, r=receipt
    ).get_json()
    assert (said["state"], said["receipt"]) == ("recorded", receipt)
    assert "Đã ghi nhận" in said["html"]
    assert "<html" not in said["html"]
    assert len(said["mac"]) == 16
    assert len(sheets()) == 1


def test_a_page_that_a_hall_waits_before_is_small_and_says_the_time_that_is_true_now(
    client: FlaskClient, plan: Plan, key_of: KeyOf, session: Session, clock: time_machine.Traveller
) -> None:
    sitting = plan(opens_at=NOON + timedelta(hours=1), closes_at=None)
    address = f"/D/{key_of(sitting)}"
    packed = client.get(address, headers={"Accept-Encoding": "gzip"})
    page = gzip.decompress(packed.data).decode()
    assert len(packed.data) < 9000
    assert "Mở lúc 13:00 ngày 23/11/2026." in page
    assert page == client.get(address).text
    with db.writing(session):
        session.execute(update(Sitting).values(opens_at=NOON + timedelta(hours=2)))
    clock.shift(1.5)
    assert "Mở lúc 14:00 ngày 23/11/2026." in client.get(address).text
    assert "Opens at 14:00 on 23/11/2026." in client.get(f"{address}?lang=en").text


def test_what_is_rendered_for_a_nations_doors_is_all_kept() -> None:
    pieces, none, first = Pieces(), packed(b""), Visit("vi", None, None)
    for key in range(31_000):
        pieces.heads(first).put(("head", key), none, NOON)
    for key in range(10_000):
        pieces.bodies.put(("body", key), none, NOON)
        pieces.heads(first._replace(cell=key)).put(("head", key, key), none, NOON)
    assert pieces.heads(first).last(("head", 0)) is none
    assert pieces.bodies.last(("body", 0)) is None
    assert thanks.PARTS >= 31_000
