"""The attendee's pages for eyes, ears and hands of every kind (WCAG 2.2 AA, and more of it where
people of seventy hold the phone)."""

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PHONE, Served
from tests.browser.occasions import ALL_RIGHT, RIGHT, Grounds, grounds, heading
from tests.browser.states import CROWD, Walk, forward

pytestmark = pytest.mark.browser

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Links inside a sentence may be as low as its line; radio buttons and boxes are hit by their rows.
TARGETS = """() => [...document.querySelectorAll('a, button, summary, select, label.option, input')]
  .filter(e => e.getClientRects().length && !/radio|checkbox/.test(e.type) && !e.closest('p > a'))
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 48 || box.height < 48).map(([html]) => html)"""
# Elements whose own text is fainter than 7:1 on what lies behind it.
FAINT = """() => {
  const number = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => number(c).slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = getComputedStyle(e).backgroundColor;
      if (number(c)[3] !== 0) { return c; }
    }
    return 'rgb(255, 255, 255)';
  };
  return [...document.body.querySelectorAll('*')].filter((e) => e.getClientRects().length
      && [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => [e.outerHTML.slice(0, 80),
      [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a)])
    .filter(([, [high, low]]) => (high + 0.05) / (low + 0.05) < 7).map(([html]) => html);
}"""
LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyẰẵấẫẩặỆỉịỗợửựỷỹƀɃĕĔĭĬŏŎŭŬčČñÑ0123456789%–“”…"


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address, days_open=105, crowd=CROWD) as made:
        yield made


def faults(phone: Page) -> list[str]:
    """What axe finds, and what it does not look for."""
    # Tall, so that no row lies half behind the foot, from where one can scroll it away.
    phone.set_viewport_size({"width": 360, "height": 4000})
    found = [
        f"{v['id']}: {node['html'][:80]}"
        for v in Axe().run(phone, options=RULES).response["violations"]
        for node in v["nodes"]
    ]
    found += [f"target: {html}" for html in phone.evaluate(TARGETS)]
    found += [f"faint: {html}" for html in phone.evaluate(FAINT)]
    unnamed = "fieldset:not(:has(> legend:first-child)), input[type=radio]:not(fieldset *)"
    found += [f"no legend: {n}" for n in range(phone.locator(unnamed).count())]
    if (first := phone.locator("h1:visible").count()) != 1:
        found.append(f"{first} headings of the first rank")
    for width, text in ((320, "100%"), (320, "200%")):
        phone.set_viewport_size({"width": width, "height": 640})
        phone.evaluate(
            f"document.documentElement.style.fontSize = '{112.5 * int(text[:-1]) / 100}%'"
        )
        wide = phone.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{wide} wide at {width} and {text}")
    phone.evaluate("document.documentElement.style.fontSize = ''")
    phone.set_viewport_size(PHONE)  # type: ignore[arg-type]
    return found


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_state_of_the_page_is_a_barrier(place: Grounds, phone: Page, lang: str) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(phone)

    Walk(place, phone, lang, look).all()
    assert len(found) >= 35
    assert {name: what for name, what in found.items() if what} == {}


