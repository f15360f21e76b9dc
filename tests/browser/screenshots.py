"""The pictures of the README and one of every state of an attendee's page, in both languages.

    make screenshots

The README's two go to docs/pictures, the rest to instance/pictures, to be looked at.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT, Served
from tests.browser.occasions import grounds
from tests.browser.states import CROWD, Walk, choose_first, forward

README = ROOT / "docs" / "pictures"
ALL = ROOT / "instance" / "pictures"


@pytest.mark.parametrize(("lang", "days_open"), [("vi", 111), ("en", 112)])
def test_every_state_of_the_phone(served: Served, phone: Page, lang: str, days_open: int) -> None:
    ALL.mkdir(parents=True, exist_ok=True)

    def keep(name: str) -> None:
        picture = ALL / f"phone-{lang}-{name}.png"
        phone.screenshot(path=picture)
        assert picture.stat().st_size > 5000
        if phone.evaluate("document.documentElement.scrollHeight > innerHeight"):
            phone.screenshot(path=ALL / f"phone-{lang}-{name}-whole.png", full_page=True)

    with grounds(served.instance, served.address, days_open=days_open, crowd=CROWD) as place:
        Walk(place, phone, lang, keep).all()


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
