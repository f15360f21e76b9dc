"""What the pieces of pages promise to those who build pages, and to those who read them aloud."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask, render_template, render_template_string
from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    FieldList,
    FormField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from survey import config, web
from tests.conftest import SETTINGS

ROOT = Path(__file__).resolve().parent.parent
HALLS = [SelectChoice("1", "Hội trường Tỉnh ủy"), SelectChoice("2", "Xã Đăk Tô")]
Render = Callable[..., str]


class Line(web.Form):
    text = StringField("Phương án", [DataRequired()])


class Sample(web.Form):
    name = StringField("Tên đợt", [DataRequired()])
    note = TextAreaField("Ghi chú", [Optional()])
    show = RadioField("Thấy gì", choices=HALLS, validators=[DataRequired()])
    halls = SelectMultipleField(
        "Điểm cầu", choices=HALLS, option_widget=CheckboxInput(), widget=ListWidget()
    )
    stay = BooleanField("Giữ đăng nhập")
    lines = FieldList(FormField(Line))


class Elements(HTMLParser):
    """The elements of a page, as (tag, attributes), and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str, **wanted: str) -> list[dict[str, str | None]]:
        return [
            attributes
            for found, attributes in self.found
            if found == tag and wanted.items() <= attributes.items()
        ]


@pytest.fixture
def pages(tmp_path: Path) -> Flask:
    """Templates and what all pages share, without any room."""
    app = Flask(
        "survey",
        root_path=str(ROOT / "survey"),
        static_folder=str(ROOT / "static"),
        instance_path=str(tmp_path),
    )
    config.load(app, SETTINGS)
    web.init_app(app)
    return app


@pytest.fixture
def render(pages: Flask) -> Render:
    """`render(source, path="/", **values)` -> the HTML of a scrap that uses the macros."""
    imports = (
        '{% import "macros/form.html" as forms %}{% import "macros/table.html" as tables %}'
        '{% import "macros/bits.html" as bits %}'
    )

    def made(source: str, path: str = "/", **values: object) -> str:
        with pages.test_request_context(path):
            return render_template_string(imports + source, **values)

    return made


def filled(pages: Flask, values: list[tuple[str, str]]) -> Sample:
    with pages.test_request_context():
        form = Sample(formdata=MultiDict(values), meta={"csrf": False})
        form.validate()
        return form


# ------------------------------------------------------------------ forms


def test_a_field_is_tied_to_its_label_its_hint_and_what_is_wrong(
    pages: Flask, render: Render
) -> None:
    page = Elements(
        render('{{ forms.field(f.name, hint="Ví dụ", rows=2) }}', f=filled(pages, [("name", "")]))
    )
    (field,) = page.all("input")
    assert page.all("label") == [{"for": field["id"]}]
    assert (field["aria-describedby"], field["aria-invalid"]) == ("name-hint name-wrong", "true")
    assert field["rows"] == "2"
    ids = {attributes.get("id") for _tag, attributes in page.found}
    assert {"name-hint", "name-wrong"} <= ids
    assert "Cần điền ô này." in page.text


def test_a_field_in_order_says_nothing_of_errors(pages: Flask, render: Render) -> None:
    page = Elements(render("{{ forms.field(f.name) }}", f=filled(pages, [("name", "Đợt 1")])))
    (field,) = page.all("input")
    assert "aria-invalid" not in field
    assert "aria-describedby" not in field
    assert field["value"] == "Đợt 1"


def test_a_field_that_may_stay_empty_says_so(pages: Flask, render: Render) -> None:
    form = filled(pages, [])
    assert "(không bắt buộc)" in render("{{ forms.field(f.note) }}", f=form)
    assert "(không bắt buộc)" not in render("{{ forms.field(f.name) }}", f=form)


