"""A slip drawn from a bowl: typed or scanned, mistyped, and used a second time."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.occasions import (
    ALL_RIGHT,
    STORED,
    Grounds,
    Occasion,
    closed,
    heading,
    kept,
    scan,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser


@pytest.fixture
def occasion(place: Grounds) -> Occasion:
    return place.hold(tickets=True)


@pytest.fixture
def slips(place: Grounds, occasion: Occasion) -> list[str]:
    return place.slips(occasion, place.world.cells[0][1])


def begin(phone: Page) -> None:
    phone.get_by_role("button", name="Bắt đầu").click()


def hand_in(phone: Page, slip: str) -> None:
    phone.get_by_label("Mã phiếu").fill(slip)
    begin(phone)
    tick_all(phone)
    send(phone)


def test_nobody_goes_past_the_start_without_a_ticket(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    phone.goto(occasion.door)
    begin(phone)
    expect(phone.get_by_role("alert")).to_have_text("Đồng chí chưa nhập mã phiếu.")
    expect(phone.get_by_label("Mã phiếu")).to_be_focused()
    hand_in(phone, slips[0].lower())
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_with_a_mouse_one_click_is_enough_after_what_lacked_was_typed(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    """What is said above the field goes before the button is pressed, and not under the mouse."""
    phone.set_viewport_size({"width": 1366, "height": 768})
    phone.goto(occasion.door)
    begin(phone)
    expect(phone.get_by_role("alert")).to_be_visible()
    phone.get_by_label("Mã phiếu").press_sequentially(slips[0])
    expect(phone.get_by_role("alert")).to_have_count(0)
    phone.get_by_role("button", name="Bắt đầu").click()
    expect(phone.locator(".where")).to_have_text("Câu 1/3")


def test_a_mistyped_ticket_is_corrected_with_all_answers_kept(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    phone.goto(occasion.door)
    hand_in(phone, "BCDF-GHJK-MNPQ")
    expect(phone.get_by_role("alert")).to_contain_text("Không có phiếu nào với mã này")
    box = phone.get_by_label("Mã phiếu")
    expect(box).to_be_focused()
    expect(box).to_have_value("BCDF-GHJK-MNPQ")
    box.fill(slips[0])
    phone.get_by_role("button", name="Xem lại").click()
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_spent_ticket_says_so_and_another_slip_sends_the_same_answers(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    phone.goto(occasion.door)
    hand_in(phone, slips[0])
    phone.get_by_role("link", name="Người khác dùng chung điện thoại").click()
    expect(phone.get_by_label("Mã phiếu")).to_have_value("")
    hand_in(phone, slips[0])
    expect(phone.get_by_role("alert")).to_contain_text("mỗi mã chỉ dùng một lần")
    assert len(occasion.sheets) == 1
    phone.get_by_label("Mã phiếu").fill(slips[1])
    phone.get_by_role("button", name="Xem lại").click()
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT), ("shared", ALL_RIGHT)]


def test_a_typed_ticket_outlives_a_reload(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    phone.goto(occasion.door)
    phone.get_by_label("Mã phiếu").fill(slips[0])
    begin(phone)
    phone.reload()
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()


def test_a_scanned_ticket_is_not_asked_for_and_says_the_cell(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    phone.goto(f"{occasion.door}/{slips[0]}")
    expect(phone.get_by_label("Mã phiếu")).to_have_count(0)
    expect(phone.get_by_text("Chi bộ: Chi bộ Thôn 2")).to_be_visible()
    expect(phone.get_by_role("link", name="Chọn lại")).to_have_count(0)
    begin(phone)
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_scanned_ticket_that_was_spent_meanwhile_leaves_the_answers_for_a_typed_one(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    other = phone.context.browser.new_context().new_page()
    for tab in (phone, other):
        tab.goto(f"{occasion.door}/{slips[0]}")
        begin(tab)
        tick_all(tab)
    send(other)
    expect(heading(other, "Đã ghi nhận")).to_be_visible()
    other.context.close()
    send(phone)
    phone.get_by_role("link", name="Nhập mã phiếu khác").click()
    phone.get_by_label("Mã phiếu").fill(slips[1])
    begin(phone)
    assert phone.locator("fieldset.question input:checked").count() == 4
    for name in (*["Câu tiếp theo"] * 2, "Xem lại"):
        phone.get_by_role("button", name=name).click()
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)] * 2


# ------------------------------------------------------------------ a ticket's code


@pytest.mark.parametrize("scanned", [True, False], ids=["scanned", "typed"])
def test_a_tickets_code_is_kept_nowhere_once_its_sheet_is_in(
    occasion: Occasion, slips: list[str], phone: Page, scanned: bool
) -> None:
    address = f"{occasion.door}/{slips[0]}" if scanned else occasion.door
    phone.goto(address)
    if not scanned:
        phone.get_by_label("Mã phiếu").fill(slips[0])
    begin(phone)
    tick_all(phone)
    phone.wait_for_function("caches.keys().then(names => names.length)")
    assert slips[0] in phone.evaluate(STORED)  # the look would see it
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    stored = kept(phone)
    assert slips[0] not in stored
    assert f'["sheet:/D/{occasion.door[-26:]}","{{\\"done\\":' in stored
    # The slip once more: it is spent, and the phone says by whom.
    phone.goto(f"{occasion.door}/{slips[0]}")
    expect(heading(phone, "Điện thoại này đã gửi")).to_be_visible()
    assert slips[0] not in kept(phone)
    phone.get_by_role("link", name="Người khác dùng chung điện thoại").click()
    expect(phone.get_by_label("Mã phiếu")).to_have_value("")
    assert phone.url == f"{occasion.door}?m=shared"


def test_a_ticket_whose_sheet_waited_until_the_end_leaves_no_code_either(
    occasion: Occasion, slips: list[str], phone: Page
) -> None:
    phone.goto(f"{occasion.door}/{slips[0]}")
    begin(phone)
    tick_all(phone)
    phone.wait_for_function("caches.keys().then(names => names.length)")
    phone.context.set_offline(True)
    send(phone)
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu.")
    phone.goto("about:blank")
    phone.context.set_offline(False)
    closed(phone, occasion)
    phone.goto(f"{occasion.door}/{slips[0]}")
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert slips[0] not in kept(phone)
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_slip_that_was_spent_elsewhere_takes_the_half_filled_sheet_with_it(
    occasion: Occasion, slips: list[str], phone: Page, browser: Browser
) -> None:
    phone.goto(f"{occasion.door}/{slips[0]}")
    phone.get_by_role("button", name="Bắt đầu").click()
    phone.locator("fieldset.question:visible label").first.click()
    other = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    tab = other.new_page()
    tab.goto(f"{occasion.door}/{slips[0]}")
    begin(tab)
    tick_all(tab)
    send(tab)
    expect(heading(tab, "Đã ghi nhận")).to_be_visible()
    other.close()
    again = scan(phone, f"{occasion.door}/{slips[0]}")
    expect(heading(again, "Phiếu mã này đã dùng")).to_be_visible()
    assert kept(again) == "[[],[],null,[]]"
