"""The page of the roll, typed into."""

import re
from collections.abc import Callable, Iterator
from html import unescape

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey import db
from survey.roll import views
from survey.roll.operations import note_cells
from survey.roll.queries import present_in_cells, present_in_halls
from survey.sittings import operations
from tests.survey.sittings.browsing import words
from tests.survey.sittings.stage import NOON, Stage, add_unit, plan

SignIn = Callable[..., FlaskClient]


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def halls(session: Session, stage: Stage, conference: int) -> list[int]:
    return [
        operations.add_hall(session, conference, name=name, unit_id=unit, called=[unit])
        for name, unit in (("Hội trường Đăk Tô", stage.north), ("Hội trường Ba Tơ", stage.south))
    ]


@pytest.fixture
def sitting(session: Session, stage: Stage, conference: int, halls: list[int]) -> int:
    return plan(session, stage, conference)


@pytest.fixture
def desk(sign_in: SignIn, stage: Stage) -> FlaskClient:
    return sign_in("organiser", stage.province)


def fields(page: str) -> dict[str, str]:
    """The fields of the page's roll, as a browser would send them back."""
    found = {}
    for tag in re.findall(r"<input[^>]+>", page):
        name = re.search(r' name="((?:was-)?(?:hall|present|excused|\d)[^"]*)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and value:
            found[name[1]] = value[1]
    return found


def cells_of(session: Session, sitting: int) -> dict[int, tuple[int, int]]:
    session.rollback()
    return present_in_cells(session, sitting)


def test_the_page_lists_halls_and_cells_with_who_was_expected(
    stage: Stage, sitting: int, halls: list[int], desk: FlaskClient
) -> None:
    page = desk.get(f"/sittings/{sitting}/roll").text
    names = {f"hall-{hall}" for hall in halls}
    names |= {f"{what}-{cell}" for what in ("present", "excused") for cell in stage.cells}
    assert {name for name in fields(page) if not name.startswith("was-")} == names
    rows = [words(row) for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL)]
    assert rows[1:3] == ["Hội trường Ba Tơ 0", "Hội trường Đăk Tô 28"]
    assert rows[4:] == [
        "Chi bộ thôn 2, Đảng bộ xã Ba Tơ –",
        "Chi bộ thôn 2, Đảng bộ xã Đăk Tô 10",
        "Chi bộ thôn 10, Đảng bộ xã Đăk Tô 18",
    ]
    assert "Chi bộ đã ghi 0/3 Thuộc diện 28" in words(page)