@pytest.mark.parametrize(("name", "kind"), [("show", "radio"), ("halls", "checkbox")])
def test_a_choice_is_a_group_with_a_legend(
    pages: Flask, render: Render, name: str, kind: str
) -> None:
    page = Elements(render("{{ forms.field(f[name]) }}", f=filled(pages, []), name=name))
    assert [box["id"] for box in page.all("fieldset")] == [name]
    assert len(page.all("legend")) == 1
    assert [box["value"] for box in page.all("input", type=kind)] == ["1", "2"]
    assert len(page.all("label", **{"class": "choice"})) == 2


def test_a_tick_has_its_words_beside_it(pages: Flask, render: Render) -> None:
    page = Elements(render("{{ forms.field(f.stay) }}", f=filled(pages, [("stay", "y")])))
    assert page.all("input", type="checkbox")[0]["checked"] is None
    assert page.text.split() == ["Giữ", "đăng", "nhập"]


def test_the_summary_leads_to_every_field_that_is_wrong(pages: Flask, render: Render) -> None:
    form = filled(pages, [("name", ""), ("lines-0-text", ""), ("lines-1-text", "một")])
    source = "{{ forms.error_summary(f) }}{% for x in (f.name, f.show) %}{{ forms.field(x) }}"
    source += "{% endfor %}{{ forms.field(f.lines[0].form.text) }}"
    page = Elements(render(source, f=form))
    links = [link["href"] for link in page.all("a")]
    assert links == ["#name", "#show", "#lines-0-text"]
    ids = {attributes.get("id") for _tag, attributes in page.found}
    assert {str(link)[1:] for link in links} <= ids
    assert len(page.all("h2", tabindex="-1")) == 1


def test_a_form_in_order_has_no_summary(pages: Flask, render: Render) -> None:
    form = filled(pages, [("name", "Đợt 1"), ("show", "1")])
    assert not render("{{ forms.error_summary(f) }}", f=form).strip()


def test_a_step_with_a_consequence_says_it_before_the_button_that_does_it(render: Render) -> None:
    source = (
        '{% call forms.confirm("Kết thúc", "Không mở lại được.", "/close", "Kết thúc ngay",'
        ' values={"hall": 3}) %}<input name="why">{% endcall %}'
    )
    html = render(source)
    page = Elements(html)
    assert html.index("Không mở lại được.") < html.index("Kết thúc ngay")
    assert [form["action"] for form in page.all("form", method="post")] == ["/close"]
    carried = {field["name"]: field.get("value") for field in page.all("input")}
    assert list(carried) == ["csrf_token", "hall", "why"]
    assert carried["hall"] == "3"
    assert carried["csrf_token"]


# ------------------------------------------------------------------ lists


def test_a_header_sorts_by_its_column_and_keeps_the_search(render: Render) -> None:
    source = '{{ tables.sort_header("Tên", "name", sort) }}'
    path = "/?q=%C4%91%C4%83k+t%C3%B4&state=open&state=closed&sort=x&page=3"
    up = Elements(render(source, path, sort="-name"))
    kept = "?q=%C4%91%C4%83k%20t%C3%B4&state=open&state=closed&sort="
    assert up.all("a")[0]["href"] == kept + "name"
    assert up.all("th")[0]["aria-sort"] == "descending"
    down = Elements(render(source, path, sort="name"))
    assert down.all("a")[0]["href"] == kept + "-name"
    other = Elements(render(source, path, sort="size"))
    assert "aria-sort" not in other.all("th")[0]


@pytest.mark.parametrize("query", ['?"><script>=1', "?endpoint=x&_external=1", "?%00=%FF"])
def test_a_strange_address_does_no_harm_to_the_links_of_a_list(render: Render, query: str) -> None:
    source = '{{ tables.sort_header("Tên", "name", "") }}{{ tables.pager(2, 3) }}'
    page = Elements(render(source, "/" + query))
    assert len(page.all("a")) == 3
    assert page.all("script") == []


@pytest.mark.parametrize(
    ("page", "pages_", "leads"), [(1, 1, []), (1, 3, ["2"]), (2, 3, ["1", "3"]), (3, 3, ["2"])]
)
def test_the_pager_leads_where_there_is_something(
    render: Render, page: int, pages_: int, leads: list[str]
) -> None:
    html = render("{{ tables.pager(page, pages) }}", "/?q=a", page=page, pages=pages_)
    assert [str(link["href"]) for link in Elements(html).all("a")] == [
        f"?q=a&page={n}" for n in leads
    ]


