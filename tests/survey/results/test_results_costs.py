"""What a page of results asks of the store and of the browser."""

import json
import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.survey.results.conftest import Province
from tests.survey.results.ground import (
    HOUR,
    NOON,
    hand_in,
    seen,
)

SignIn = Callable[..., FlaskClient]
FINAL = NOON + HOUR
pytestmark = pytest.mark.usefixtures("clock")


# ------------------------------------------------------------------ charts


def charts(page: str) -> list[dict[str, list[dict[str, list[float]]]]]:
    found = re.findall(r'class="chart">({.*?})</script>', page, re.DOTALL)
    return [json.loads(text) for text in found]


def test_charts_draw_what_the_table_says(sign_in: SignIn, answered: Province) -> None:
    page = seen(sign_in("administrator"), answered.sitting, answered.top)
    below, by_item = charts(page)
    assert below["data"][0]["y"] == ["Đảng bộ xã Đăk Tô", "Đảng bộ xã Ba Tơ"]
    assert below["data"][0]["x"] == [68.8, 25.0]
    assert by_item["data"][0]["y"] == ["Câu 4", "Câu 3", "Câu 2", "Câu 1"]


def test_a_page_with_charts_asks_for_nothing_but_files_of_its_own(
    sign_in: SignIn, answered: Province
) -> None:
    answer = sign_in("administrator").get(f"/results/{answered.sitting}/{answered.top}")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "plotly" in answer.text
    assert not re.search(r"<script(?![^>]*(src=|application/json))|style=|onclick", answer.text)


def test_a_page_without_charts_loads_no_chart_library(sign_in: SignIn, province: Province) -> None:
    assert "plotly" not in seen(sign_in("administrator"), province.sitting, province.top)


# ------------------------------------------------------------------ what it costs


def statements(session: Session, look: Callable[[], object]) -> list[str]:
    said: list[str] = []

    def note(*call: object) -> None:
        said.append(str(call[2]))

    event.listen(session.get_bind(), "before_cursor_execute", note)
    look()
    event.remove(session.get_bind(), "before_cursor_execute", note)
    return [text for text in said if not text.startswith("BEGIN")]


def test_a_page_asks_as_much_for_three_units_below_as_for_one(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    browser = sign_in("administrator")
    seen(browser, answered.sitting, answered.top)
    one = statements(session, lambda: seen(browser, answered.sitting, answered.south))
    three = statements(session, lambda: seen(browser, answered.sitting, answered.north))
    assert (len(one), len(three)) == (12, 12)


def test_the_page_of_a_final_sitting_reads_no_sheet(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    hand_in(session, answered.sitting, answered.cells[0], [3] * 300)
    browser = sign_in("administrator")
    first = statements(session, lambda: seen(browser, answered.sitting, answered.top))
    again = statements(session, lambda: seen(browser, answered.sitting, answered.top))
    assert any("FROM sheet" in text for text in first)
    assert not any("FROM sheet" in text for text in again)
