"""The attendee's script: what is ticked is kept, what is sent arrives, and it is counted once."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.occasions import (
    ALL_RIGHT,
    RIGHT,
    Grounds,
    Occasion,
    answer,
    choose_cell,
    heading,
    online,
    scan,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser

FORGETFUL = """for (const verb of ["getItem", "setItem", "removeItem"]) {
  Storage.prototype[verb] = () => { throw new Error("forbidden"); };
}"""
IDS = "sets => sets.map(set => set.id)"
OPTIONS = "sets => sets.map(set => [...set.querySelectorAll('label')].map(l => l.textContent))"
TICKED = """sets => sets.flatMap(set => [...set.querySelectorAll('input:checked')]
  .map(input => input.parentNode.textContent.trim())).sort()"""


def on_posts(phone: Page, *acts: Callable[[Route], None]) -> list[Request]:
    """The first posts meet these fates, later ones go through; the list fills with all."""
    seen: list[Request] = []

    def meet(route: Route) -> None:
        if route.request.method != "POST":
            route.fallback()
            return
        seen.append(route.request)
        if len(seen) <= len(acts):
            acts[len(seen) - 1](route)
        else:
            route.continue_()

    phone.route("**/D/*", meet)
    return seen


def cut(route: Route) -> None:
    route.abort()


def cut_the_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def says(state: str, status: int) -> Callable[[Route], None]:
    """An answer of the server's kind: it repeats the receipt."""

    def act(route: Route) -> None:
        receipt = parse_qs(route.request.post_data)["r"][0]
        route.fulfill(status=status, json={"state": state, "receipt": receipt, "html": ""})

    return act


# ------------------------------------------------------------------ what is ticked is kept


