"""Who sees which results, and where the way to them leads."""

import re
from collections.abc import Callable
from functools import cache

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey import db
from survey.sittings.models import HallUnit
from tests.survey.results.conftest import Province
from tests.survey.results.ground import (
    HOUR,
    NOON,
    add_conference,
    add_sitting,
    add_unit,
    seen,
    words,
)

SignIn = Callable[..., FlaskClient]
FINAL = NOON + HOUR
pytestmark = pytest.mark.usefixtures("clock")


@pytest.mark.parametrize("more", ["", "/print", "/results.xlsx", "/units.csv"])
def test_each_sees_the_own_subtree_and_nothing_else(
    client: FlaskClient, sign_in: SignIn, answered: Province, more: str
) -> None:
    top, north, south, cell = answered.top, answered.north, answered.south, answered.cells[0]

    def codes(browser: FlaskClient) -> list[int]:
        pages = (f"/results/{answered.sitting}/{unit}{more}" for unit in (top, north, south, cell))
        return [browser.get(page).status_code for page in pages]

    assert codes(client) == [302, 302, 302, 302]
    assert codes(sign_in("administrator")) == [200, 200, 200, 200]
    assert codes(sign_in("organiser", top)) == [200, 200, 200, 200]
    assert codes(sign_in("viewer", north)) == [403, 200, 403, 200]
    assert codes(sign_in("organiser", south)) == [403, 403, 200, 403]
    assert codes(sign_in("secretary", cell)) == [403, 403, 403, 200]


def test_the_way_up_ends_where_the_account_begins(sign_in: SignIn, answered: Province) -> None:
    page = seen(sign_in("viewer", answered.north), answered.sitting, answered.cells[0])
    above = page.split('class="breadcrumb"')[1].split("</nav>")[0]
    links = re.findall(r'<a href="[^"]+">([^<]+)</a>', above)
    assert links == ["Kết quả", "Đảng bộ xã Đăk Tô"]
    assert "Đảng bộ tỉnh Quảng Ngãi" in above


@pytest.mark.parametrize(
    "path", ["/results/9", "/results/9/1", "/results/1/99", "/results/1/1/people.csv"]
)
def test_what_does_not_exist_is_not_found(sign_in: SignIn, answered: Province, path: str) -> None:
    assert sign_in("administrator").get(path).status_code == 404


def test_a_sitting_leads_to_the_own_unit_in_it(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    with db.writing(session):
        stranger = add_unit(session, "X", "Đảng bộ khác")
        check = add_sitting(session, answered.cells[0], answered.edition)

    browsers = cache(sign_in)

    def leads_to(role: str, unit: int | None, sitting: int = answered.sitting) -> str | None:
        return browsers(role, unit).get(f"/results/{sitting}").location

    base = f"/results/{answered.sitting}"
    assert leads_to("administrator", None) == f"{base}/{answered.top}"
    assert leads_to("organiser", answered.top) == f"{base}/{answered.top}"
    assert leads_to("viewer", answered.north) == f"{base}/{answered.north}"
    assert leads_to("viewer", answered.south) == f"{base}/{answered.cells[3]}"  # all it has
    assert leads_to("secretary", answered.cells[1]) == f"{base}/{answered.cells[1]}"
    assert leads_to("viewer", stranger) is None
    cell = f"/results/{check}/{answered.cells[0]}"
    assert leads_to("organiser", answered.top, check) == cell
    assert leads_to("secretary", answered.cells[1], check) is None


def test_halls_stand_on_the_page_of_the_whole_for_whoever_may_see_it(
    session: Session, sign_in: SignIn, answered: Province
) -> None:
    page = words(seen(sign_in("organiser", answered.top), answered.sitting, answered.top))
    assert "Theo điểm cầu" in page
    assert "Hội trường Đăk Tô 68,8 (57,0–80,5) – 24 –" in page
    assert "Theo điểm cầu" not in words(
        seen(sign_in("organiser", answered.north), answered.sitting, answered.north)
    )


def test_halls_are_not_for_a_unit_that_holds_all_who_were_called_by_one_above(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    with db.writing(session):
        only_north, _ = add_conference(session, province.top, {"Hội trường": [province.north]})
        sitting = add_sitting(session, province.top, province.edition, conference=only_north)
    page = f"/results/{sitting}/{province.north}"
    assert "Theo điểm cầu" in words(sign_in("organiser", province.top).get(page).text)
    assert "Theo điểm cầu" not in words(sign_in("organiser", province.north).get(page).text)


def test_another_tree_that_was_called_is_one_link_away(
    session: Session, sign_in: SignIn, province: Province
) -> None:

    with db.writing(session):
        youth = add_unit(session, "Y", "Tỉnh đoàn")
        add_unit(session, "Y-1", "Chi đoàn 1", youth, heads=9)
        session.add(HallUnit(hall_id=province.halls["Hội trường Ba Tơ"], unit_id=youth))
    page = seen(sign_in("administrator"), province.sitting, province.top)
    assert f'<a href="/results/{province.sitting}/{youth}">Tỉnh đoàn</a>' in page
    assert "Tỉnh đoàn" not in seen(
        sign_in("organiser", province.top), province.sitting, province.top
    )
