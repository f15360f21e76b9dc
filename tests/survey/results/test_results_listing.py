"""The list of sittings: whose they are, how far they have come, found and sorted."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlalchemy.orm import Session

from survey import db
from survey.results import views
from survey.results.models import TallyRun
from survey.sittings.models import Kind, Sitting
from survey.units.models import UnitParent
from tests.survey.results.conftest import Province
from tests.survey.results.ground import (
    HOUR,
    MINUTE,
    NOON,
    add_conference,
    add_sitting,
    add_unit,
    close,
    hand_in,
)

SignIn = Callable[..., FlaskClient]
pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def checks(session: Session, province: Province) -> list[int]:
    """A check in each of the first two cells of the north, begun a minute and two before one."""
    with db.writing(session):
        return [
            add_sitting(
                session,
                province.cells[n],
                province.edition,
                title="Kiểm tra tháng 11",
                opens_at=NOON + HOUR - (n + 1) * MINUTE,
            )
            for n in (0, 1)
        ]


def listed(browser: FlaskClient, more: str = "") -> list[str]:
    page = browser.get(f"/results{more}").text
    return re.findall(r'<th scope="row"><a href="/results/(\d+)">', page)


def row(browser: FlaskClient, more: str = "") -> str:
    body = browser.get(f"/results{more}").text.split("<tbody>")[1].split("</tbody>", 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).replace("\xa0", " ").split())


def ids(*sittings: int) -> list[str]:
    return [str(sitting) for sitting in sittings]


# ------------------------------------------------------------------ whose


def test_an_account_sees_sittings_that_call_a_unit_above_at_or_below_its_own(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    with db.writing(session):
        stranger = add_unit(session, "X", "Đảng bộ khác")
        only_south, _ = add_conference(session, province.top, {"Hội trường": [province.south]})
        other = add_sitting(session, province.top, province.edition, conference=only_south)
    both = ids(other, province.sitting)
    assert listed(sign_in("administrator")) == both
    assert listed(sign_in("organiser", province.top)) == both
    assert listed(sign_in("viewer", province.south)) == both
    assert listed(sign_in("viewer", province.north)) == ids(province.sitting)
    assert listed(sign_in("secretary", province.cells[0])) == ids(province.sitting)
    assert listed(sign_in("secretary", province.cells[3])) == both
    assert listed(sign_in("viewer", stranger)) == []


def test_a_check_is_seen_by_its_cell_and_those_above(
    sign_in: SignIn, province: Province, checks: list[int]
) -> None:
    assert listed(sign_in("organiser", province.north), "?kind=check") == ids(*checks)
    assert listed(sign_in("secretary", province.cells[1]), "?kind=check") == ids(checks[1])
    assert listed(sign_in("organiser", province.south), "?kind=check") == []


def test_a_unit_that_has_ended_is_still_under_those_above_it(
    session: Session, sign_in: SignIn, province: Province, checks: list[int]
) -> None:
    from survey.units.models import Unit

    with db.writing(session):
        session.get_one(Unit, province.cells[0]).ended = date(2026, 11, 23)
    assert listed(sign_in("organiser", province.north), "?kind=check") == ids(*checks)


def test_a_cell_that_moved_takes_its_checks_along(
    session: Session, sign_in: SignIn, province: Province, checks: list[int]
) -> None:
    with db.writing(session):
        moved = {"unit_id": province.cells[0], "parent_id": province.south}
        session.add(UnitParent(since=date(2026, 11, 1), **moved))
    assert listed(sign_in("organiser", province.south), "?kind=check") == ids(checks[0])


def test_a_sitting_that_has_not_begun_is_not_listed(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    with db.writing(session):
        session.get_one(Sitting, province.sitting).opens_at = NOON + 2 * HOUR
    browser = sign_in("administrator")
    assert listed(browser) == []
    assert "Chưa có kết quả" in browser.get("/results").text


# ------------------------------------------------------------------ how far


def test_an_open_sitting_counts_what_is_in_now(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    hand_in(session, province.sitting, province.cells[0], [1] * 4)
    browser = sign_in("viewer", province.north)
    assert "Đang mở 23/11/2026 4 10,5 %" in row(browser)  # of 38
    hand_in(session, province.sitting, province.cells[1], [1] * 5)
    hand_in(session, province.sitting, province.cells[3], [1] * 7)
    assert "Đang mở 23/11/2026 9 23,7 %" in row(browser)
    assert "Đang mở 23/11/2026 7 –" in row(sign_in("viewer", province.south))


def test_each_account_reads_the_figures_of_its_own_subtree(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    hand_in(session, province.sitting, province.cells[0], [1] * 4)
    hand_in(session, province.sitting, province.cells[3], [1] * 6)
    close(session, province.sitting, NOON + 30 * MINUTE)
    assert "Đã kết thúc 23/11/2026 10 10,5 %" in row(sign_in("administrator"))
    assert "Đã kết thúc 23/11/2026 10 10,5 %" in row(sign_in("viewer", province.top))
    assert "Đã kết thúc 23/11/2026 4 20,0 %" in row(sign_in("secretary", province.cells[0]))
    assert "Đã kết thúc 23/11/2026 6 –" in row(sign_in("viewer", province.south))


def test_a_few_that_nobody_has_looked_at_are_tallied_at_each_visit(
    session: Session,
    sign_in: SignIn,
    province: Province,
    checks: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "A_VISIT", 1)
    browser = sign_in("administrator")
    for tallied in (1, 2, 2):
        browser.get("/results?kind=check")
        session.rollback()  # so that what the request wrote is seen
        assert session.query(TallyRun).count() == tallied


def test_the_list_asks_as_much_for_three_sittings_as_for_one(
    session: Session, sign_in: SignIn, province: Province
) -> None:
    browser = sign_in("administrator")
    browser.get("/results")
    said: list[str] = []

    def note(*call: object) -> None:
        said.append(str(call[2]))

    def count() -> int:
        browser.get("/results")
        said.clear()
        browser.get("/results")
        return len([text for text in said if not text.startswith("BEGIN")])

    event.listen(session.get_bind(), "before_cursor_execute", note)
    one = count()
    with db.writing(session):
        for kind in (Kind.BEFORE, Kind.AFTER):
            add_sitting(
                session, province.top, province.edition, conference=province.conference, kind=kind
            )
    assert (one, count()) == (9, 9)


# ------------------------------------------------------------------ found and sorted


def test_checks_are_told_apart_by_their_cell_and_found_by_it_without_marks(
    sign_in: SignIn, province: Province, checks: list[int]
) -> None:
    browser = sign_in("administrator")
    assert "Chi bộ thôn 2, Đảng bộ xã Đăk Tô" in row(browser, "?kind=check")
    assert listed(browser, "?kind=check&q=thon 10") == ids(checks[1])
    assert listed(browser, "?kind=check&q=KIEM TRA dak to") == ids(*checks)
    page = browser.get("/results?kind=check&q=<b>").text
    assert "Không có đợt nào khớp với “&lt;b&gt;”." in page


def test_the_list_is_sorted_as_asked(
    sign_in: SignIn, province: Province, checks: list[int]
) -> None:
    browser = sign_in("administrator")
    assert listed(browser, "?kind=check&sort=day") == ids(*reversed(checks))
    assert listed(browser, "?kind=check&sort=title") == ids(*checks)  # thôn 2, thôn 10
    assert listed(browser, "?kind=check&sort=-title") == ids(*reversed(checks))
    assert listed(browser, "?kind=check&sort=nonsense&page=nonsense") == ids(*checks)


def test_checks_come_first_where_there_is_nothing_else(
    session: Session, sign_in: SignIn, province: Province, checks: list[int]
) -> None:
    with db.writing(session):
        session.get_one(Sitting, province.sitting).opens_at = None
    assert listed(sign_in("administrator")) == ids(*checks)


def test_a_long_list_is_leafed_through(
    sign_in: SignIn, province: Province, checks: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "A_PAGE", 1)
    browser = sign_in("administrator")
    assert listed(browser, "?kind=check") == ids(checks[0])
    assert listed(browser, "?kind=check&page=2") == ids(checks[1])
    assert listed(browser, "?kind=check&page=99") == ids(checks[1])
    assert "Trang 1 trên 2" in browser.get("/results?kind=check").text


def test_a_stranger_is_asked_to_sign_in(client: FlaskClient, province: Province) -> None:
    for path in ("/results", f"/results/{province.sitting}", "/results/99"):
        assert client.get(path).location.startswith("/sign-in?next=")