def test_what_is_typed_is_kept_and_shown_again(
    session: Session, stage: Stage, sitting: int, halls: list[int], desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/roll"
    typed = fields(desk.get(url).text) | {
        f"present-{stage.north_1}": " 9 ",
        f"excused-{stage.north_1}": "1",
        f"present-{stage.north_2}": "0",
        f"hall-{halls[0]}": "1.027",
    }
    said = words(desk.post(url, data=typed, follow_redirects=True).text)
    assert "Đã ghi 3 dòng." in said
    assert cells_of(session, sitting) == {stage.north_1: (9, 1), stage.north_2: (0, 0)}
    assert present_in_halls(session, sitting) == {halls[0]: 1027}
    again = fields(desk.get(url).text)
    assert (again[f"present-{stage.north_1}"], again[f"excused-{stage.north_2}"]) == ("9", "0")
    assert "Không có số nào thay đổi." in words(
        desk.post(url, data=again, follow_redirects=True).text
    )


def test_a_field_that_is_emptied_takes_the_figure_back(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/roll"
    note_cells(session, sitting, {stage.north_1: (9, 1), stage.north_2: (5, 0)}, now=NOON)
    typed = fields(desk.get(url).text)
    typed |= {f"present-{stage.north_1}": "", f"excused-{stage.north_1}": ""}
    desk.post(url, data=typed)
    assert cells_of(session, sitting) == {stage.north_2: (5, 0)}


def test_an_old_page_does_not_take_back_what_others_wrote_meanwhile(
    session: Session, stage: Stage, sitting: int, desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/roll"
    old = fields(desk.get(url).text)
    note_cells(session, sitting, {stage.north_1: (9, 1)}, now=NOON)
    desk.post(url, data=old | {f"present-{stage.north_2}": "5"})
    assert cells_of(session, sitting) == {stage.north_1: (9, 1), stage.north_2: (5, 0)}


def test_one_wrong_figure_and_nothing_is_written_and_nothing_typed_is_lost(
    session: Session, stage: Stage, sitting: int, halls: list[int], desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/roll"
    typed = fields(desk.get(url).text) | {
        f"present-{stage.north_1}": "9",
        f"present-{stage.north_2}": "<mười>",
        f"excused-{stage.south_1}": "2",
        f"hall-{halls[0]}": "-3",
    }
    answer = desk.post(url, data=typed)
    assert answer.status_code == 422
    said = words(answer.text)
    assert "“<mười>” không phải số người" in said
    assert "Có số vắng thì cần điền cả số có mặt." in said
    assert "“-3” không phải số người" in said
    kept = {name: unescape(value) for name, value in fields(answer.text).items()}
    assert kept == typed
    assert set(re.findall(r'id="([\w-]+)"[^>]*aria-invalid="true"', answer.text)) == {
        f"present-{stage.north_2}",
        f"present-{stage.south_1}",
        f"hall-{halls[0]}",
    }
    assert cells_of(session, sitting) == {}
    mended = kept | {
        f"present-{stage.north_2}": "10",
        f"excused-{stage.south_1}": "",
        f"hall-{halls[0]}": "",
    }
    desk.post(url, data=mended)
    assert cells_of(session, sitting) == {stage.north_1: (9, 0), stage.north_2: (10, 0)}


def test_more_people_than_members_are_taken_with_a_warning(
    session: Session, stage: Stage, sitting: int, halls: list[int], desk: FlaskClient
) -> None:
    url = f"/sittings/{sitting}/roll"
    typed = {
        f"present-{stage.north_1}": "10",
        f"excused-{stage.north_1}": "1",
        f"present-{stage.north_2}": "18",
        f"excused-{stage.north_2}": "0",
        f"present-{stage.south_1}": "99",  # never counted: nothing to compare with
        f"excused-{stage.south_1}": "",
        f"hall-{halls[0]}": "29",
    }
    said = words(desk.post(url, data=typed, follow_redirects=True).text)
    assert (
        "Nhiều hơn số thuộc diện, đồng chí xem lại: "
        "Hội trường Đăk Tô; Chi bộ thôn 2, Đảng bộ xã Đăk Tô." in said
    )
    assert said.count("Nhiều hơn thuộc diện") == 2
    assert cells_of(session, sitting)[stage.north_1] == (10, 1)


def test_forged_cells_and_halls_are_left_alone(
    session: Session, stage: Stage, sitting: int, sign_in: SignIn, halls: list[int]
) -> None:
    north = sign_in("organiser", stage.north)
    typed = {
        f"present-{stage.south_1}": "5",
        f"excused-{stage.south_1}": "",
        f"hall-{halls[1]}": "7",
        "present-999": "1",
        "excused-999": "1",
        "present-x": "1",
    }
    assert north.post(f"/sittings/{sitting}/roll", data=typed).status_code == 302
    assert cells_of(session, sitting) == {}
    assert present_in_halls(session, sitting) == {}
    assert north.post(f"/sittings/{sitting}/roll", data={}).status_code == 302


def test_everyone_sees_the_own_cells_and_the_own_halls_only(
    session: Session, stage: Stage, sitting: int, sign_in: SignIn, halls: list[int]
) -> None:
    def named(role: str, unit: int) -> set[str]:
        page = sign_in(role, unit).get(f"/sittings/{sitting}/roll").text
        return {name for name in fields(page) if not name.startswith(("was-", "excused-"))}

    north = {f"present-{stage.north_1}", f"present-{stage.north_2}"}
    assert named("organiser", stage.north) == north | {f"hall-{halls[0]}"}
    assert named("organiser", stage.south_1) == {f"present-{stage.south_1}"}
    assert named("secretary", stage.north_2) == {f"present-{stage.north_2}"}


def test_who_has_nothing_to_do_with_it_is_refused(
    session: Session, stage: Stage, sitting: int, sign_in: SignIn, client: FlaskClient
) -> None:
    with db.writing(session):
        beside = add_unit(session, "QN-3", "commune", "Đảng bộ xã Trà Bồng", stage.province)
    urls = [f"/sittings/{sitting}/roll{rest}" for rest in ("", "/paste", ".csv")]
    for url in urls:
        assert client.get(url).status_code == 302
        assert sign_in("organiser", beside).get(url).status_code == 403
        assert sign_in("viewer", stage.province).get(url).status_code == 403
        assert sign_in("administrator").get(url.replace(str(sitting), "999", 1)).status_code == 404
    for url in urls[:2]:
        assert client.post(url).status_code == 401
        assert sign_in("organiser", beside).post(url).status_code == 403


def test_a_long_roll_is_gone_through_unit_by_unit(
    session: Session,
    stage: Stage,
    sitting: int,
    desk: FlaskClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(views, "LONG", 2)
    note_cells(session, sitting, {stage.north_1: (9, 1)}, now=NOON)
    url = f"/sittings/{sitting}/roll"
    page = desk.get(url).text
    assert not any("present" in name for name in fields(page))
    assert "Đảng bộ xã Đăk Tô 1/2 (50,0 %)" in words(page)
    below = desk.get(f"{url}?under={stage.north}").text
    assert {name for name in fields(below) if name.startswith("present")} == {
        f"present-{stage.north_1}",
        f"present-{stage.north_2}",
    }
    answer = desk.post(
        f"{url}?under={stage.north}",
        data=fields(below) | {f"present-{stage.north_2}": "3"},
    )
    assert answer.location == f"{url}?under={stage.north}"
    assert cells_of(session, sitting)[stage.north_2] == (3, 0)
    assert desk.get(f"{url}?under=999").status_code == 200


def test_a_sitting_that_calls_nobody_says_so(
    session: Session, stage: Stage, conference: int, desk: FlaskClient
) -> None:
    empty = plan(
        session,
        stage,
        operations.plan_conference(
            session, unit_id=stage.province, title="Trống", held_on=NOON.date()
        ),
    )
    assert "Không có gì để ghi" in words(desk.get(f"/sittings/{empty}/roll").text)
