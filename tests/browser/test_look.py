"""Charts, dialogs, filters and letters, in a real Chromium under the policy of every page."""

import threading
from collections.abc import Iterator
from pathlib import Path

import plotly.graph_objects as go
import pytest
from flask import Flask, render_template_string
from playwright.sync_api import Browser, Page, expect
from werkzeug.serving import make_server

from survey import config, web
from tests.conftest import SETTINGS

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent.parent
CELLS = ["Chi bộ thôn 2", "Chi bộ Trường Mầm non Sơn Ca, xã Ia H’Drai", "Chi bộ thôn 10"]

HEAD = """{% extends "layout.html" %}{% import "macros/bits.html" as bits %}
{% import "macros/form.html" as forms %}{% import "macros/table.html" as tables %}
"""
CHARTS = """{% block scripts %}{{ bits.chart_scripts() }}{% endblock %}{% block main %}
{% for figure in figures %}{{ bits.chart(figure, "Một câu") }}{% endfor %}{% endblock %}"""
TOOLS = """{% block main %}
{{ forms.confirm("Kết thúc", "Không mở lại được.", "/done", "Kết thúc ngay") }}
{{ forms.post_button("/slow", "Lưu") }}
<button data-copy="https://khaosat.test">Chép</button>
{{ tables.live_filter("cells", "Lọc") }}
<table id="cells"><tbody>{% for cell in cells %}<tr><td>{{ cell }}</td></tr>{% endfor %}
</tbody></table>{% endblock %}"""


def figures() -> list[str]:
    """One of every kind that pages draw, as Python hands it over."""
    sideways = {"orientation": "h", "y": CELLS}
    whiskers = {"type": "data", "symmetric": False, "array": [2, 3, 4], "arrayminus": [3, 3, 1]}
    return [
        go.Figure(go.Bar(x=[86.3, 81, 61.9], error_x=whiskers, **sideways)).to_json(),
        go.Figure(
            [
                go.Bar(x=[40, 30, 20], meta={"colour": "band-1"}, **sideways),
                go.Bar(x=[60, 70, 80], meta={"colour": "band-4"}, **sideways),
            ],
            {"barmode": "stack"},
        ).to_json(),
        go.Figure(go.Heatmap(z=[[80, 70], [60, 55], [1, 2]], x=["1", "2"], y=CELLS)).to_json(),
        go.Figure(go.Scatter(x=[1, 2, 3], y=[1.5, 2, 3], mode="markers")).to_json(),
        go.Figure(go.Box(y=[1, 2, 3, 9], name="Trước")).to_json(),
        go.Figure(go.Pie(labels=["a", "b"], values=[1, 2])).to_json(),
    ]


class Pages:
    """A server of pages made of the pieces, with the headers of every page."""

    def __init__(self, instance: Path) -> None:
        self.posted: list[str] = []
        app = Flask(
            "survey",
            root_path=str(ROOT / "survey"),
            static_folder=str(ROOT / "static"),
            instance_path=str(instance),
        )
        config.load(app, {"SECRET_KEY": SETTINGS["SECRET_KEY"]})
        web.init_app(app)
        app.add_url_rule("/charts", view_func=self._charts)
        app.add_url_rule("/tools", view_func=self._tools)
        app.add_url_rule("/<path:what>", view_func=self._post, methods=["POST"])
        self.server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self.server.port}"

    def _charts(self) -> str:
        return render_template_string(HEAD + CHARTS, figures=figures())

    def _tools(self) -> str:
        return render_template_string(HEAD + TOOLS, cells=CELLS)

    def _post(self, what: str) -> tuple[str, int]:
        self.posted.append(what)
        return "", 204  # the browser stays on its page


@pytest.fixture(scope="module")
def made_pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pages]:
    pages = Pages(tmp_path_factory.mktemp("look"))
    thread = threading.Thread(target=pages.server.serve_forever)
    thread.start()
    yield pages
    pages.server.shutdown()
    thread.join()
    pages.server.server_close()