# ------------------------------------------------------------------ small pieces


def test_a_share_is_said_in_figures_and_drawn(render: Render) -> None:
    page = Elements(render("{{ bits.meter(351, 388) }}"))
    assert page.text.strip() == "351/388 (90,5\u00a0%)"
    assert page.all("rect", **{"class": "fill"})[0]["width"] == "90.46%"


def test_a_share_above_the_whole_is_said_and_fills_the_bar(render: Render) -> None:
    page = Elements(render("{{ bits.meter(25, 20) }}"))
    assert "(125,0\u00a0%)" in page.text
    assert page.all("rect", **{"class": "fill"})[0]["width"] == "100%"


def test_a_share_of_nothing_known_is_a_count(render: Render) -> None:
    page = Elements(render("{{ bits.meter(25, 0) }}"))
    assert (page.text.strip(), page.all("svg")) == ("25", [])


def test_a_mean_shows_its_interval_where_it_has_one(render: Render) -> None:
    page = Elements(render("{{ bits.mean_bar(86.3, (80, 92.126)) }}"))
    line = page.all("line")[0]
    assert (line["x1"], line["x2"]) == ("80%", "92.13%")
    assert Elements(render("{{ bits.mean_bar(86.3) }}")).all("line") == []


def test_every_state_of_a_sitting_has_a_word_and_a_shape_of_its_own(render: Render) -> None:
    seen = [
        Elements(render("{{ bits.state(value) }}", value=value))
        for value in ("planned", "open", "paused", "closed")
    ]
    words = [page.text.strip() for page in seen]
    shapes = [page.all("use")[0]["href"] for page in seen]
    assert words == ["Chưa mở", "Đang mở", "Tạm dừng", "Đã kết thúc"]
    assert len(set(shapes)) == 4


@pytest.mark.parametrize("figure", [{"x": "</script><b>"}, '{"x": "</script><b>"}'])
def test_a_figure_cannot_leave_its_element(render: Render, figure: object) -> None:
    html = render('{{ bits.chart(figure, "Một câu") }}', figure=figure)
    assert html.count("</script>") == 1
    assert "<b>" not in html


# ------------------------------------------------------------------ whole pages


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 413, 429, 500, 503])
def test_an_error_says_what_happened_and_leads_back(pages: Flask, code: int) -> None:
    with pages.test_request_context():
        page = Elements(render_template("error.html", code=code, home_url="/desk"))
    assert f"Mã lỗi {code}" in page.text
    assert len(page.all("h1")) == 1
    assert [link["href"] for link in page.all("a", **{"class": "button primary"})] == ["/desk"]


def test_a_page_is_framed_for_whoever_is_signed_in(pages: Flask) -> None:
    class Someone:
        name = "Y Thảo"

    rooms = [{"url": "/a", "label": "A"}, {"url": "/b", "label": "B", "current": True}]
    with pages.test_request_context("/x?lang=en&q=1"):
        page = Elements(
            render_template("layout.html", account=Someone, sign_out_url="/sign-out", nav=rooms)
        )
    assert page.all("html")[0]["lang"] == "en"
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    assert page.all("a", **{"aria-current": "page"})[0]["href"] == "/b"
    assert [form["action"] for form in page.all("form", method="post")] == ["/sign-out"]
    assert page.all("a", hreflang="vi")[0]["href"] == "/x?q=1&lang=vi"
    assert page.all("nav", **{"class": "breadcrumb"}) == []


def test_a_strangers_page_sets_no_cookie(pages: Flask) -> None:
    """The token of the sign-out form would begin a session."""
    pages.add_url_rule("/x", view_func=lambda: render_template("layout.html"))
    answer = pages.test_client().get("/x")
    assert "Set-Cookie" not in answer.headers
    assert "<form" not in answer.text