def test_ticks_outlive_a_reload_that_orders_everything_anew(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    questions = phone.locator("fieldset.question")
    before = questions.evaluate_all(OPTIONS)
    for _ in range(20):
        phone.reload()
        if questions.evaluate_all(OPTIONS) != before:
            break
    assert questions.evaluate_all(OPTIONS) != before
    assert questions.evaluate_all(TICKED) == sorted(
        text for texts in RIGHT.values() for text in texts
    )
    expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_reload_half_way_goes_on_with_the_same_question_and_passes_over_none(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    choose_cell(phone)
    tick_all(phone, 1)
    asked = phone.locator("fieldset.question:visible legend")
    second = asked.inner_text()
    assert second.startswith("Câu 2/3")
    orders = set()
    for _ in range(20):
        phone.reload()
        orders.add(tuple(phone.locator("fieldset.question").evaluate_all(IDS)))
        expect(asked).to_have_text(second)
        expect(phone.locator("h1.where")).to_have_text("Câu 2/3")
    assert len(orders) > 1
    tick_all(phone, 2)
    expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()
    expect(phone.get_by_text("chưa trả lời")).to_have_count(0)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_the_second_tap_of_two_hands_nothing_in(occasion: Occasion, phone: Page) -> None:
    phone.goto(occasion.door)
    choose_cell(phone)
    tick_all(phone, 2)
    phone.locator("fieldset.question:visible input").first.check()
    phone.locator(".foot .primary").evaluate("button => { button.click(); button.click(); }")
    expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()
    assert occasion.sheets == []
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert len(occasion.sheets) == 1


def test_who_goes_on_after_a_scan_goes_back_question_by_question(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    choose_cell(phone)
    tick_all(phone, 2)
    tab = scan(phone, occasion.door)
    tab.get_by_role("button", name="Tiếp tục").click()
    for where in ("Câu 3/3", "Câu 2/3", "Câu 1/3"):
        expect(tab.locator("h1.where")).to_have_text(where)
        tab.locator(".foot .secondary").click()
    expect(tab.locator("#cells")).to_be_visible()


def test_who_comes_back_with_the_cell_in_the_address_goes_on_with_the_same_question(
    occasion: Occasion, place: Grounds, phone: Page
) -> None:
    phone.goto(occasion.door)
    choose_cell(phone)
    tick_all(phone, 1)
    tab = scan(phone, f"{occasion.door}?cell={place.world.cells[0][1]}")
    tab.get_by_role("button", name="Tiếp tục").click()
    expect(tab.locator("h1.where")).to_have_text("Câu 2/3")


def test_a_page_that_is_out_of_date_keeps_the_ticks_for_the_next_and_starts_over(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    phone.locator("input[name=t]").evaluate("slip => { slip.value = 'old'; }")
    send(phone)
    expect(heading(phone, "Trang đã cũ")).to_be_focused()
    phone.get_by_role("link", name="Mở lại trang").click()
    expect(heading(phone, "Sau hội nghị")).to_be_visible()
    for name in ("Bắt đầu", "Tiếp tục", *["Câu tiếp theo"] * 2, "Xem lại"):
        phone.get_by_role("button", name=name).click()
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


@pytest.mark.parametrize("status", [400, 404, 413])
def test_a_refusal_for_good_is_told_and_not_tried_for_ever(
    occasion: Occasion, phone: Page, status: int
) -> None:
    answer(phone, occasion.door)
    posts = on_posts(phone, lambda route: route.fulfill(status=status, body="<h1>No</h1>"))
    send(phone)
    expect(heading(phone, "Chưa gửi được")).to_be_visible()
    online(phone)
    phone.get_by_role("link", name="Mở lại trang").click()
    phone.get_by_role("button", name="Tiếp tục").click()
    expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()
    assert len(posts) == 1
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_without_a_cell_nothing_is_sent_and_the_cells_are_shown(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    posts = on_posts(phone)
    phone.locator("input[name=cell]:checked").evaluate("cell => { cell.checked = false; }")
    send(phone)
    expect(phone.get_by_role("alert")).to_have_text("Đồng chí chưa chọn chi bộ.")
    phone.locator("input[name=cell]:visible").first.check()
    expect(phone.get_by_role("alert")).to_have_count(0)
    phone.get_by_role("button", name="Xem lại").click()
    assert posts == []
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()


# ------------------------------------------------------------------ a network that fails


def test_a_cut_network_is_tried_again_counted_once_and_done_stays_done(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    posts = on_posts(phone, cut, cut_the_answer)
    send(phone)
    status = phone.get_by_role("status")
    expect(status).to_contain_text("Mạng yếu. Câu trả lời đã được lưu trên điện thoại")
    expect(status).to_contain_text("Đang gửi lại, lần 2.")
    expect(status).to_contain_text("Đang gửi lại, lần 3.", timeout=10_000)
    online(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    online(phone)
    phone.wait_for_timeout(200)
    expect(heading(phone, "Đã ghi nhận")).to_be_focused()
    assert len(posts) == 3
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_network_that_comes_while_sending_starts_no_second_sending(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    held: list[Route] = []
    posts = on_posts(phone, held.append)
    with phone.expect_request(lambda request: request.method == "POST"):
        send(phone)
    online(phone)
    phone.wait_for_timeout(200)
    assert len(posts) == len(held) == 1
    held[0].continue_()
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()


@pytest.mark.parametrize("body", ["<h1>Wifi</h1>", '{"state": "recorded", "html": "Wifi"}'])
def test_what_a_wifi_portal_says_is_not_taken_for_success(
    occasion: Occasion, phone: Page, body: str
) -> None:
    answer(phone, occasion.door)
    on_posts(phone, lambda route: route.fulfill(status=200, body=body))
    send(phone)
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu.")
    assert occasion.sheets == []
    online(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_server_that_is_busy_is_not_called_a_weak_network(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    on_posts(phone, says("busy", 503))
    send(phone)
    expect(phone.get_by_role("status")).to_contain_text("Có nhiều đồng chí cùng gửi.")
    online(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()


def test_a_phone_that_cannot_keep_anything_says_so_and_still_hands_in(
    occasion: Occasion, phone: Page
) -> None:
    phone.add_init_script(FORGETFUL)
    answer(phone, occasion.door)
    on_posts(phone, cut)
    send(phone)
    status = phone.get_by_role("status")
    expect(status).to_contain_text("đồng chí đừng đóng trang này")
    expect(status).not_to_contain_text("đã được lưu")
    online(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


# ------------------------------------------------------------------ the sitting moves meanwhile


def test_a_sheet_sent_into_a_pause_says_so_and_goes_in_when_it_ends(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    occasion.pause()
    send(phone)
    expect(heading(phone, "Đợt khảo sát đang tạm dừng")).to_be_visible()
    expect(phone.get_by_role("status")).to_contain_text("sẽ tự gửi khi mở lại.")
    assert occasion.sheets == []
    occasion.resume()
    online(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_sheet_that_waits_goes_in_from_the_closed_page_within_the_grace(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    on_posts(phone, cut, cut, cut)
    send(phone)
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu.")
    phone.goto("about:blank")
    phone.unroute_all()
    occasion.close()
    for _ in range(40):  # pages may show a button's effect a second late
        if "Đợt khảo sát đã kết thúc" in phone.request.get(occasion.door).text():
            break
        phone.wait_for_timeout(100)
    page = phone.goto(occasion.door)
    assert page is not None
    assert "Đợt khảo sát đã kết thúc" in page.text()
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]
    phone.reload()
    expect(heading(phone, "Điện thoại này đã gửi câu trả lời cho đợt khảo sát.")).to_be_visible()
