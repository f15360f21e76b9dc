"""A phone that somebody gave up on, lent, or let run flat: what it keeps, for whom, how long."""

import contextlib
import os
import shutil
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.occasions import (
    ALL_RIGHT,
    Grounds,
    Occasion,
    answer,
    choose_cell,
    closed,
    heading,
    kept,
    scan,
    send,
    tick_all,
)

pytestmark = pytest.mark.browser

ANEW = "Người khác dùng, làm lại từ đầu"


def give_up(phone: Page, door: str) -> None:
    """In the middle of the questions, with one of them answered."""
    phone.goto(door)
    choose_cell(phone)
    phone.locator("fieldset.question:visible label").first.click()
    phone.get_by_role("button", name="Câu tiếp theo").click()


# ------------------------------------------------------------------ somebody gave up


def test_whoever_scans_next_sees_the_start_and_no_tick(occasion: Occasion, phone: Page) -> None:
    give_up(phone, occasion.door)
    tab = scan(phone, occasion.door)
    expect(heading(tab, "Sau hội nghị")).to_be_focused()
    expect(tab.get_by_text("Điện thoại này còn câu trả lời chưa gửi.")).to_be_visible()
    expect(tab.locator("fieldset:visible")).to_have_count(0)


def test_the_same_hand_goes_on_where_it_was_with_one_tap(occasion: Occasion, phone: Page) -> None:
    give_up(phone, occasion.door)
    tab = scan(phone, occasion.door)
    tab.get_by_role("button", name="Tiếp tục").click()
    expect(tab.locator(".where")).to_have_text("Câu 2/3")
    expect(tab.locator("fieldset.question input:checked")).to_have_count(1)
    expect(tab.locator("fieldset.cells input:checked")).to_have_count(1)


def test_the_same_address_again_in_the_same_tab_is_no_reload(
    occasion: Occasion, phone: Page
) -> None:
    give_up(phone, occasion.door)
    phone.reload()
    expect(phone.locator(".where")).to_have_text("Câu 2/3")
    phone.goto(occasion.door)
    expect(heading(phone, "Sau hội nghị")).to_be_visible()


