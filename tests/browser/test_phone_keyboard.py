"""The attendee's pages by keyboard alone, with scripts and without."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Served
from tests.browser.occasions import ALL_RIGHT, RIGHT, Grounds, grounds, heading, rest
from tests.browser.states_plain import block_scripts

pytestmark = pytest.mark.browser

HERE = """() => {
  const here = document.activeElement;
  return here.type === 'radio' ? 'radio' : (here.labels?.[0] || here).textContent.trim();
}"""


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address, heard=True) as made:
        yield made


def tab_to(phone: Page, name: str) -> None:
    """On to what bears this name; `radio`: to the next group of radio buttons."""
    for _ in range(40):
        phone.keyboard.press("Tab")
        if re.fullmatch(name, phone.evaluate(HERE)):
            return
    raise AssertionError(f"{name} is not reached")


def tick(phone: Page) -> None:
    """The next question, all of it right."""
    tab_to(phone, "radio|" + "|".join(RIGHT["Nhiều lựa chọn?"]))
    question = phone.locator("fieldset.question:focus-within")
    stem = question.locator("legend").inner_text()
    wanted = next(texts for part, texts in RIGHT.items() if part in stem)
    if question.get_by_role("checkbox").count():
        phone.keyboard.press("Space")
        tab_to(phone, "|".join(wanted))
        phone.keyboard.press("Space")
        return
    phone.keyboard.press("Space")
    while question.locator("label:has(:checked)").inner_text().strip() != wanted[0]:
        phone.keyboard.press("ArrowDown")


def press(phone: Page, button: str) -> None:
    tab_to(phone, button)
    rest(phone)
    phone.keyboard.press("Enter")


def answer(phone: Page) -> None:
    for _ in RIGHT:
        tick(phone)
        press(phone, "Câu tiếp theo|Xem lại")
    press(phone, "Gửi câu trả lời")
    expect(heading(phone, "Đã ghi nhận")).to_be_focused()


def test_the_whole_journey_goes_by_keyboard(place: Grounds, phone: Page) -> None:
    occasion = place.hold()
    phone.goto(occasion.doors[2])
    press(phone, "Bắt đầu")
    tab_to(phone, "radio")
    phone.keyboard.press("ArrowDown")
    expect(phone.get_by_role("radio", name="Chi bộ Thôn 2")).to_be_checked()
    press(phone, "Tiếp tục")
    answer(phone)
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_ticket_is_typed_mended_and_spent_by_keyboard(place: Grounds, phone: Page) -> None:
    occasion = place.hold(tickets=True)
    slip = place.slips(occasion, place.world.cells[1][0])[0]
    phone.goto(occasion.door)
    press(phone, "Bắt đầu")
    expect(phone.get_by_role("alert")).to_have_text("Đồng chí chưa nhập mã phiếu.")
    expect(phone.get_by_label("Mã phiếu")).to_be_focused()
    phone.keyboard.type("BCDF GHJK MNPQ")
    phone.keyboard.press("Enter")
    for _ in RIGHT:
        tick(phone)
        press(phone, "Câu tiếp theo|Xem lại")
    press(phone, "Gửi câu trả lời")
    expect(phone.get_by_role("alert")).to_contain_text("Không có phiếu nào với mã này")
    expect(phone.get_by_label("Mã phiếu")).to_be_focused()
    phone.keyboard.press("ControlOrMeta+a")
    phone.keyboard.type(slip)
    press(phone, "Xem lại")
    press(phone, "Gửi câu trả lời")
    expect(heading(phone, "Đã ghi nhận")).to_be_focused()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_with_scripts_off_the_whole_journey_goes_by_keyboard(place: Grounds, phone: Page) -> None:
    """What lacks is told first, and its links lead to where it is given."""
    occasion = place.hold()
    block_scripts(phone)
    phone.goto(occasion.doors[2])
    press(phone, "Gửi câu trả lời")
    summary = phone.locator("section.problems")
    expect(summary).to_be_focused()
    expect(summary).to_be_in_viewport(ratio=1)
    expect(summary.get_by_role("link")).to_have_text(
        ["Đồng chí chưa chọn chi bộ.", "Còn 3 câu chưa trả lời."]
    )
    press(phone, "Còn 3 câu chưa trả lời.")
    phone.keyboard.press("Tab")
    first = phone.locator("fieldset.question").first
    expect(first.locator(":focus")).to_have_count(1)
    phone.keyboard.press("Shift+Tab")
    while phone.evaluate(HERE) != "Đồng chí chưa chọn chi bộ.":
        phone.keyboard.press("Shift+Tab")
    phone.keyboard.press("Enter")
    tab_to(phone, "radio")
    phone.keyboard.press("ArrowDown")
    for _ in RIGHT:
        tick(phone)
    press(phone, "Gửi câu trả lời")
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_sheet_that_was_not_taken_is_sent_again_by_keyboard(place: Grounds, phone: Page) -> None:
    occasion = place.hold()
    block_scripts(phone)
    phone.goto(occasion.doors[2])
    tab_to(phone, "radio")
    phone.keyboard.press("ArrowDown")
    for _ in RIGHT:
        tick(phone)
    occasion.pause()
    press(phone, "Gửi câu trả lời")
    expect(heading(phone, "Đợt khảo sát đang tạm dừng")).to_be_visible()
    occasion.resume()
    press(phone, "Gửi lại")
    expect(heading(phone, "Đã ghi nhận")).to_be_visible()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_a_recording_is_played_and_stopped_by_keyboard(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    phone.locator("fieldset.question").evaluate_all(
        "all => all.forEach(q => { q.hidden = false; })"
    )
    sound = phone.locator("audio").first
    sound.evaluate("sound => { sound.muted = true; sound.focus(); }")
    phone.keyboard.press("Space")
    expect(sound).to_have_js_property("paused", False)
    phone.keyboard.press("Space")
    expect(sound).to_have_js_property("paused", True)


def test_where_the_keyboard_is_can_be_seen(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    for keys in ("Tab", "Shift+Tab"):
        phone.keyboard.press(keys)
        assert phone.evaluate("document.activeElement.tagName") in ("BUTTON", "A")
        assert "solid 3px" in phone.evaluate("getComputedStyle(document.activeElement).outline")
