"""The own cell among two thousand, more than one page can hold."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from survey.answering.models import Sheet
from tests.browser.conftest import Served
from tests.browser.occasions import (
    ALL_RIGHT,
    STORED,
    Grounds,
    Occasion,
    grounds,
    heading,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser

BOX = "Gõ tên hoặc số chi bộ (không cần dấu)"
TENTH = "Chi bộ Thôn 10, Đảng bộ xã Ia H’Drai"


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address, crowd=1_994) as made:
        yield made


def begin(phone: Page, address: str) -> Locator:
    """To the search; its box."""
    phone.goto(address)
    phone.get_by_role("button", name="Bắt đầu").click()
    return phone.get_by_role("searchbox", name=BOX)


def rows(phone: Page) -> Locator:
    return phone.locator("#names label.option")


def hand_in(phone: Page) -> None:
    phone.get_by_role("button", name="Tiếp tục").click()
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()


def cells_of(occasion: Occasion) -> list[int]:
    with Session(occasion.engine) as session:
        return list(session.scalars(select(Sheet.unit_id).where(Sheet.sitting_id == occasion.id)))


def test_the_only_one_that_was_found_is_not_chosen_until_it_is_ticked(
    place: Grounds, occasion: Occasion, phone: Page
) -> None:
    begin(phone, occasion.door).fill("thon 10 ia h'drai")
    expect(rows(phone)).to_have_text([TENTH])
    phone.get_by_role("button", name="Tiếp tục").click()
    expect(phone.get_by_role("alert")).to_have_text("Đồng chí chưa chọn chi bộ.")
    phone.reload()
    expect(phone.locator("#names input:checked")).to_have_count(0)
    begin(phone, occasion.door).fill("thon 10 ia h'drai")
    phone.get_by_role("radio", name=TENTH).check()
    hand_in(phone)
    assert len(cells_of(occasion)) == 1


def test_the_page_that_is_kept_for_later_does_not_say_which_cell_was_chosen(
    place: Grounds, occasion: Occasion, phone: Page
) -> None:
    begin(phone, occasion.door).fill("thon 10 ia h'drai")
    phone.get_by_role("radio", name=TENTH).check()
    phone.get_by_role("button", name="Tiếp tục").click()
    phone.evaluate("navigator.serviceWorker.ready")
    phone.reload()
    expect(phone.locator("#names label")).to_have_text([TENTH])
    phone.wait_for_function("async () => (await caches.keys()).length")
    kept = phone.evaluate(STORED)
    assert TENTH in kept  # where it is to be
    assert "<html" in kept
    assert TENTH not in kept.partition("<html")[2]


def test_a_few_letters_find_the_cell_with_one_small_request_on_the_only_page(
    place: Grounds, occasion: Occasion, phone: Page
) -> None:
    seen: list[Request] = []
    phone.on("request", lambda request: seen.append(request))  # noqa: PLW0108  it marks functions
    box = begin(phone, occasion.door)
    with phone.expect_response("**/cells?q=**") as answered:
        box.press_sequentially("dak to", delay=30)
    # Behind them each Tổ in a commune that is called Đăk something else.
    expect(rows(phone).nth(3)).to_contain_text("Tổ dân phố 1, Đảng bộ phường Đăk Cấm")
    assert [text.strip() for text in rows(phone).all_inner_texts()[:3]] == [
        f"Chi bộ Thôn {n}, Đảng bộ xã Đăk Tô" for n in (1, 2, 10)
    ]
    assert len(answered.value.body()) < 1300
    phone.get_by_role("radio", name="Thôn 2, Đảng bộ xã Đăk Tô").check()
    hand_in(phone)
    assert [
        (request.method, request.url.replace(occasion.door, ""))
        for request in seen
        if not request.url.endswith("sw.js")  # which keeps the page, and is not waited for
    ] == [("GET", ""), ("GET", "/cells?q=dak%20to"), ("POST", "")]
    assert seen[0].sizes()["responseBodySize"] <= 14_000
    assert occasion.sheets == [("own", ALL_RIGHT)]
    assert cells_of(occasion) == [place.world.cells[0][1]]


def test_a_wide_search_shows_forty_and_says_how_many_more(occasion: Occasion, phone: Page) -> None:
    box = begin(phone, occasion.door)
    with phone.expect_response("**/cells?q=**") as answered:
        box.fill("thon")
    expect(rows(phone)).to_have_count(40)
    more = answered.value.json()["more"]
    assert more > 1000
    expect(phone.get_by_role("status")).to_contain_text(f"Còn {more} chi bộ nữa.")
    assert len(answered.value.body()) < 2800
    box.fill("zzz")
    expect(phone.get_by_role("status")).to_contain_text("Không tìm thấy chi bộ nào.")
    expect(rows(phone)).to_have_count(0)


def test_what_was_chosen_stays_above_what_is_found_next_until_another_is(
    occasion: Occasion, phone: Page
) -> None:
    box = begin(phone, occasion.door)
    box.fill("ia h'drai 10")
    phone.get_by_role("radio", name=TENTH).check()
    box.fill("ia h'drai")
    expect(rows(phone)).to_have_text([TENTH, *(
        f"Chi bộ Thôn {n}, Đảng bộ xã Ia H’Drai" for n in (1, 2)
    )])  # fmt: skip
    expect(phone.get_by_role("radio", name=TENTH)).to_be_checked()
    phone.get_by_role("radio", name="Thôn 1,").check()
    box.press("Enter")
    expect(box).to_be_focused()
    expect(rows(phone).first).to_contain_text("Thôn 1,")


def test_an_answer_that_comes_late_does_not_replace_what_was_typed_since(
    occasion: Occasion, phone: Page
) -> None:
    box = begin(phone, occasion.door)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    phone.route("**/cells?q=thon*", hold)
    with phone.expect_request("**/cells?q=thon"):
        box.fill("thon")
    box.fill("dan pho 5 nghia lo")
    expect(rows(phone)).to_have_text(["Chi bộ Tổ dân phố 5, Đảng bộ phường Nghĩa Lộ"])
    with phone.expect_response("**/cells?q=thon"):
        held[0].continue_()
    phone.wait_for_timeout(100)
    expect(rows(phone)).to_have_count(1)


def test_without_network_the_search_says_so_and_finds_it_when_it_is_back(
    occasion: Occasion, phone: Page
) -> None:
    box = begin(phone, occasion.door)
    phone.route("**/cells?*", lambda route: route.abort())
    box.fill("dan pho 5 nghia lo")
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu, chưa tìm được.")
    phone.unroute_all()
    box.press("Enter")
    expect(rows(phone)).to_have_count(1)


def test_a_chosen_cell_outlives_a_reload_without_being_asked_for_again(
    occasion: Occasion, phone: Page
) -> None:
    begin(phone, occasion.door).fill("ia h'drai 10")
    phone.get_by_role("radio", name=TENTH).check()
    phone.get_by_role("button", name="Tiếp tục").click()
    with phone.expect_event("load"):
        phone.reload()
    phone.route("**/cells?*", lambda route: pytest.fail("asked again"))
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_the_cell_of_last_time_is_ticked_where_it_is_called(
    place: Grounds, occasion: Occasion, phone: Page
) -> None:
    begin(phone, occasion.door).fill("ia h'drai 10")
    phone.get_by_role("radio", name=TENTH).check()
    hand_in(phone)
    later = place.hold()
    begin(phone, later.door)
    expect(phone.get_by_role("radio", name=TENTH)).to_be_checked()
    hand_in(phone)
    assert cells_of(later) == [place.world.cells[1][2]]
    phone.evaluate("localStorage.setItem('cell', '999999')")
    with phone.expect_response("**/cells?cell=999999"):
        begin(phone, place.hold().door)
    expect(phone.get_by_role("radio")).to_have_count(0)


def test_a_chosen_cell_that_is_called_no_more_is_asked_for_anew(
    occasion: Occasion, phone: Page
) -> None:
    begin(phone, occasion.door).fill("ia h'drai 10")
    phone.get_by_role("radio", name=TENTH).evaluate("cell => { cell.value = '999999'; }")
    phone.get_by_role("radio", name=TENTH).check()
    phone.get_by_role("button", name="Tiếp tục").click()
    tick_all(phone)
    send(phone)
    with phone.expect_response("**/cells?cell=999999"):
        phone.get_by_role("link", name="Mở lại trang").click()
    expect(phone.get_by_role("radio", name=TENTH)).to_have_count(0)


def test_who_is_not_on_the_list_is_told_what_to_do(occasion: Occasion, phone: Page) -> None:
    begin(phone, occasion.door)
    phone.get_by_text("Tôi không thấy chi bộ của mình").click()
    expect(phone.get_by_text("hỏi ban tổ chức điểm cầu")).to_be_visible()


def test_with_scripts_off_the_cell_is_found_before_the_questions_are_shown(
    occasion: Occasion, plain_phone: Page
) -> None:
    plain_phone.goto(f"{occasion.door}?m=shared&lang=en")
    expect(plain_phone.locator("fieldset.question").first).to_be_hidden()
    expect(plain_phone.get_by_role("button")).to_have_text(["Find my cell"])
    plain_phone.get_by_role("searchbox").fill("dan pho 5 nghia lo")
    plain_phone.get_by_role("button", name="Find my cell").click()
    plain_phone.get_by_role("link", name="Chi bộ Tổ dân phố 5, Đảng bộ phường Nghĩa Lộ").click()
    expect(plain_phone.get_by_text("Chi bộ Tổ dân phố 5")).to_be_visible()
    expect(plain_phone.locator("fieldset.question")).to_have_count(3)
    expect(plain_phone.locator("fieldset.question").first).to_be_visible()
    plain_phone.get_by_role("button").click()  # nothing is ticked
    plain_phone.get_by_role("button").click()
    expect(plain_phone.locator(".done")).to_be_visible()
    assert occasion.sheets == [("shared", ";;")]


def test_who_cannot_type_goes_by_the_unit_above(occasion: Occasion, phone: Page) -> None:
    begin(phone, f"{occasion.door}?m=shared")
    phone.get_by_role("link", name="Chọn theo tổ chức cấp trên").click()
    phone.get_by_role("link", name="Đảng bộ phường Nghĩa Lộ").click()
    phone.get_by_role("link", name="Chi bộ Tổ dân phố 5").click()
    expect(
        phone.get_by_text("Chi bộ: Chi bộ Tổ dân phố 5, Đảng bộ phường Nghĩa Lộ")
    ).to_be_visible()
    phone.get_by_role("button", name="Bắt đầu").click()
    tick_all(phone)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("shared", ALL_RIGHT)]