def test_starting_anew_leaves_nothing_of_who_gave_up(
    place: Grounds, occasion: Occasion, phone: Page
) -> None:
    answer(phone, place.hold().door)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert phone.evaluate("localStorage.getItem('cell')") == str(place.world.cells[0][1])
    give_up(phone, occasion.door)
    before = phone.evaluate("JSON.parse(localStorage['sheet:' + location.pathname])")
    assert before["name"] == "Chi bộ Thôn 2"
    tab = scan(phone, occasion.door)
    tab.get_by_role("link", name=ANEW).click()
    expect(tab.get_by_role("button", name="Bắt đầu")).to_be_visible()
    expect(tab.get_by_text("còn câu trả lời chưa gửi")).to_have_count(0)
    expect(tab.locator("input:checked")).to_have_count(0)
    after = tab.evaluate("JSON.parse(localStorage['sheet:' + location.pathname])")
    assert list(after) == ["receipt"]
    assert after["receipt"] != before["receipt"]
    assert tab.evaluate("localStorage.getItem('cell')") is None
    choose_cell(tab, "Đảng bộ xã Ia H’Drai")
    tick_all(tab)
    send(tab)
    expect(heading(tab, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("shared", ALL_RIGHT)]


def test_who_only_looked_at_the_start_left_nothing_to_speak_of(
    occasion: Occasion, phone: Page
) -> None:
    phone.goto(occasion.door)
    phone.get_by_role("button", name="Bắt đầu").click()
    tab = scan(phone, occasion.door)
    expect(tab.get_by_role("button", name="Bắt đầu")).to_be_visible()
    expect(tab.get_by_role("link", name=ANEW)).to_have_count(0)


# ------------------------------------------------------------------ the sitting is over


def test_what_nobody_sent_is_forgotten_once_the_sitting_is_over(
    occasion: Occasion, phone: Page
) -> None:
    give_up(phone, occasion.door)
    phone.wait_for_function("caches.keys().then(names => names.length)")
    assert "Chi bộ Thôn 2" in phone.evaluate("JSON.stringify(localStorage)")
    closed(phone, occasion)
    tab = scan(phone, occasion.door)
    expect(heading(tab, "Đợt khảo sát đã kết thúc")).to_be_visible()
    assert kept(tab) == "[[],[],null,[]]"


def test_a_phone_that_has_handed_in_says_so_after_the_end_too(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    closed(phone, occasion)
    for _ in range(2):
        phone.goto(occasion.door)
        expect(heading(phone, "Điện thoại này đã gửi")).to_be_visible()


# ------------------------------------------------------------------ a server that is mistaken


def test_a_server_that_does_not_know_the_door_for_a_moment_loses_no_answer(
    occasion: Occasion, phone: Page
) -> None:
    answer(phone, occasion.door)
    mistaken = occasion.door[:-26] + "0" * 26
    tries: list[Route] = []

    def misdirect(route: Route) -> None:
        if route.request.method == "POST" and len(tries) < 2:
            tries.append(route)
            route.fulfill(response=route.fetch(url=mistaken))
        else:
            route.fallback()

    phone.route("**/D/*", misdirect)
    send(phone)
    expect(heading(phone, "Chưa gửi được")).to_be_focused()
    expect(phone.get_by_text("Máy chủ chưa nhận ra đợt khảo sát này.")).to_be_visible()
    phone.get_by_role("button", name="Gửi lại").click()
    expect(heading(phone, "Chưa gửi được")).to_be_focused()
    assert len(tries) == 2
    assert occasion.sheets == []
    phone.reload()
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_with_scripts_off_a_mistaken_server_offers_the_same_sheet_to_be_sent_again(
    occasion: Occasion, plain_phone: Page
) -> None:
    plain_phone.goto(occasion.doors[1])
    plain_phone.get_by_role("radio", name="Chi bộ Thôn 2").check()
    for text in ("Đúng nhất", "Phải thứ nhất", "Phải thứ hai", "Đúng"):
        plain_phone.get_by_label(text, exact=True).check()
    mistaken = occasion.door[:-26] + "0" * 26

    def misdirect(route: Route) -> None:
        route.fulfill(response=route.fetch(url=mistaken))

    plain_phone.route("**/D/*", misdirect, times=1)
    plain_phone.get_by_role("button", name="Gửi câu trả lời").click()
    expect(heading(plain_phone, "Chưa gửi được")).to_be_visible()
    plain_phone.get_by_role("button", name="Gửi lại").click()
    expect(heading(plain_phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


# ------------------------------------------------------------------ a flat battery


def _start(browser: Browser, profile: Path) -> BrowserContext:
    """A browser of its own on this profile."""
    return browser.browser_type.launch_persistent_context(
        profile,
        executable_path=shutil.which("chromium"),
        args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        viewport=PHONE,  # type: ignore[arg-type]
    )


def _pull_the_battery(profile: Path) -> None:
    """End the browser on this profile without a word."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            command = (process / "cmdline").read_bytes().split(b"\0")
            if f"--user-data-dir={profile}".encode() in command:
                os.kill(int(process.name), signal.SIGKILL)


def _is_on_disk(profile: Path, text: str) -> bool:
    logs = (profile / "Default" / "Local Storage" / "leveldb").glob("*.log")
    return any(text.encode("utf-16-le") in log.read_bytes() for log in logs)


@pytest.mark.parametrize("sent", [False, True], ids=["half filled", "sent without network"])
def test_a_phone_whose_battery_died_goes_on_where_it_was(
    occasion: Occasion, browser: Browser, tmp_path: Path, sent: bool
) -> None:
    wanted = '"body":"' if sent else '"step":-1'
    context = _start(browser, tmp_path)
    phone = context.new_page()
    answer(phone, occasion.door)
    if sent:
        context.set_offline(True)
        send(phone)
        expect(phone.get_by_role("status")).to_contain_text("Mạng yếu.")
    for _ in range(200):  # a browser writes what pages keep within some seconds
        if _is_on_disk(tmp_path, wanted):
            break
        phone.wait_for_timeout(100)
    assert _is_on_disk(tmp_path, wanted)
    with context.expect_event("close"):
        _pull_the_battery(tmp_path)
    context = _start(browser, tmp_path)
    phone = context.new_page()
    phone.goto(occasion.door)
    if not sent:
        phone.get_by_role("button", name="Tiếp tục").click()
        expect(heading(phone, "Gửi câu trả lời?")).to_be_visible()
        send(phone)
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    context.close()
    assert occasion.sheets == [("own", ALL_RIGHT)]
