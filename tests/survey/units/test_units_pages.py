"""The pages: what each shows, who may open it, and what it does with what is sent."""

from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey import web
from survey.units import operations, queries
from survey.units.tree import Kind
from tests.conftest import NOON
from tests.survey.units.planting import FOUNDED, TODAY, row, shape, take

pytestmark = pytest.mark.usefixtures("afternoon")

Ids = dict[str, int]
SignIn = Callable[..., FlaskClient]


@pytest.fixture
def admin(sign_in: SignIn) -> FlaskClient:
    return sign_in("administrator")


def told(session: Session) -> dict[str, tuple[str, str | None]]:
    session.rollback()
    return shape(queries.load_tree(session, TODAY))


def today() -> str:
    return TODAY.isoformat()


# ------------------------------------------------------------------ looking


def test_the_first_page_says_how_to_begin(sign_in: SignIn) -> None:
    page = sign_in("administrator").get("/units").text
    assert "Chưa có tổ chức nào" in page
    assert 'href="/units/import"' in page


def test_the_administrator_sees_the_top_and_what_is_below_it(
    admin: FlaskClient, tree_ids: Ids
) -> None:
    page = admin.get("/units").text
    assert "<h1>Đảng bộ tỉnh Quảng Ngãi</h1>" in page
    figures = page.split("<dl", 1)[1].split("</dl>")[0]
    assert [part.split("<")[0] for part in figures.split('"figure">')[1:]] == ["4", "71", "65"]
    names = [part.split("</a>")[0] for part in page.split('<th scope="row">')[1:]]
    assert [name.split(">")[-1] for name in names] == [
        "Chi bộ Văn phòng",
        "Đảng bộ xã Đăk Hà",
        "Đảng bộ xã Đăk Tô",
    ]


def test_an_organiser_sees_the_own_subtree(sign_in: SignIn, tree_ids: Ids) -> None:
    page = sign_in("organiser", tree_ids["DT"]).get("/units").text
    assert "<h1>Đảng bộ xã Đăk Tô</h1>" in page
    assert "Chi bộ thôn 10" in page
    assert "Đăk Hà" not in page


