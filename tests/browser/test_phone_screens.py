"""The attendee's script: one screen at a time, two tabs, and a phone that goes round."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Served
from tests.browser.occasions import (
    ALL_RIGHT,
    Grounds,
    Occasion,
    answer,
    choose_cell,
    grounds,
    heading,
    online,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address, days_open=102) as made:
        yield made


@pytest.fixture
def occasion(place: Grounds) -> Occasion:
    return place.hold()


# ------------------------------------------------------------------ one phone, one sheet


def ticked_in_two_tabs(phone: Page, occasion: Occasion) -> Page:
    """The same page twice on one phone, both before their last tap; the second tab. Opened in one
    moment: neither saw what the other had stored."""
    other = phone.context.new_page()
    for tab in (phone, other):
        phone.evaluate("location.href == 'about:blank' || localStorage.clear()")
        tab.goto(occasion.door)
    for tab in (phone, other):
        tab.bring_to_front()
        choose_cell(tab)
        tick_all(tab)
    return other


def test_a_second_tab_shows_that_the_first_has_handed_in(occasion: Occasion, phone: Page) -> None:
    other = ticked_in_two_tabs(phone, occasion)
    send(other)
    expect(heading(other, "Đã ghi nhận")).to_be_visible()
    phone.bring_to_front()
    expect(heading(phone, "Điện thoại này đã gửi")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_two_tabs_that_hand_in_at_the_same_time_are_one_sheet(
    occasion: Occasion, phone: Page
) -> None:
    other = ticked_in_two_tabs(phone, occasion)
    phone.context.set_offline(True)
    for tab in (other, phone):
        tab.bring_to_front()
        send(tab)
        expect(tab.get_by_role("status")).to_contain_text("Mạng yếu.")
    phone.context.set_offline(False)
    for tab in (phone, other):
        online(tab)
    for tab in (phone, other):
        expect(tab.locator(".done")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_tab_takes_over_the_receipt_under_which_another_has_tried(
    occasion: Occasion, phone: Page
) -> None:
    other = ticked_in_two_tabs(phone, occasion)

    def store_and_refuse(route: Route) -> None:
        route.fetch()
        route.fulfill(status=404, body="<h1>No</h1>")

    other.route("**/D/*", store_and_refuse)
    send(other)
    expect(heading(other, "Chưa gửi được")).to_be_visible()
    phone.bring_to_front()
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_sheet_under_the_same_receipt_that_came_first_stands_and_is_the_last(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    kept = phone.evaluate("JSON.parse(Object.values(localStorage)[0])")
    slip = phone.locator("input[name=t]").input_value()
    form = {"t": slip, "r": kept["receipt"], "cell": kept["cell"], "anyway": "1"}
    phone.request.post(occasion.door, form=form)
    send(phone)
    expect(heading(phone, "Trang này đã gửi câu trả lời")).to_be_visible()
    phone.reload()
    expect(heading(phone, "Điện thoại này đã gửi")).to_be_visible()
    assert occasion.sheets == [("own", ";;")]


def test_who_comes_back_sees_the_code_and_the_next_person_starts_empty_and_counts(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    send(phone)
    said = phone.get_by_text("Mã xác nhận: ").first.inner_text()
    code = re.search(r"\w\w-\w\w", said)
    assert code is not None
    phone.goto(occasion.door)
    expect(phone.get_by_text(f"Mã xác nhận: {code[0]}")).to_be_visible()
    phone.get_by_role("link", name="Người khác dùng chung điện thoại").click()
    expect(heading(phone, "Sau hội nghị")).to_be_visible()
    expect(phone.locator("input:checked")).to_have_count(0)
    choose_cell(phone)
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT), ("shared", ALL_RIGHT)]


# ------------------------------------------------------------------ one's own cell


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("ia h'drai 2", ["Chi bộ Thôn 2"]),
        ("IA H`DRAI thon (10)", ["Chi bộ Thôn 10"]),
        ("Dak To/1", ["Chi bộ Thôn 1"]),
        ("1", ["Chi bộ Thôn 1", "Chi bộ Thôn 1"]),
        ("hdrai", []),
    ],
)
def test_a_cell_is_found_as_the_search_of_the_desk_finds_it(
    occasion: Occasion, phone: Page, typed: str, left: list[str]
) -> None:
    phone.goto(occasion.door)
    phone.get_by_role("button", name="Bắt đầu").click()
    phone.get_by_role("searchbox").fill(typed)
    rows = phone.locator("fieldset.cells label.option:visible")
    assert [text.strip() for text in rows.all_inner_texts()] == left


def test_enter_in_the_search_stays_on_the_cells(occasion: Occasion, phone: Page) -> None:
    phone.goto(occasion.door)
    phone.get_by_role("button", name="Bắt đầu").click()
    box = phone.get_by_role("searchbox")
    box.fill("ia h'drai")
    box.press("Enter")
    expect(phone.get_by_role("alert")).to_have_count(0)
    phone.get_by_role("radio", name="Thôn 10").check()
    box.press("Enter")
    expect(box).to_be_focused()
    expect(phone.get_by_role("radio", name="Thôn 10")).to_be_checked()


def test_the_cell_of_last_time_is_seen_before_going_on(
    place: Grounds, occasion: Occasion, phone: Page
) -> None:
    phone.goto(place.hold().door)
    choose_cell(phone, "Đảng bộ xã Ia H’Drai")
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    phone.set_viewport_size({"width": 360, "height": 480})
    phone.goto(occasion.door)
    phone.get_by_role("button", name="Bắt đầu").click()
    own = phone.locator("details", has_text="Ia H’Drai").get_by_role("radio", name="Thôn 2")
    expect(own).to_be_checked()
    expect(own).to_be_in_viewport(ratio=1)
    foot = phone.locator(".foot").bounding_box()
    row = own.bounding_box()
    assert foot is not None
    assert row is not None
    assert row["y"] + row["height"] <= foot["y"]


# ------------------------------------------------------------------ screens


def test_after_a_change_one_tap_leads_back_to_the_review(occasion: Occasion, phone: Page) -> None:
    answer(phone, occasion.door)
    phone.get_by_role("button", name="Sửa").first.click()
    expect(phone.locator("fieldset.question:visible")).to_have_count(1)
    phone.get_by_role("button", name="Xem lại").click()
    expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()
    phone.reload()
    expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()


def test_each_step_is_announced_with_its_place(occasion: Occasion, phone: Page) -> None:
    phone.goto(occasion.door)
    choose_cell(phone)
    for number in (1, 2, 3):
        question = phone.get_by_role("group", name=re.compile(f"^Câu {number}.3 "))
        expect(question.locator("legend")).to_be_focused()
        expect(phone.locator(".where")).to_have_text(f"Câu {number}/3")
        phone.locator(".foot .primary").click()
    expect(heading(phone, "Gửi câu trả lời?")).to_be_focused()


def test_what_a_plain_hand_in_lacked_is_read_first_and_leads_to_its_screen(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    phone.locator("#sheet").evaluate("form => form.submit()")
    summary = phone.locator("section.problems")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Còn 3 câu chưa trả lời.").click()
    expect(phone.locator("fieldset.question:visible")).to_have_count(1)
    expect(phone.locator(".where")).to_have_text("Câu 1/3")


def test_the_foot_wraps_in_large_text_and_leaves_room_on_a_low_screen(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    phone.get_by_role("button", name="Bắt đầu").click()
    foot, position = phone.locator(".foot"), "foot => getComputedStyle(foot).position"
    assert foot.evaluate(position) == "sticky"
    phone.get_by_role("searchbox").focus()
    assert foot.evaluate(position) == "static"
    phone.get_by_role("searchbox").blur()
    phone.set_viewport_size({"width": 360, "height": 320})
    assert foot.evaluate(position) == "static"
    phone.evaluate("document.documentElement.style.fontSize = '36px'")
    tops = foot.locator("button").evaluate_all("all => all.map(one => one.offsetTop)")
    assert tops[0] < tops[1]
    assert phone.evaluate("document.documentElement.scrollWidth") == 360
