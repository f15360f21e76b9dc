"""The way from a resolution to a paper in the cells' hands, by forms as a browser sends them, with
their tokens and without a script."""

import html
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.papers import queries
from tests.survey.papers.stage import Stage, fresh

FORM = re.compile(r'<form method="post"([^>]*)>(.*?)</form>', re.DOTALL)
FIELD = re.compile(r"<(input|textarea|select)([^>]*)>(?:(.*?)</\1>)?", re.DOTALL)


class Browser:
    """Opens pages and presses buttons; sends a form as it stands, with what was typed into it."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.path, self.page = "", ""

    def open(self, path: str) -> str:
        answer = self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, (path, answer.status_code)
        self.path, self.page = answer.request.full_path.rstrip("?"), answer.text
        return self.page

    def press(self, button: str, **typed: object) -> str:
        """Send the form that holds the button with these words on it."""
        action, sent = self._form(button)
        answer = self.client.post(action or self.path, data=sent | typed, follow_redirects=True)
        assert answer.status_code == 200, (button, answer.status_code)
        self.path, self.page = answer.request.full_path.rstrip("?"), answer.text
        return self.page

    def _form(self, button: str) -> tuple[str, dict[str, object]]:
        for attributes, inside in FORM.findall(self.page):
            found = re.search(rf"<button([^>]*)>(?:<svg.*?</svg>)?\s*{re.escape(button)}", inside)
            if found:
                action = re.search(r'action="([^"]*)"', attributes)
                sent = _values(inside) | _named(found[1])
                return html.unescape(action[1]) if action else "", sent
        raise AssertionError(f"no button {button} at {self.path}")


def _named(attributes: str) -> dict[str, object]:
    name = re.search(r'name="([^"]*)"', attributes)
    value = re.search(r'value="([^"]*)"', attributes)
    return {name[1]: html.unescape(value[1] if value else "")} if name else {}


def _values(inside: str) -> dict[str, object]:
    sent: dict[str, list[object]] = {}
    for tag, attributes, content in FIELD.findall(inside):
        unmarked = "radio" in attributes or "checkbox" in attributes
        if unmarked and "checked" not in attributes:
            continue
        for name, value in _named(attributes).items():
            told = {"textarea": html.unescape(content), "select": _selected(content)}
            sent.setdefault(name, []).append(told.get(tag, value))
    return dict(sent)


def _selected(content: str) -> str:
    options = re.findall(r'<option([^>]*)value="([^"]*)"', content)
    marked = [value for attributes, value in options if "selected" in attributes]
    return [*marked, *(value for _, value in options), ""][0]


@pytest.fixture
def browser(app: Flask, sign_in: Callable[..., FlaskClient], stage: Stage) -> Browser:
    app.config["WTF_CSRF_ENABLED"] = True
    return Browser(sign_in("organiser", stage.north))


def test_from_a_resolution_to_the_cells(browser: Browser, session: Session, stage: Stage) -> None:
    browser.open("/resolutions/new")
    browser.press(
        "Lưu nghị quyết",
        number="59-NQ/TW",
        title="Về hội nhập quốc tế",
        issuer="Bộ Chính trị",
        dated="2025-01-24",
        url="https://chinhphu.example.vn/59",
        public="y",
    )
    resolution = browser.path
    browser.press("Thêm các mục", lines="Mục I: Tình hình.\nMục II: Quan điểm.")
    browser.open(f"{resolution}/items/new")
    page = browser.press(
        "Lưu câu hỏi", stem="Hội nhập là sự nghiệp của ai?", option=["Toàn dân", "Một ngành"]
    )
    assert "Chưa đánh dấu phương án đúng." in page
    page = browser.press("Lưu câu hỏi", right="0")
    assert "Đã lưu câu hỏi." in page

    browser.open(f"{resolution}/import")
    text = "Câu 1: Có mấy mục?\nA. Một\nB. Hai\nĐáp án: B\nMục: Mục I\nCâu 2: Thiếu?\nA. Có\nB. Sai"
    page = browser.press("Đọc và xem lại", text=text)
    assert "Đưa 1 câu vào ngân hàng" in page
    page = browser.press("Đưa 1 câu vào ngân hàng", **{"key-1": "1"})
    assert "Đã đưa 2 câu vào ngân hàng." in page

    browser.open(f"/papers/new?resolution={resolution.rsplit('/', 1)[1]}")
    browser.press("Tạo đề và chọn câu hỏi", title="Đề hội nhập")
    shown = re.findall(r'name="shown" value="(\d+)"', browser.page)
    browser.press("Lưu các câu đã chọn", item=shown)
    page = browser.press("Ban hành")
    assert "Đã ban hành đề lần 1." in page
    edition = int(browser.path.rsplit("/", 1)[1])
    browser.open(f"/editions/{edition}/provide")
    page = browser.press("Cấp đề")
    assert "Đã cấp đề cho chi bộ" in page

    (period,) = queries.periods_of(fresh(session), edition)
    path = (stage.province, stage.north, stage.cell)
    assert [row.id for row in queries.provided(session, path, period)] == [edition]
    paper = queries.load_paper(session, edition)
    assert [(item.stem, sorted(item.key)) for item in paper.items] == [
        ("Hội nhập là sự nghiệp của ai?", [0]),
        ("Có mấy mục?", [1]),
        ("Thiếu?", [1]),
    ]
    assert [clause.label for clause in paper.clauses] == ["Mục I"]


@pytest.mark.parametrize("ending", ["gift", "xlsx"])
def test_what_one_bank_gives_out_another_takes_in(
    browser: Browser, session: Session, stage: Stage, ending: str
) -> None:
    given = browser.client.get(f"/resolutions/{stage.resolution}/items.{ending}")
    browser.open(f"/resolutions/{stage.resolution}/import")
    browser.press("Đọc và xem lại", file=(io.BytesIO(given.data), f"cau.{ending}"))
    browser.press("Đưa 2 câu vào ngân hàng")
    rows = [row.item for row in queries.bank(fresh(session), stage.resolution)]
    told = [
        (row.stem, row.kind, row.explanation, [(o.text, o.correct) for o in row.options])
        for row in rows
    ]
    assert told[2:] == told[:2]


def test_a_form_without_its_token_changes_nothing(
    browser: Browser, session: Session, stage: Stage
) -> None:
    answer = browser.client.post(f"/items/{stage.items[0]}/delete")
    assert answer.status_code == 400
    assert len(queries.bank(fresh(session), stage.resolution)) == 2
