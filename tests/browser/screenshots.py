"""The pictures of the README and one of every state of an attendee's page, in both languages, with
scripts and without.

    make screenshots

The README's two go to docs/pictures, the rest to instance/pictures, to be looked at.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESK, PHONE, ROOT, Served
from tests.browser.occasions import grounds
from tests.browser.states import CROWD, STATES, Walk, choose_first, forward
from tests.browser.states_plain import PLAIN, PlainWalk

README = ROOT / "docs" / "pictures"
ALL = ROOT / "instance" / "pictures"


def keeper(phone: Page, prefix: str, kept: list[str]) -> Callable[[str], None]:
    ALL.mkdir(parents=True, exist_ok=True)

    def keep(name: str) -> None:
        kept.append(name)
        picture = ALL / f"{prefix}-{name}.png"
        phone.screenshot(path=picture)
        assert picture.stat().st_size > 5000
        if phone.evaluate("document.documentElement.scrollHeight > innerHeight"):
            phone.screenshot(path=ALL / f"{prefix}-{name}-whole.png", full_page=True)

    return keep


SIZES = {"phone-vi": PHONE, "phone-en": PHONE, "wide-vi": DESK}


@pytest.mark.parametrize("prefix", SIZES)
@pytest.mark.parametrize(("walk", "states"), [(Walk, STATES), (PlainWalk, PLAIN)])
def test_every_state_of_the_page(
    served: Served, phone: Page, prefix: str, walk: type[Walk | PlainWalk], states: list[str]
) -> None:
    phone.set_viewport_size(SIZES[prefix])  # type: ignore[arg-type]
    kept: list[str] = []
    with grounds(served.instance, served.address, crowd=CROWD, heard=True) as place:
        walk(place, phone, prefix[-2:], keeper(phone, prefix, kept)).all()
    assert sorted(kept) == sorted(states)


def test_a_question_for_the_readme(served: Served, phone: Page) -> None:
    phone.goto(served.door)
    forward(phone)
    choose_first(phone)
    phone.locator("fieldset.question:visible input").nth(1).check()
    picture = README / "phone.png"
    phone.screenshot(path=picture)
    assert picture.stat().st_size > 5000


def test_the_results_of_a_province(served: Served, signed_in: Callable[..., Page]) -> None:
    desk = signed_in("tinh")
    desk.goto(f"{served.address}/results")
    desk.get_by_role("link", name=re.compile("^Sau hội nghị")).first.click()
    desk.locator(".js-plotly-plot").first.wait_for()
    picture = Path(README / "results.png")
    desk.screenshot(path=picture, clip={"x": 0, "y": 0, "width": 1366, "height": 1000},
                    full_page=True)  # fmt: skip
    assert picture.stat().st_size > 20_000
