"""A thousand phones in one hall: none of them hammers, and not all of them at one moment."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, Request, expect

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

# The page's own timers, in a hurry: what they ask for is written down, and is over at once.
HURRY = """
window.delays = [];
const timer = setTimeout;
setTimeout = (act, wait, ...more) => {
  delays.push(wait);
  return timer(act, wait > 29_999 && wait < 30_001 ? wait : 5, ...more);
};
"""


@pytest.fixture
def unopened(place: Grounds) -> Occasion:
    now = datetime.now(UTC)
    return place.hold(opens_at=now + timedelta(days=1), now=now)


def delays(phone: Page, count: int) -> list[float]:
    """What the script waited for, without its patience with one try, thirty seconds."""
    found: list[float] = []
    for _ in range(300):
        found = phone.evaluate("delays.filter(wait => wait !== 30000)")
        if len(found) >= count:
            break
        phone.wait_for_timeout(50)
    assert len(found) >= count
    return found[:count]


def assert_spread(waits: list[float], low: float, high: float) -> None:
    """Over the whole of this stretch, and evenly."""
    assert min(waits) >= low
    assert max(waits) <= high
    quarters = [sum(low + n * (high - low) / 4 <= w for w in waits) / len(waits) for n in range(4)]
    assert quarters == pytest.approx([1, 0.75, 0.5, 0.25], abs=0.2)


# ------------------------------------------------------------------ handing in


def test_retries_wait_longer_each_time_and_are_spread_out(occasion: Occasion, phone: Page) -> None:
    phone.add_init_script(HURRY)
    answer(phone, occasion.door)
    phone.route("**/D/*", lambda route: route.abort())
    send(phone)
    waits = delays(phone, 104)
    for tries, wait in enumerate(waits[:4], start=1):
        assert 500 * 2**tries <= wait <= 1500 * 2**tries
    assert_spread(waits[4:], 15_000, 45_000)
    phone.unroute_all()
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_network_that_comes_back_to_a_hall_is_not_met_by_all_in_one_instant(
    occasion: Occasion, phone: Page
) -> None:
    phone.add_init_script(HURRY)
    answer(phone, occasion.door)
    phone.route("**/D/*", lambda route: route.abort())
    phone.evaluate("""() => {
      for (let phone = 0; phone < 100; phone += 1) { dispatchEvent(new Event('online')); }
    }""")
    assert_spread(delays(phone, 100), 0, 2000)


# ------------------------------------------------------------------ waiting for the opening


def pages(phone: Page) -> list[Request]:
    """What is asked for from now on."""
    seen: list[Request] = []
    phone.on("request", lambda request: seen.append(request))  # noqa: PLW0108  it marks functions
    return seen


def test_who_waits_for_the_opening_sees_the_questions_without_a_tap(
    unopened: Occasion, phone: Page
) -> None:
    phone.clock.install()
    phone.goto(unopened.door)
    expect(phone.get_by_text("Hoặc đồng chí cứ để trang này mở")).to_be_visible()
    seen = pages(phone)
    phone.clock.run_for(19_900)
    assert seen == []
    with phone.expect_response(unopened.door):
        phone.clock.run_for(20_200)
    phone.wait_for_timeout(100)
    expect(heading(phone, "Đợt khảo sát chưa mở")).to_be_visible()
    assert [(request.method, request.url) for request in seen] == [("GET", unopened.door)]
    unopened.open()
    phone.wait_for_timeout(1100)  # pages may show a button's effect a second late
    phone.clock.run_for(40_100)
    expect(phone.get_by_role("button", name="Bắt đầu")).to_be_visible()
    choose_cell(phone)
    tick_all(phone)
    send(phone)
    phone.clock.resume()
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()


def test_a_thousand_phones_that_wait_are_spread_over_twenty_seconds(
    unopened: Occasion, phone: Page
) -> None:
    phone.add_init_script(HURRY)
    phone.goto(unopened.door)
    assert_spread(delays(phone, 100), 20_000, 40_000)


def test_a_phone_in_the_pocket_asks_for_nothing_and_one_in_the_hand_goes_on(
    unopened: Occasion, phone: Page
) -> None:
    phone.add_init_script("Object.defineProperty(document, 'hidden', { get: () => !window.lit })")
    phone.add_init_script(HURRY)
    phone.goto(unopened.door)
    seen = pages(phone)
    delays(phone, 20)
    assert seen == []
    with phone.expect_request(unopened.door):
        phone.evaluate("window.lit = true")


def test_without_network_or_behind_a_portal_the_page_that_waits_stays(
    unopened: Occasion, phone: Page
) -> None:
    phone.add_init_script(HURRY)
    phone.goto(unopened.door)
    phone.route("**/D/*", lambda route: route.abort())
    delays(phone, 10)
    phone.unroute_all()
    phone.route("**/D/*", lambda route: route.fulfill(status=200, body="<h1>Wifi</h1>"))
    delays(phone, 30)
    expect(heading(phone, "Đợt khảo sát chưa mở")).to_be_visible()


def test_a_page_that_waits_ends_with_the_sitting_and_asks_no_more(
    place: Grounds, phone: Page
) -> None:
    paused = place.hold()
    paused.pause()
    phone.add_init_script(HURRY)
    phone.goto(paused.door)
    paused.close()
    expect(heading(phone, "Đợt khảo sát đã kết thúc")).to_be_visible()
    seen = pages(phone)
    phone.wait_for_timeout(300)
    assert seen == []


def test_a_sheet_that_waits_for_a_pause_to_end_is_not_disturbed_by_the_page_that_looks_again(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    occasion.pause()
    send(phone)
    expect(heading(phone, "Đợt khảo sát đang tạm dừng")).to_be_visible()
    phone.add_init_script(HURRY)
    phone.goto(occasion.door)
    expect(phone.get_by_role("status")).to_contain_text("sẽ tự gửi khi mở lại.")
    seen = pages(phone)
    phone.wait_for_timeout(300)
    assert {request.method for request in seen} == {"POST"}
    occasion.resume()
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]
