"""The attendee's pages for eyes, ears and hands of every kind (WCAG 2.2 AA, and more of it where
people of seventy hold the phone)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE, Served
from tests.browser.looks import FAINT, faults, left_in_vietnamese
from tests.browser.occasions import Grounds, grounds
from tests.browser.states import CROWD, STATES, Walk, forward
from tests.browser.states_plain import PLAIN, PlainWalk

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address, crowd=CROWD, heard=True) as made:
        yield made


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_state_of_the_page_is_a_barrier(place: Grounds, phone: Page, lang: str) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        found[name] = faults(phone) + (left_in_vietnamese(phone) if lang == "en" else [])

    Walk(place, phone, lang, look).all()
    assert sorted(found) == sorted(STATES)
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_no_state_without_scripts_is_a_barrier(place: Grounds, phone: Page, lang: str) -> None:
    found: dict[str, list[str]] = {}

    def look(name: str) -> None:
        assert phone.locator("body.stepped").count() == 0
        found[name] = faults(phone) + (left_in_vietnamese(phone) if lang == "en" else [])

    PlainWalk(place, phone, lang, look).all()
    assert sorted(found) == sorted(PLAIN)
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
      const cut = document.createElement('p');
      cut.textContent = 'Không xuống dòng được';
      cut.style.cssText = 'width: 90px; overflow: hidden; white-space: nowrap';
      document.querySelector('main').append(cut);
      const right = document.createElement('label');
      right.innerHTML = '<span>Bên trái</span> <input type="radio" name="right">';
      document.querySelector('main').append(right);
    }""")
    found = faults(phone)
    kinds = {fault.split(":")[0] for fault in found}
    assert {"html-has-lang", "faint", "target", "no legend", "no group"} <= kinds
    assert "no mark at the left: right" in found
    assert "cut at 320 and 100 %: Không xuống dòng được" in found
    assert any(fault.endswith("wide at 320 and 100 %") for fault in found)


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
