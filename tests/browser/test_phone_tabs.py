"""One phone, one sheet: two tabs, the same receipt, and whoever comes next."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.occasions import (
    ALL_RIGHT,
    Occasion,
    answer,
    choose_cell,
    heading,
    online,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser


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