@pytest.fixture
def tab(browser: Browser) -> Iterator[Page]:
    """A tab that remembers what the page's policy refused."""
    context = browser.new_context(viewport={"width": 1366, "height": 768}, accept_downloads=True)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.add_init_script(
        "window.refused = []; document.addEventListener('securitypolicyviolation', (event) =>"
        " refused.push([event.effectiveDirective, event.target.tagName]))"
    )
    yield page
    context.close()


def drawn(tab: Page, address: str) -> None:
    tab.goto(f"{address}/charts")
    tab.wait_for_function("document.querySelectorAll('.js-plotly-plot .main-svg').length >= 12")


def test_every_kind_of_chart_draws_its_marks(made_pages: Pages, tab: Page) -> None:
    drawn(tab, made_pages.address)
    count = "(boxes, [n, marks]) => boxes[n].querySelectorAll(marks).length"
    wanted = [
        (0, ".barlayer .point path", 3),
        (0, ".errorbar path", 3),
        (1, ".barlayer .point path", 6),
        (2, ".heatmaplayer image", 1),
        (3, ".scatterlayer .point", 3),
        (4, ".boxlayer path.box", 1),
        (5, ".pielayer .slice", 2),
    ]
    found = [
        (n, marks, tab.locator("div.chart").evaluate_all(count, [n, marks]))
        for n, marks, _many in wanted
    ]
    assert found == wanted


def test_bars_and_points_need_nothing_that_the_policy_forbids(made_pages: Pages, tab: Page) -> None:
    """A heatmap alone asks for a style on its image and its scale; our sheet gives the same."""
    drawn(tab, made_pages.address)
    refused = tab.evaluate("refused.map(([rule, tag]) => `${rule} ${tag}`)")
    assert set(refused) == {"style-src-attr rect", "style-src-attr image"}
    rendering = "image => getComputedStyle(image).imageRendering"
    assert tab.locator(".heatmaplayer image").evaluate(rendering) == "pixelated"
    # Without Plotly's own rules the layers of a chart would lie below one another.
    assert (
        tab.locator(".main-svg").first.evaluate("e => getComputedStyle(e).position") == "absolute"
    )


def test_a_chart_takes_the_pages_colours_and_vietnamese_figures(
    made_pages: Pages, tab: Page
) -> None:
    drawn(tab, made_pages.address)
    fill = "path => getComputedStyle(path).fill"
    assert tab.locator(".barlayer .point path").first.evaluate(fill) == "rgb(191, 75, 69)"
    band = tab.locator("div.chart").nth(1).locator(".point path").first
    assert band.evaluate(fill) == "rgb(23, 63, 59)"
    ticks = tab.locator("div.chart").nth(3).locator(".ytick text").all_text_contents()
    assert ticks[:3] == ["1,4", "1,6", "1,8"]


def test_long_names_are_broken_so_that_bars_keep_their_room_on_a_phone(
    made_pages: Pages, tab: Page
) -> None:
    tab.set_viewport_size({"width": 360, "height": 640})
    drawn(tab, made_pages.address)
    assert tab.evaluate("document.documentElement.scrollWidth") == 360
    lines = tab.locator("div.chart").first.locator(".ytick tspan").all_text_contents()
    assert lines == ["Chi bộ Trường", "Mầm non Sơn Ca,", "xã Ia H’Drai"]
    # Three names of three lines each need this much, and a figure that says no height gets it.
    height = tab.locator("div.chart").first.evaluate("box => box._fullLayout.height")
    assert height == 3 * (3 * 17 + 6) + 90
    widths = tab.evaluate(
        "[...document.querySelectorAll('div.chart')].slice(0, 2)"
        ".map(box => box._fullLayout._size.w / box.clientWidth)"
    )
    assert min(widths) > 0.4


