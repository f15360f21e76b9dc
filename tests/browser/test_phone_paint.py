"""The first view on a slow phone: one request, and words on the screen in a second and a half."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served

pytestmark = pytest.mark.browser

KBIT = 1000 / 8  # bytes
FIRST_PAINT = """new Promise(done => new PerformanceObserver((list, watch) => {
  const paint = list.getEntriesByName('first-contentful-paint')[0];
  if (paint) { watch.disconnect(); done(paint.startTime); }
}).observe({type: 'paint', buffered: true}))"""


@pytest.fixture
def slow_phone(phone: Page) -> Iterator[Page]:
    """400 kbit/s, 400 ms there and back, and a processor four times slower than this one."""
    wire = phone.context.new_cdp_session(phone)
    wire.send("Network.enable")
    wire.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 400, "downloadThroughput": 400 * KBIT,
         "uploadThroughput": 400 * KBIT},
    )  # fmt: skip
    wire.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    yield phone
    wire.detach()


def test_a_slow_phone_shows_the_page_in_a_second_and_a_half_after_one_request(
    served: Served, slow_phone: Page
) -> None:
    phone = slow_phone
    phone.request.get(served.door)  # the server's own first look at this door is another matter
    seen: list[tuple[str, bool]] = []
    ready = "!!document.querySelector('.foot .primary')"
    phone.add_init_script(
        f"addEventListener('DOMContentLoaded', () => {{ window.ready = {ready}; }})"
    )
    phone.on("request", lambda request: seen.append((request.url, request.is_navigation_request())))
    with phone.expect_event("requestfinished") as finished:
        phone.goto(served.door, wait_until="domcontentloaded")
    before = list(seen)
    assert phone.evaluate("ready") is True
    painted = phone.evaluate(FIRST_PAINT)
    assert before == [(served.door.replace("HTTP:", "http:"), True)]
    assert finished.value.sizes()["responseBodySize"] <= 14_000
    assert painted <= 1500
    expect(phone.get_by_role("button", name="Bắt đầu")).to_be_visible()
