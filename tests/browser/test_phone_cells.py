"""The own cell where a door has more of them than one page can hold."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Served
from tests.browser.occasions import (
    ALL_RIGHT,
    Grounds,
    Occasion,
    grounds,
    heading,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address, days_open=103, crowd=210) as made:
        yield made


@pytest.fixture
def occasion(place: Grounds) -> Occasion:
    return place.hold()


def requests_of(phone: Page) -> list[str]:
    """The last part of each address that is asked for from now on."""
    seen: list[str] = []
    phone.on("request", lambda request: seen.append(request.url.split("/")[-1]))
    return seen


def hand_in_from(phone: Page, cell: str) -> None:
    expect(phone.get_by_text(f"Chi bộ: {cell}")).to_be_visible()
    phone.get_by_role("button", name="Bắt đầu").click()
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()


def test_typing_finds_the_cell_with_one_small_request_and_choosing_it_goes_on(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    seen = requests_of(phone)
    box = phone.get_by_role("searchbox", name="Gõ tên hoặc số chi bộ (không cần dấu)")
    with phone.expect_response("**/cells?q=**") as answered:
        box.press_sequentially("dak to 109", delay=30)
    found = phone.locator("#names a")
    expect(found).to_have_text(["Chi bộ Tổ dân phố 109, Đảng bộ xã Đăk Tô"])
    expect(phone.get_by_role("status")).to_have_text("Tìm thấy 1 chi bộ.")
    assert seen == ["cells?q=dak%20to%20109"]
    assert len(answered.value.body()) < 200
    found.click()
    hand_in_from(phone, "Chi bộ Tổ dân phố 109, Đảng bộ xã Đăk Tô")
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_wide_search_shows_forty_and_says_how_many_more(occasion: Occasion, phone: Page) -> None:
    phone.goto(f"{occasion.door}?m=shared")
    phone.get_by_role("searchbox").fill("dan pho")
    expect(phone.locator("#names a")).to_have_count(40)
    expect(phone.get_by_role("status")).to_contain_text("Còn 170 chi bộ nữa.")
    phone.get_by_role("searchbox").fill("zzz")
    expect(phone.get_by_role("status")).to_contain_text("Không tìm thấy chi bộ nào.")
    expect(phone.locator("#names a")).to_have_count(0)
    phone.get_by_role("searchbox").fill("ia h'drai 10")
    phone.get_by_role("link", name="Chi bộ Thôn 10, Đảng bộ xã Ia H’Drai").click()
    expect(phone.get_by_text("Chi bộ: Chi bộ Thôn 10")).to_be_visible()
    assert phone.evaluate("location.search") == f"?m=shared&cell={occasion_cell(phone)}"


def occasion_cell(phone: Page) -> str:
    return phone.locator("input[name=cell]").get_attribute("value") or ""


def test_an_answer_that_comes_late_does_not_replace_what_was_typed_since(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/cells?q=thon*", hold)
    with phone.expect_request("**/cells?q=thon"):
        phone.get_by_role("searchbox").fill("thon")
    phone.get_by_role("searchbox").fill("dan pho 105")
    expect(phone.locator("#names a")).to_have_count(1)
    with phone.expect_response("**/cells?q=thon"):
        held[0].continue_()
    phone.wait_for_timeout(100)
    expect(phone.locator("#names a")).to_have_count(1)


def test_without_network_the_search_says_so_and_the_button_still_asks(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    phone.route("**/cells?*", lambda route: route.abort())
    phone.get_by_role("searchbox").fill("dan pho 105")
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu, chưa tìm được.")
    phone.get_by_role("button", name="Tìm chi bộ").click()
    expect(phone.locator("#names a")).to_have_text(["Chi bộ Tổ dân phố 105, Đảng bộ xã Đăk Tô"])


def test_the_cell_of_last_time_is_offered_first_where_it_is_called(
    place: Grounds, occasion: Occasion, phone: Page
) -> None:
    cell = place.world.cells[1][2]
    phone.goto(f"{occasion.door}?cell={cell}")
    hand_in_from(phone, "Chi bộ Thôn 10, Đảng bộ xã Ia H’Drai")
    phone.goto(place.hold().door)
    own = phone.get_by_role("link", name="Lần trước: Chi bộ Thôn 10, Đảng bộ xã Ia H’Drai")
    expect(own).to_be_visible()
    assert own.evaluate("own => own.getBoundingClientRect().bottom") < phone.locator("#q").evaluate(
        "box => box.getBoundingClientRect().top"
    )
    own.click()
    expect(phone.get_by_text("Chi bộ: Chi bộ Thôn 10")).to_be_visible()
    phone.evaluate("localStorage.setItem('cell', '999999')")
    with phone.expect_response("**/cells?cell=999999"):
        phone.goto(place.hold().door)
    expect(phone.get_by_text("Lần trước:")).to_have_count(0)


def test_who_is_not_on_the_list_is_told_what_to_do(occasion: Occasion, phone: Page) -> None:
    phone.goto(occasion.door)
    phone.get_by_text("Tôi không thấy chi bộ của mình").click()
    expect(phone.get_by_text("hỏi ban tổ chức điểm cầu")).to_be_visible()


def test_with_scripts_off_the_form_finds_it(occasion: Occasion, plain_phone: Page) -> None:
    plain_phone.goto(occasion.door)
    plain_phone.get_by_role("searchbox").fill("to dan pho 131")
    plain_phone.get_by_role("button", name="Tìm chi bộ").click()
    plain_phone.locator("#names a").click()
    expect(plain_phone.get_by_text("Chi bộ: Chi bộ Tổ dân phố 131")).to_be_visible()