def test_a_chart_can_be_taken_away_as_a_picture(made_pages: Pages, tab: Page) -> None:
    drawn(tab, made_pages.address)
    tab.locator("div.chart").first.hover()
    with tab.expect_download() as download:
        tab.locator(".modebar-btn").first.click()
    assert download.value.path().read_text(encoding="utf-8").startswith("<svg")


def test_the_desks_letters_are_all_in_the_font(made_pages: Pages, tab: Page) -> None:
    """A letter that the font lacks is drawn by the next one, here with a width of its own."""
    tab.goto(f"{made_pages.address}/tools")
    missing = tab.evaluate(
        """async (letters) => {
          const context = document.createElement("canvas").getContext("2d");
          const width = (letter, weight, family) => {
            context.font = `${weight} 100px ${family}`;
            return context.measureText(letter).width;
          };
          const lacking = [];
          for (const weight of [400, 700]) {
            await document.fonts.load(`${weight} 100px "Noto Sans"`, letters);
            for (const letter of letters) {
              const next = width(letter, weight, "monospace");
              if (width(letter, weight, '"Noto Sans", monospace') === next) lacking.push(letter);
            }
          }
          return lacking;
        }""",
        "aăâbcdđeêghiklmnoôơpqrstuưvxyẰẵấỆỉịỗợửựỷỹƀɃĕĔĭĬŏŎŭŬčČñÑ0123456789%–“”…₫",
    )
    assert missing == []


def test_a_step_with_a_consequence_asks_in_a_dialog(made_pages: Pages, tab: Page) -> None:
    tab.goto(f"{made_pages.address}/tools")
    tab.get_by_text("Kết thúc", exact=True).click()
    dialog = tab.get_by_role("dialog", name="Kết thúc")
    expect(dialog).to_contain_text("Không mở lại được.")
    expect(dialog.get_by_role("button", name="Thôi")).to_be_focused()
    dialog.get_by_role("button", name="Thôi").click()
    expect(dialog).to_have_count(0)
    tab.get_by_text("Kết thúc", exact=True).click()
    before = len(made_pages.posted)
    with tab.expect_response("**/done"):
        dialog.get_by_role("button", name="Kết thúc ngay").click()
    assert made_pages.posted[before:] == ["done"]


def test_the_same_step_without_scripts_says_the_consequence_first(
    made_pages: Pages, browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{made_pages.address}/tools")
    expect(page.get_by_text("Không mở lại được.")).to_be_hidden()
    page.get_by_text("Kết thúc", exact=True).click()
    expect(page.get_by_text("Không mở lại được.")).to_be_visible()
    before = len(made_pages.posted)
    with page.expect_response("**/done"):
        page.get_by_role("button", name="Kết thúc ngay").click()
    assert made_pages.posted[before:] == ["done"]
    context.close()


def test_a_second_press_sends_nothing_twice(made_pages: Pages, tab: Page) -> None:
    tab.goto(f"{made_pages.address}/tools")
    before = len(made_pages.posted)
    with tab.expect_response("**/slow"):
        tab.get_by_role("button", name="Lưu").dblclick()
    expect(tab.get_by_role("button", name="Đang gửi…")).to_be_disabled()
    assert made_pages.posted[before:] == ["slow"]


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        ("thon 10", ["Chi bộ thôn 10"]),
        ("IA H'DRAI mam", [CELLS[1]]),
        ("chi bộ THÔN", ["Chi bộ thôn 2", "Chi bộ thôn 10"]),
        ("xa la", []),
        ("", CELLS),
    ],
)
def test_the_filter_folds_as_the_search_does(
    made_pages: Pages, tab: Page, typed: str, left: list[str]
) -> None:
    tab.goto(f"{made_pages.address}/tools")
    tab.get_by_label("Lọc").fill("x")
    tab.get_by_label("Lọc").fill(typed)
    assert [row.inner_text() for row in tab.locator("#cells tr:visible").all()] == left
    said = f"{len(left)}/3" if left else "Không có dòng nào khớp."
    expect(tab.get_by_role("status")).to_have_text(said)