def test_several_trees_stand_side_by_side(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    take(session, row("KT", "", "Đảng bộ tỉnh khác"))
    page = admin.get("/units").text
    assert "Đảng bộ tỉnh khác" in page
    assert "Đảng bộ tỉnh Quảng Ngãi" in page
    assert "Đăk Tô" not in page


@pytest.mark.parametrize(
    ("sort", "first"), [("name", "Văn phòng"), ("-total", "Đăk Tô"), ("total", "Văn phòng")]
)
def test_the_list_is_sorted_as_asked(
    admin: FlaskClient, tree_ids: Ids, sort: str, first: str
) -> None:
    table = admin.get(f"/units?sort={sort}").text.split("<tbody>")[1]
    assert first in table.split("</tr>")[0]


def test_an_unknown_order_is_passed_over(admin: FlaskClient, tree_ids: Ids) -> None:
    assert admin.get("/units?sort=<b>").status_code == 200


@pytest.mark.parametrize("rows", [1, 3])
def test_a_page_costs_the_same_statements_however_long_its_list(
    app: Flask, sign_in: SignIn, session: Session, rows: int
) -> None:
    names = ["a", "b", "c"][:rows]
    take(session, row("QN"), *(row(n, "QN", f"Chi bộ {n}", total=3) for n in names), on=FOUNDED)
    admin = sign_in("administrator")
    asked: list[str] = []
    event.listen(
        app.extensions["survey_engine"],
        "before_cursor_execute",
        lambda *given: asked.append(given[2]),
    )
    assert admin.get("/units").text.count('<th scope="row">') == rows
    assert sum(statement.startswith(("SELECT", "WITH")) for statement in asked) == 3


def test_a_search_shows_the_place_and_the_old_name(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    operations.rename_unit(session, tree_ids["DT2"], name="Chi bộ Rao", on=TODAY, now=web.now())
    page = admin.get("/units?q=thon+2").text
    assert "Chi bộ Rao" in page
    assert "Tên cũ: Chi bộ thôn 2" in page
    assert "Đảng bộ xã Đăk Tô" in page
    assert "Không tìm thấy" in admin.get("/units?q=khong+co").text


def test_a_search_does_not_leave_the_own_subtree(
    sign_in: SignIn, session: Session, tree_ids: Ids
) -> None:
    operations.end_unit(session, tree_ids["VP"], on=TODAY, now=web.now())
    page = sign_in("organiser", tree_ids["DT"]).get("/units?q=chi+bo").text
    assert page.split('class="links"')[1].count("<li>") == 2
    assert "Văn phòng" not in page
    assert "Văn phòng" in sign_in("administrator").get("/units?q=van+phong").text


def test_a_units_page_tells_its_story(admin: FlaskClient, session: Session, tree_ids: Ids) -> None:
    day, now = TODAY, web.now()
    operations.rename_unit(session, tree_ids["DT2"], name="Chi bộ Rao", on=day, now=now)
    operations.set_headcount(session, tree_ids["DT2"], total=21, eligible=19, now=now)
    page = admin.get(f"/units/{tree_ids['DT2']}").text
    assert "<h1>Chi bộ Rao</h1>" in page
    assert "từ 01/07/2025</dt><dd>Chi bộ thôn 2" in page
    assert "<dd>21 / 19</dd>" in page
    assert f'href="/units/{tree_ids["DT"]}"' in page


def test_an_ended_units_page_says_so_and_offers_no_change(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    cell = tree_ids["DT2"]
    operations.end_unit(session, cell, on=TODAY, now=web.now())
    page = admin.get(f"/units/{cell}").text
    assert "đã kết thúc hoạt động" in page
    assert f"/units/{cell}/name" not in page
    assert admin.get(f"/units/{cell}/name").status_code == 404


def test_a_unit_still_to_come_says_from_when(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    coming = operations.found_unit(
        session, code="", kind=Kind.CELL, name="Sau này", parent_id=tree_ids["DT"],
        on=date(2199, 1, 1),
    )  # fmt: skip
    assert "hoạt động từ ngày 01/01/2199" in admin.get(f"/units/{coming}").text


def test_a_unit_that_is_to_end_says_when(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    operations.end_unit(session, tree_ids["DT2"], on=date(2199, 1, 1), now=NOON)
    assert "01/01/2199" in admin.get(f"/units/{tree_ids['DT2']}").text


def test_an_organiser_whose_unit_has_ended_is_told(
    sign_in: SignIn, session: Session, tree_ids: Ids
) -> None:
    operations.end_unit(session, tree_ids["VP"], on=TODAY, now=web.now())
    assert "đã kết thúc hoạt động" in sign_in("organiser", tree_ids["VP"]).get("/units").text


# ------------------------------------------------------------------ changing


def test_a_unit_is_added_below(admin: FlaskClient, session: Session, tree_ids: Ids) -> None:
    sent = {"name": " Chi bộ  thôn 3 ", "kind": "cell", "code": "", "on": today()}
    answer = admin.post(f"/units/{tree_ids['DT']}/new", data=sent)
    assert answer.location == f"/units/{tree_ids['DT']}"
    assert told(session)["DT-01"] == ("Chi bộ thôn 3", "DT")
    assert "Đã thêm “Chi bộ thôn 3”." in admin.get(answer.location).text


def test_the_administrator_founds_a_top(admin: FlaskClient, session: Session) -> None:
    sent = {"name": "Đảng bộ tỉnh", "kind": "province", "code": "T", "on": "01/07/2025"}
    assert admin.post("/units/new", data=sent).location == "/units"
    assert told(session) == {"T": ("Đảng bộ tỉnh", None)}


def test_a_unit_is_renamed_moved_counted_and_ended(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    cell = f"/units/{tree_ids['DT10']}"
    admin.post(f"{cell}/name", data={"name": "Chi bộ Rao", "on": today()})
    admin.post(f"{cell}/parent?q=dak+ha", data={"parent_id": tree_ids["DH"], "on": today()})
    assert told(session)["DT10"] == ("Chi bộ Rao", "DH")
    admin.post(f"{cell}/headcount", data={"total": "31", "eligible": "0"})
    session.rollback()
    assert queries.headcounts(session, web.now())[tree_ids["DT10"]] == (31, 0)
    admin.post(f"{cell}/end", data={"on": today()})
    assert "DT10" not in told(session)


def test_the_administrator_may_set_a_unit_free(
    admin: FlaskClient, session: Session, tree_ids: Ids
) -> None:
    admin.post(f"/units/{tree_ids['DT']}/parent", data={"parent_id": "0", "on": today()})
    assert told(session)["DT"] == ("Đảng bộ xã Đăk Tô", None)


def test_places_offered_are_those_a_unit_may_go_to(admin: FlaskClient, tree_ids: Ids) -> None:
    page = admin.get(f"/units/{tree_ids['DT']}/parent?q=bo").text
    offered = [part.split('"')[0] for part in page.split('type="radio" value="')[1:]]
    assert offered == [str(tree_ids["DH"]), "0"]


REFUSED = {
    "a name already there": ("DT2/name", {"name": "Chi bộ thôn 10"}, "đã có tổ chức tên này"),
    "no name": ("DT2/name", {"name": "  "}, "Cần điền ô này"),
    "a name too long": ("DT2/name", {"name": "x" * 201}, "Nhiều nhất 200 ký tự"),
    "yesterday": ("DT2/name", {"name": "Rao", "on": "2026-11-22"}, "Chọn hôm nay hoặc ngày sau"),
    "no day": ("DT2/name", {"name": "Rao", "on": ""}, "Cần điền ô này"),
    "no such day": ("DT2/name", {"name": "Rao", "on": "31/02/2026"}, "Ngày chưa đúng"),
    "a day of another age": ("DT2/name", {"name": "Rao", "on": "9999-01-01"}, "Ngày chưa đúng"),
    "a code already given": ("DT/new", {"name": "Rao", "code": "VP"}, "Mã này đã có"),
    "a forged kind": ("DT/new", {"name": "Rao", "kind": "x"}, "không có trong danh sách"),
    "below a cell": ("DT2/new", {"name": "Rao"}, "Dưới chi bộ không có"),
    "no place chosen": ("DT2/parent?q=dak", {}, "Chọn cấp trên mới"),
    "a forged place": ("DT2/parent", {"parent_id": "999"}, "không có trong danh sách"),
    "a place that is none": ("DT2/parent", {"parent_id": "x"}, "không có trong danh sách"),
    "below itself": ("DT/parent?q=thon", {"parent_id": "4"}, "không có trong danh sách"),
    "a name there already": ("DT2/parent?q=dak+ha", {"parent_id": "3"}, "đã có tổ chức tên này"),
    "more than all": ("DT2/headcount", {"total": "3", "eligible": "4"}, "không lớn hơn tổng số"),
    "fewer than none": ("DT2/headcount", {"total": "-1", "eligible": "0"}, "Cần một số từ 0"),
    "no number": ("DT2/headcount", {"total": "x", "eligible": "0"}, "Cần điền một số nguyên"),
    "figures of a commune": ("DT/headcount", {"total": "3", "eligible": "3"}, "Chỉ ghi số đảng"),
    "with units below": ("DT/end", {}, "còn tổ chức bên dưới"),
}


@pytest.mark.parametrize(("page", "sent", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_said_at_its_field_and_nothing_typed_is_lost(
    admin: FlaskClient, session: Session, tree_ids: Ids, page: str, sent: dict[str, str], said: str
) -> None:
    assert (tree_ids["DH"], tree_ids["DT10"]) == (3, 4)
    before = told(session)
    code, rest = page.split("/", 1)
    given = {"on": today(), "kind": "cell"} | sent
    answer = admin.post(f"/units/{tree_ids[code]}/{rest}", data=given)
    assert answer.status_code == 200
    assert said in answer.text
    if sent.get("name", "").strip():
        assert f'value="{sent["name"]}"' in answer.text
    assert told(session) == before


@pytest.mark.parametrize("page", ["new", "name", "parent", "headcount", "end"])
def test_a_form_sent_with_nothing_in_it_is_answered_with_itself(
    admin: FlaskClient, tree_ids: Ids, page: str
) -> None:
    assert admin.post(f"/units/{tree_ids['DT2']}/{page}").status_code == 200


# ------------------------------------------------------------------ rights

PAGES = ["", "/new", "/name", "/parent", "/headcount", "/end"]
# Who opens which of the pages above, of the commune DT and of its cell DT2.
ROLES = {
    "administrator": (None, [200] * 6, [200] * 6),
    "organiser above": ("QN", [200] * 6, [200] * 6),
    "organiser here": ("DT", [200, 200, 200, 403, 200, 403], [200] * 6),
    "organiser beside": ("DH", [403] * 6, [403] * 6),
    "viewer above": ("QN", [200, *[403] * 5], [200, *[403] * 5]),
    "viewer beside": ("DH", [403] * 6, [403] * 6),
    "secretary": ("DT2", [403] * 6, [403] * 6),
}


@pytest.mark.parametrize(("top", "commune", "cell"), ROLES.values(), ids=ROLES)
def test_who_opens_which_page_of_a_unit(
    sign_in: SignIn,
    tree_ids: Ids,
    top: str | None,
    commune: list[int],
    cell: list[int],
    request: pytest.FixtureRequest,
) -> None:
    role = request.node.callspec.id.split()[0]
    browser = sign_in(role, tree_ids[top] if top else None)
    for code, expected in [("DT", commune), ("DT2", cell)]:
        opened = [browser.get(f"/units/{tree_ids[code]}{page}").status_code for page in PAGES]
        assert opened == expected


@pytest.mark.parametrize("role", ["organiser", "viewer", "secretary"])
def test_only_the_administrator_founds_a_top(
    sign_in: SignIn, session: Session, tree_ids: Ids, role: str
) -> None:
    browser = sign_in(role, tree_ids["QN"])
    sent = {"name": "Đảng bộ khác", "kind": "province", "on": today()}
    assert browser.get("/units/new").status_code == 403
    assert browser.post("/units/new", data=sent).status_code == 403
    assert len(told(session)) == 7


def test_an_organiser_moves_units_only_within_the_own_subtree(
    sign_in: SignIn, session: Session, tree_ids: Ids
) -> None:
    browser = sign_in("organiser", tree_ids["DT"])
    for parent in (tree_ids["DH"], 0):
        answer = browser.post(
            f"/units/{tree_ids['DT2']}/parent?q=dak", data={"parent_id": parent, "on": today()}
        )
        assert "không có trong danh sách" in answer.text
    assert told(session)["DT2"] == ("Chi bộ thôn 2", "DT")


@pytest.mark.parametrize("page", [*PAGES, "?q=a"])
def test_a_stranger_is_sent_to_sign_in_and_learns_nothing(
    client: FlaskClient, tree_ids: Ids, page: str
) -> None:
    for unit_id in (tree_ids["DT"], 999):
        answer = client.get(f"/units/{unit_id}{page}")
        assert answer.status_code == 302
        assert answer.location.startswith("/sign-in?")
        assert client.post(f"/units/{unit_id}{page}").status_code in {401, 405}


@pytest.mark.parametrize("page", PAGES)
def test_a_unit_that_never_was_is_not_found(admin: FlaskClient, tree_ids: Ids, page: str) -> None:
    for never in (999, 10**30):
        assert admin.get(f"/units/{never}{page}").status_code == 404
