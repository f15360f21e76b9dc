"""The pictures of the README and one of every page an attendee can meet, in both languages.

    make screenshots

The README's two go to docs/pictures, the rest to instance/pictures, to be looked at.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import ROOT, Served

README = ROOT / "docs" / "pictures"
ALL = ROOT / "instance" / "pictures"


def begin(phone: Page) -> None:
    phone.locator(".foot .primary").click()
    phone.locator("fieldset.cells summary").first.click()
    phone.locator("fieldset.cells input[type=radio]").first.check()
    phone.locator(".foot .primary").click()


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_state_of_the_phone(served: Served, phone: Page, lang: str) -> None:
    ALL.mkdir(parents=True, exist_ok=True)

    def keep(name: str) -> None:
        picture = ALL / f"phone-{lang}-{name}.png"
        phone.screenshot(path=picture, full_page=name in ("review", "done"))
        assert picture.stat().st_size > 5000

    phone.goto(f"{served.address}/?lang={lang}")
    keep("front")
    phone.goto(f"{served.address}/D/{'0' * 26}?lang={lang}")
    keep("unknown")
    phone.goto(f"{served.door}?lang={lang}")
    keep("start")
    phone.locator(".foot .primary").click()
    keep("chooser")
    phone.go_back()
    begin(phone)
    keep("question")
    if lang == "vi":
        phone.locator("fieldset.question:visible input").nth(1).check()
        picture = README / "phone.png"
        phone.screenshot(path=picture)
        assert picture.stat().st_size > 5000
    while not phone.locator("section.review:visible").count():
        phone.locator(".foot .primary").click()
    keep("review")
    phone.context.set_offline(True)
    phone.locator(".foot .primary").click()
    phone.get_by_role("status").get_by_text(re.compile("2")).wait_for()
    keep("weak-network")
    phone.context.set_offline(False)
    phone.locator("section.done").wait_for()
    keep("done")
    phone.goto(f"{served.door}?lang={lang}")
    keep("done-before")


def test_the_results_of_a_province(served: Served, signed_in: Callable[..., Page]) -> None:
    desk = signed_in("tinh")
    desk.goto(f"{served.address}/results")
    desk.get_by_role("link", name=re.compile("^Sau hội nghị")).first.click()
    desk.locator(".js-plotly-plot").first.wait_for()
    picture = Path(README / "results.png")
    desk.screenshot(path=picture, clip={"x": 0, "y": 0, "width": 1366, "height": 1000},
                    full_page=True)  # fmt: skip
    assert picture.stat().st_size > 20_000