def test_the_look_finds_planted_barriers(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    phone.evaluate("""() => {
      document.documentElement.lang = '';
      document.querySelector('h1:not([hidden])').style.color = '#777';
      document.querySelector('.foot .primary').style.minHeight = '20px';
      document.querySelector('.foot .primary').style.padding = 0;
      const wide = document.createElement('fieldset');
      wide.textContent = 'Không tên';
      wide.style.width = '400px';
      document.querySelector('main').append(wide);
    }""")
    kinds = {fault.split(":")[0] for fault in faults(phone)}
    assert {"html-has-lang", "faint", "target", "no legend"} <= kinds
    assert any(kind.endswith("wide at 320 and 100%") for kind in kinds)


def test_dark_pages_are_as_legible(place: Grounds, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme="dark")  # type: ignore[arg-type]
    phone = context.new_page()
    phone.goto(place.hold().doors[2])
    forward(phone)
    forward(phone)
    assert phone.evaluate("getComputedStyle(document.documentElement).backgroundColor") != (
        "rgb(251, 248, 244)"
    )
    assert phone.evaluate(FAINT) == []
    context.close()


def test_the_whole_journey_goes_by_keyboard(place: Grounds, phone: Page) -> None:
    occasion = place.hold()
    phone.goto(occasion.doors[2])

    def tab_to(name: re.Pattern[str] | str) -> None:
        for _ in range(20):
            phone.keyboard.press("Tab")
            said = phone.evaluate(
                "(document.activeElement.labels?.[0] || document.activeElement).textContent.trim()"
            )
            if re.fullmatch(name, said):
                return
        raise AssertionError(f"{name} is not reached")

    tab_to("Bắt đầu")
    phone.keyboard.press("Enter")
    tab_to("Chi bộ Thôn 1")
    phone.keyboard.press("ArrowDown")
    expect(phone.get_by_role("radio", name="Chi bộ Thôn 2")).to_be_checked()
    tab_to("Tiếp tục")
    phone.keyboard.press("Enter")
    for _ in RIGHT:
        question = phone.locator("fieldset.question:visible")
        stem = question.locator("legend").inner_text()
        wanted = next(texts for part, texts in RIGHT.items() if part in stem)
        if question.get_by_role("checkbox").count():
            for text in sorted(wanted, key=question.locator("label").all_inner_texts().index):
                tab_to(text)
                phone.keyboard.press("Space")
        else:
            phone.keyboard.press("Tab")
            phone.keyboard.press("Space")
            while question.locator("label:has(:checked)").inner_text().strip() != wanted[0]:
                phone.keyboard.press("ArrowDown")
        tab_to("Câu tiếp theo|Xem lại")
        phone.keyboard.press("Enter")
    tab_to("Gửi câu trả lời")
    phone.keyboard.press("Enter")
    expect(heading(phone, "Đã ghi nhận")).to_be_focused()
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_where_the_keyboard_is_can_be_seen(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    for keys in ("Tab", "Shift+Tab"):
        phone.keyboard.press(keys)
        assert phone.evaluate("document.activeElement.tagName") in ("BUTTON", "A")
        assert "solid 3px" in phone.evaluate("getComputedStyle(document.activeElement).outline")


def test_what_is_chosen_is_told_by_more_than_colour(place: Grounds, phone: Page) -> None:
    """A real radio button at the left of its row, larger than the browser's own."""
    phone.goto(place.hold().doors[2])
    forward(phone)
    first = phone.locator("label.option").first
    mark = first.locator("input").bounding_box()
    text = first.locator("span").bounding_box()
    assert mark is not None
    assert text is not None
    assert mark["width"] >= 24
    assert mark["x"] + mark["width"] < text["x"]


def test_the_page_moves_nothing_by_itself(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    forward(phone)
    moving = """[...document.querySelectorAll('*')].filter(e => {
      const s = getComputedStyle(e);
      return s.animationName !== 'none' || s.transitionDuration !== '0s'
        || s.scrollBehavior === 'smooth';
    }).length"""
    assert phone.evaluate(moving) == 0


def test_every_mark_over_and_under_a_letter_is_shown(place: Grounds, phone: Page) -> None:
    """Whole lines: a row must not cut off what stands above Ặ or below ự."""
    phone.goto(place.hold().doors[2])
    forward(phone)
    row = phone.locator("label.option").first
    row.locator("span").evaluate("(span, text) => { span.textContent = text; }", LETTERS)
    cut = row.evaluate(
        "row => row.scrollHeight > row.clientHeight || row.scrollWidth > row.clientWidth"
    )
    assert cut is False
    line = row.evaluate("row => getComputedStyle(row).lineHeight.slice(0, -2) / "
                        "getComputedStyle(row).fontSize.slice(0, -2)")  # fmt: skip
    assert line >= 1.5
    missing = phone.evaluate(
        """(letters) => {
          const context = document.createElement('canvas').getContext('2d');
          context.font = getComputedStyle(document.body).font;
          const drawn = (letter) => {
            const canvas = context.canvas;
            canvas.width = canvas.height = 60;
            context.font = '40px ' + getComputedStyle(document.body).fontFamily;
            context.fillText(letter, 5, 45);
            return canvas.toDataURL();
          };
          const none = drawn('\\uffff');
          return [...letters].filter((letter) => drawn(letter) === none);
        }""",
        LETTERS,
    )
    assert missing == []
