"""The page of a unit in a real Chromium, under the policy of every page."""

import shutil
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from flask import Flask
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from survey import db
from survey.access.models import Account, Role
from survey.sittings.models import Sitting
from tests.survey.results.conftest import Province
from tests.survey.results.ground import hand_in

pytestmark = pytest.mark.browser
T = TypeVar("T")
Look = Callable[..., Any]


@pytest.fixture
def look(app: Flask, session: Session, province: Province) -> Iterator[Look]:
    """`look(work, **settings)` -> what `work(page)` says of the north's page, seen by an
    administrator. In the north one cell is withheld, and its neighbour with it."""
    for cell, rights in zip(province.cells, ([4] * 8, [3] * 5 + [2], [0, 1], []), strict=True):
        hand_in(session, province.sitting, cell, rights)
    with db.writing(session):
        sitting = session.get_one(Sitting, province.sitting)
        sitting.opens_at = datetime.now(UTC) - timedelta(hours=2)
        sitting.closes_at = datetime.now(UTC) - timedelta(hours=1)
        account = Account(
            login="a", name="A", role=Role.ADMINISTRATOR, created_at=datetime.now(UTC)
        )
        session.add(account)
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    address = f"http://127.0.0.1:{server.port}"
    cookie = {"name": "survey", "value": signer.dumps({"account": [account.id, 0]}), "url": address}

    def looked(work: Callable[[Page], T], **settings: Any) -> T:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
            )
            context = chromium.new_context(**settings)
            context.add_cookies([cookie])  # type: ignore[list-item]
            page = context.new_page()
            page.goto(f"{address}/results/{province.sitting}/{province.north}")
            said = work(page)
            chromium.close()
            return said

    # In a thread of its own: the one of the tests may already drive a browser.
    with ThreadPoolExecutor(1) as driver:
        yield lambda work, **settings: driver.submit(looked, work, **settings).result()
    server.shutdown()
    serving.join()
    server.server_close()


def test_charts_draw_a_bar_for_each_figure_and_a_gap_for_what_is_withheld(look: Look) -> None:
    def marks(page: Page) -> list[int]:
        page.locator(".js-plotly-plot .errorbar path").nth(4).wait_for(state="attached")
        boxes = page.locator("div.chart")
        return [
            boxes.nth(n).locator(kind).count()
            for n in (0, 1)
            for kind in (".barlayer .point path", ".errorbar path", "pattern")
        ]

    # One unit with a score, two withheld; then four questions.
    assert look(marks) == [3, 1, 1, 4, 4, 0]


def test_nothing_reaches_beyond_a_phone(look: Look) -> None:
    wide = "document.documentElement.scrollWidth"
    assert look(lambda page: page.evaluate(wide), viewport={"width": 360, "height": 640}) == 360


def test_without_scripts_every_figure_is_in_a_table(look: Look) -> None:
    def rows(page: Page) -> list[str]:
        return [" ".join(row.inner_text().split()) for row in page.locator("#lines tbody tr").all()]

    assert look(rows, java_script_enabled=False) == [
        "+Chi bộ thôn 11 Không hiển thị do số người trả lời dưới 5 25,0 % 2 8 –",
        "Chi bộ thôn 2 100,0 (68,8–100,0) 40,0 % 8 20 – 8 · 0 · 0 · 0",
        "Chi bộ thôn 10 Không hiển thị để không suy ra được nhóm dưới 5 người 60,0 % 6 10 –",
    ]
