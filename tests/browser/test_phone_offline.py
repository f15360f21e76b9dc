"""A reload without network, a phone that goes from hand to hand, and the time that is left."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE
from tests.browser.occasions import (
    ALL_RIGHT,
    RIGHT,
    STORED,
    Grounds,
    Occasion,
    answer,
    choose_cell,
    heading,
    online,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser

TICKED = """sets => sets.flatMap(set => [...set.querySelectorAll('input:checked')]
  .map(input => input.parentNode.textContent.trim())).sort()"""


def page_is_kept(phone: Page) -> None:
    _wait_until(phone, "caches.keys().then(names => names.length)", 1)


def no_page_is_kept(phone: Page) -> None:
    _wait_until(phone, "caches.keys().then(names => names.length)", 0)


def _wait_until(phone: Page, promised: str, value: int) -> None:
    for _ in range(100):
        if (found := phone.evaluate(promised)) == value:
            return
        phone.wait_for_timeout(50)
    assert found == value


# ------------------------------------------------------------------ without network


def test_a_reload_without_network_finds_page_and_ticks_and_hands_in_once(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    page_is_kept(phone)
    phone.context.set_offline(True)
    phone.reload()
    expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()
    ticked = phone.locator("fieldset.question").evaluate_all(TICKED)
    assert ticked == sorted(text for texts in RIGHT.values() for text in texts)
    send(phone)
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu.")
    phone.reload()
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu.")
    phone.context.set_offline(False)
    online(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]
    no_page_is_kept(phone)


def test_a_kept_page_is_held_to_the_same_policy_as_the_servers(
    occasion: Occasion, phone: Page
) -> None:
    fresh = phone.goto(occasion.door)
    page_is_kept(phone)
    phone.wait_for_function("navigator.serviceWorker.controller")
    phone.context.set_offline(True)
    kept = phone.reload()
    assert fresh is not None
    assert kept is not None
    assert kept.from_service_worker
    names = [
        "content-security-policy", "referrer-policy", "x-content-type-options", "cache-control",
        "content-type", "cross-origin-opener-policy",
    ]  # fmt: skip
    assert {n: kept.headers[n] for n in names} == {n: fresh.headers[n] for n in names}
    expect(phone.get_by_role("button", name="Bắt đầu")).to_be_visible()


def test_the_network_comes_first_as_long_as_it_answers(occasion: Occasion, phone: Page) -> None:
    phone.goto(occasion.door)
    page_is_kept(phone)
    phone.wait_for_function("navigator.serviceWorker.controller")
    slip = phone.locator("input[name=t]").get_attribute("value")
    phone.reload()
    assert phone.locator("input[name=t]").get_attribute("value") != slip


def test_the_worker_comes_after_the_first_question_can_be_answered(
    occasion: Occasion, phone: Page
) -> None:
    phone.add_init_script("""const sent = navigator.serviceWorker.register;
      navigator.serviceWorker.register = function (...what) {
        window.ready = !!document.querySelector(".foot .primary");
        return sent.apply(this, what);
      };""")
    phone.goto(occasion.door)
    page_is_kept(phone)
    assert phone.evaluate("ready") is True


def test_over_plain_http_there_is_no_worker_and_no_fault(
    browser: Browser, occasion: Occasion
) -> None:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    page.on("console", lambda line: faults.append(line.text))
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    door = occasion.door.replace("127.0.0.1", "khaosat.test")
    answer(page, door)
    assert page.evaluate("isSecureContext") is False
    send(page)
    expect(heading(page, "Đã ghi nhận")).to_be_visible()
    faults = [fault for fault in faults if "Cross-Origin-Opener-Policy" not in fault]
    assert (faults, seen) == ([], [door, door])
    assert occasion.sheets == [("own", ALL_RIGHT)]
    context.close()


# ------------------------------------------------------------------ from hand to hand


def test_the_next_person_finds_nothing_of_the_first(occasion: Occasion, phone: Page) -> None:
    answer(phone, occasion.door)
    page_is_kept(phone)
    traces = ["Đúng nhất", "Phải thứ nhất", "Mã xác nhận", "Đăk Tô"]
    assert traces[0] in phone.evaluate(STORED)  # the look would see it
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    code = re.search(r"\w\w-\w\w", phone.locator("section.done").inner_text())
    assert code is not None
    phone.get_by_role("link", name="Người khác dùng chung điện thoại").click()
    expect(phone.get_by_role("button", name="Bắt đầu")).to_be_visible()
    page_is_kept(phone)  # the second person's own, with nothing ticked
    stored = phone.evaluate(STORED)
    assert [trace for trace in (code[0], '\\"answers\\":{\\"', '"cell"') if trace in stored] == []
    assert "checked" not in stored.split("<script>")[0].split("<form")[1]
    for _ in range(8):
        phone.go_back()
        text = phone.locator("body").inner_text()
        assert [trace for trace in ("Đồng chí đã chọn", code[0], "đúng 3/3") if trace in text] == []
        expect(phone.locator("input:checked")).to_have_count(0)
    assert phone.url == "about:blank"


def test_a_page_from_before_hand_over_is_empty_in_the_back_forward_cache(
    occasion: Occasion, phone: Page
) -> None:
    """Whatever a browser keeps of the page it leaves, it is a blank one."""
    answer(phone, occasion.door)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    phone.evaluate(
        "addEventListener('pagehide', () => sessionStorage.setItem('seen', "
        "document.getElementById('main').innerText))"
    )
    phone.get_by_role("link", name="Người khác dùng chung điện thoại").click()
    expect(phone.get_by_role("button", name="Bắt đầu")).to_be_visible()
    assert phone.evaluate("sessionStorage.getItem('seen')") == ""


def test_what_the_browser_itself_remembers_of_a_form_is_not_put_into_a_new_order(
    occasion: Occasion, plain_phone: Page
) -> None:
    plain_phone.goto(occasion.door)
    for fieldset in plain_phone.locator("fieldset.question").all():
        fieldset.locator("input").first.check()
    plain_phone.goto("about:blank")
    plain_phone.go_back()
    expect(plain_phone.locator("fieldset.question input:checked")).to_have_count(0)


def test_two_people_on_one_phone_are_two_sheets_without_network_between(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    send(phone)
    phone.get_by_role("link", name="Người khác dùng chung điện thoại").click()
    choose_cell(phone)
    tick_all(phone)
    page_is_kept(phone)
    phone.context.set_offline(True)
    phone.reload()
    send(phone)
    expect(phone.get_by_role("status")).to_contain_text("Mạng yếu.")
    phone.context.set_offline(False)
    online(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT), ("shared", ALL_RIGHT)]


# ------------------------------------------------------------------ the time that is left


def test_ten_minutes_before_closing_the_page_says_how_many_are_left(
    place: Grounds, phone: Page
) -> None:
    phone.clock.install(time=datetime(2001, 1, 1, tzinfo=UTC))  # a phone whose own clock is wrong
    occasion = place.hold(closes_at=datetime.now(UTC) + timedelta(minutes=11, seconds=30))
    phone.goto(occasion.door)
    left = phone.locator("header [aria-live=polite]")
    expect(left).to_have_text("")
    phone.clock.fast_forward("02:00")
    expect(left).to_have_text("Còn 10 phút.")
    phone.clock.fast_forward("05:00")
    expect(left).to_have_text("Còn 5 phút.")
    phone.clock.fast_forward("05:00")
    expect(left).to_contain_text("Đã hết giờ. Nếu không được gia hạn, đồng chí gửi ngay.")
    choose_cell(phone)
    tick_all(phone)
    send(phone)
    phone.clock.resume()
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    expect(left).to_be_hidden()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_page_kept_for_later_says_nothing_of_the_time(place: Grounds, phone: Page) -> None:
    occasion = place.hold(closes_at=datetime.now(UTC) + timedelta(minutes=5))
    phone.goto(occasion.door)
    expect(phone.locator("header [aria-live=polite]")).to_have_text("Còn 5 phút.")
    page_is_kept(phone)
    phone.wait_for_function("navigator.serviceWorker.controller")
    phone.context.set_offline(True)
    phone.reload()
    expect(phone.get_by_role("button", name="Bắt đầu")).to_be_visible()
    expect(phone.locator("header [aria-live=polite]")).to_have_text("")


def test_without_a_closing_time_nothing_is_said_of_it(occasion: Occasion, phone: Page) -> None:
    phone.goto(occasion.door)
    expect(phone.locator("[data-left]")).to_have_count(0)
    expect(phone.locator("header [aria-live=polite]")).to_have_text("")
