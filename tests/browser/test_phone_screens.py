"""The attendee's script: the own cell, and one screen at a time."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.occasions import (
    ALL_RIGHT,
    Grounds,
    Occasion,
    answer,
    choose_cell,
    heading,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser


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


def test_a_short_list_of_cells_is_searched_and_answered_without_another_request(
    occasion: Occasion, phone: Page
) -> None:
    seen: list[str] = []
    phone.on("request", lambda request: seen.append(request.url))
    phone.goto(occasion.door)
    phone.get_by_role("button", name="Bắt đầu").click()
    phone.get_by_role("searchbox").press_sequentially("dak to 2", delay=20)
    phone.get_by_role("radio", name="Thôn 2").and_(phone.locator(":visible")).check()
    phone.get_by_role("button", name="Tiếp tục").click()
    phone.locator("fieldset.question:visible label").first.click()
    phone.wait_for_timeout(500)
    assert [url for url in seen if not url.endswith("/D/sw.js")] == [occasion.door]


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


def test_the_button_and_the_phones_own_way_back_lead_one_screen_back_with_all_ticks(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    where = phone.locator(".where")
    phone.get_by_role("button", name="Quay lại").click()
    expect(where).to_have_text("Câu 3/3")
    phone.get_by_role("button", name="Câu trước").click()
    expect(where).to_have_text("Câu 2/3")
    phone.go_back()
    expect(where).to_have_text("Câu 1/3")
    phone.get_by_role("button", name="Quay lại").click()  # no question before the first
    expect(phone.locator("fieldset.cells")).to_be_visible()
    phone.go_back()
    expect(heading(phone, "Sau hội nghị")).to_be_focused()
    expect(phone.get_by_role("button", name="Quay lại")).to_have_count(0)
    for _ in range(5):
        phone.go_forward()
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_the_bar_grows_with_each_question_and_is_there_only_for_questions(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    bar = phone.locator(".progress")
    expect(bar).to_be_hidden()
    choose_cell(phone)
    for number in (1, 2, 3):
        part = bar.evaluate("bar => bar.firstChild.offsetWidth / bar.offsetWidth")
        assert part == pytest.approx(number / 3, abs=0.01)
        phone.locator(".foot .primary").click()
    expect(bar).to_be_hidden()


def test_the_review_says_how_many_are_blank_and_which(occasion: Occasion, phone: Page) -> None:
    phone.goto(occasion.door)
    choose_cell(phone)
    for _ in range(3):
        phone.locator(".foot .primary").click()
    expect(phone.get_by_text("Còn 3 câu chưa trả lời.")).to_be_visible()
    phone.get_by_role("button", name="Sửa: Câu 2/3").click()
    phone.locator("fieldset.question:visible label").first.click()
    phone.get_by_role("button", name="Xem lại").click()
    expect(phone.get_by_text("Còn 2 câu chưa trả lời.")).to_be_visible()
    blank = phone.locator("ol.chosen > li")
    assert [("Chưa trả lời" in text) for text in blank.all_inner_texts()] == [True, False, True]
    expect(phone.locator(".review .quiet")).to_have_text("Sau khi gửi không sửa được.")


def test_after_handing_in_each_question_comes_with_its_key_its_reason_and_the_clauses_words(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    choose_cell(phone)
    for _ in range(3):
        for text in ("Khác", "Phải thứ nhất", "Đúng"):
            option = phone.locator("fieldset.question:visible").get_by_label(text, exact=True)
            if option.count():
                option.check()
        phone.locator(".foot .primary").click()
    send(phone)
    expect(phone.get_by_text("Đồng chí trả lời đúng 1/3 câu.")).to_be_visible()
    weak = phone.locator("main ul")
    expect(weak).to_have_text(re.compile(r"^\s*Mục I\s+Mục II\s*$"))
    parts = phone.locator("section.answer")
    first = parts.filter(has=heading(phone, "Một lựa chọn?"))
    expect(first).to_contain_text("Đáp án: Đúng nhất")
    expect(first).to_contain_text("Đồng chí đã chọn: Khác")
    expect(first).to_contain_text("Vì phần một nói vậy.")
    expect(first.get_by_text("Phần một.")).to_be_hidden()
    first.locator("summary", has_text="Mục I").click()
    expect(first.get_by_text("Phần một.")).to_be_visible()
    second = parts.filter(has=heading(phone, "Nhiều lựa chọn?"))
    expect(second).to_contain_text("Đáp án: Phải thứ nhất; Phải thứ hai")
    expect(second).to_contain_text("Đồng chí đã chọn: Phải thứ nhất")
    expect(parts.filter(has=heading(phone, "Đúng hay sai?"))).to_contain_text("✓")


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


def test_the_way_on_is_seen_without_scrolling_however_long_the_title_is(
    served: Served, phone: Page
) -> None:
    phone.goto(served.door)
    assert phone.evaluate("document.documentElement.scrollHeight > innerHeight") is True
    expect(phone.get_by_role("button", name="Bắt đầu")).to_be_in_viewport(ratio=1)


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
