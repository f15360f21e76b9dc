"""Letters of Vietnamese and of the languages of the Highlands, however they were typed."""

import unicodedata
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from survey import db
from tests.browser.conftest import Served
from tests.browser.occasions import Grounds, grounds
from tests.browser.states import CROWD, forward
from tests.world import add_unit

pytestmark = pytest.mark.browser

LETTERS = "aăâbcdđeêghiklmnoôơpqrstuưvxyẰẵấẫẩặẶỆỉịỗợửựỷỹƀɃĕĔĭĬŏŎŭŬčČñÑ0123456789%–“”…"
# A breve over a letter that has a mark already: there is no single code point for these.
PAIRS = ["ơ̆", "ô̆", "ê̆", "ư̆", "Ơ̆", "Ô̆", "Ê̆", "Ư̆"]
JARAI = "Chi bộ plơi Kon Jơ̆ Drê̆ Ƀô̆ Tư̆"
DRAW = """(letters) => {
  const context = document.createElement('canvas').getContext('2d');
  const font = '40px ' + getComputedStyle(document.body).fontFamily;
  return letters.map((letter) => {
    context.canvas.width = context.canvas.height = 80;
    context.font = font;
    context.fillText(letter, 10, 55);
    return [context.canvas.toDataURL(), context.measureText(letter).width];
  });
}"""


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address, crowd=CROWD) as made:
        with Session(made.engine) as session, db.writing(session):
            add_unit(session, "JARAI", "cell", JARAI, made.world.communes[1])
        yield made


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def drawn(phone: Page, letters: list[str]) -> list[tuple[str, float]]:
    """(picture, width) of each, in the page's own font."""
    return [(picture, width) for picture, width in phone.evaluate(DRAW, letters)]


def test_every_letter_has_a_glyph(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    none, *shapes = drawn(phone, ["\uffff", *LETTERS])
    missing = [letter for letter, shape in zip(LETTERS, shapes, strict=True) if shape[0] == none[0]]
    assert missing == []


def test_a_breve_stands_over_its_letter_and_takes_no_room_of_its_own(
    place: Grounds, phone: Page
) -> None:
    phone.goto(place.hold().doors[2])
    with_breve = drawn(phone, PAIRS)
    without = drawn(phone, [pair[0] for pair in PAIRS])
    assert [len(pair) for pair in PAIRS] == [2] * len(PAIRS)
    assert [one[0] != other[0] for one, other in zip(with_breve, without, strict=True)] == [
        True
    ] * len(PAIRS)
    assert [width for _picture, width in with_breve] == pytest.approx([w for _p, w in without])


def test_decomposed_vietnamese_looks_as_the_composed_does(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    letters = [letter for letter in LETTERS if decomposed(letter) != letter]
    assert len(letters) > 30
    apart = drawn(phone, [decomposed(letter) for letter in letters])
    together = drawn(phone, letters)
    differ = [
        letter for letter, one, other in zip(letters, apart, together, strict=True) if one != other
    ]
    assert differ == []


def test_no_row_cuts_off_what_stands_above_or_below_a_letter(place: Grounds, phone: Page) -> None:
    phone.goto(place.hold().doors[2])
    forward(phone)
    row = phone.locator("label.option").first
    text = decomposed(LETTERS) + LETTERS + "".join(PAIRS)
    row.locator("span").evaluate("(span, text) => { span.textContent = text; }", text)
    cut = row.evaluate(
        "row => row.scrollHeight > row.clientHeight || row.scrollWidth > row.clientWidth"
    )
    assert cut is False
    line = row.evaluate("row => getComputedStyle(row).lineHeight.slice(0, -2) / "
                        "getComputedStyle(row).fontSize.slice(0, -2)")  # fmt: skip
    assert line >= 1.5


@pytest.mark.parametrize(
    "typed",
    ["kon jo dre", "Kon Jơ̆ Drê̆", "dre bo tu", decomposed("Drê̆ Ƀô̆ Tư̆"), "ƀô DRÊ", "PLOI kon"],
    ids=["plain", "as written", "no marks", "decomposed", "half", "capitals"],
)
@pytest.mark.parametrize("door", [2, 0], ids=["short list", "long list"])
def test_a_name_in_another_language_is_found_as_it_is_typed(
    place: Grounds, phone: Page, typed: str, door: int
) -> None:
    phone.goto(place.hold().doors[door])
    forward(phone)
    phone.get_by_role("searchbox").fill(typed)
    rows = phone.locator("fieldset.cells label.option:visible")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text(JARAI)


@pytest.mark.parametrize("door", [2, 0], ids=["short list", "long list"])
def test_vietnamese_typed_decomposed_finds_what_is_stored_composed(
    place: Grounds, phone: Page, door: int
) -> None:
    """As some phones' keyboards give it."""
    phone.goto(place.hold().doors[door])
    forward(phone)
    phone.get_by_role("searchbox").fill(decomposed("Thôn 10 đảng bộ xã Ia H’Drai"))
    rows = phone.locator("fieldset.cells label.option:visible")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Chi bộ Thôn 10")
