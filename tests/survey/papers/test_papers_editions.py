"""An edition: read by those at, below and above its owner, given to cells for a month."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError, NoResultFound
from sqlalchemy.orm import Session

from survey.papers import bank, operations, queries
from survey.papers.models import Edition, PaperDraft
from tests.survey.papers.stage import GOOD, NOON, SOURCE, Stage, add_edition, fresh


def edition_of(session: Session, unit_id: int, title: str, *, days: int = 0) -> int:
    """A published paper of any unit."""
    source = replace(SOURCE, number=title)
    resolution = bank.save_resolution(session, source, unit_id=unit_id)
    item = bank.draft_item(session, resolution, GOOD)
    paper = operations.draft_paper(
        session,
        resolution_id=resolution,
        unit_id=unit_id,
        title=title,
        item_ids=[item],
        now=NOON,
    )
    return operations.publish_paper(session, paper, now=NOON + timedelta(days=days))


def test_the_page_shows_key_explanation_clause_and_digest(
    alice: FlaskClient, session: Session, edition: int
) -> None:
    page = alice.get(f"/editions/{edition}").text
    assert session.get_one(Edition, edition).digest in page
    assert GOOD.explanation in page
    right = re.findall(r"[A-Z]\. ([^<]*?)</span><span class=\"badge good\">", page)
    assert right == ["Người dân", "Nộp hồ sơ trực tuyến", "Hướng dẫn bà con"]


def test_the_page_has_no_field_to_change_it(alice: FlaskClient, edition: int) -> None:
    page = alice.get(f"/editions/{edition}").text
    main = page[page.index("<main") :]
    assert re.findall(r"<(?:input|textarea|select)[^>]*>", main) == []


def test_the_preview_is_the_phone_s(alice: FlaskClient, edition: int) -> None:
    page = alice.get(f"/editions/{edition}/preview").text
    assert page.count('<fieldset class="question"') == 2
    assert GOOD.explanation not in page


def test_an_unknown_edition_has_no_paper(session: Session, stage: Stage) -> None:
    with pytest.raises(NoResultFound):
        queries.load_paper(session, 999)


# ------------------------------------------------------------------ who may use it


def test_editions_at_above_and_below_are_usable_and_those_beside_are_not(
    session: Session, stage: Stage
) -> None:
    for days, (unit_id, title) in enumerate(
        [(stage.province, "tỉnh"), (stage.north, "bắc"), (stage.south, "nam"), (stage.cell, "thôn")]
    ):
        edition_of(session, unit_id, title, days=days)

    def titles(*path: int) -> list[str]:
        return [row.title for row in queries.editions_usable(session, path)]

    assert titles(stage.province, stage.north) == ["thôn", "bắc", "tỉnh"]
    assert titles(stage.province, stage.south) == ["nam", "tỉnh"]
    assert titles(stage.province) == ["thôn", "nam", "bắc", "tỉnh"]
    assert titles() == ["thôn", "nam", "bắc", "tỉnh"]
    assert titles(999) == []


def test_a_row_of_a_list_says_what_the_edition_is(session: Session, stage: Stage) -> None:
    edition = add_edition(session, stage)
    (row,) = queries.editions_usable(session, (stage.province, stage.north))
    assert row == (
        edition,
        session.get_one(Edition, edition).paper_id,
        1,
        "Đề số 1",
        2,
        "57-NQ/TW",
        NOON,
        stage.north,
    )


def test_an_organiser_below_sees_an_edition_from_above_but_cannot_give_it_out(
    bob: FlaskClient, session: Session, stage: Stage
) -> None:
    edition = edition_of(session, stage.province, "Đề của tỉnh")
    assert "Đề của tỉnh" in bob.get("/papers").text
    page = bob.get(f"/editions/{edition}").text
    assert GOOD.explanation in page
    assert "/provide" not in page
    paper_id = session.get_one(Edition, edition).paper_id
    assert f"/papers/{paper_id}" not in page
    assert bob.get(f"/editions/{edition}/preview").status_code == 200
    assert bob.post(f"/editions/{edition}/provide").status_code == 403


# ------------------------------------------------------------------ given to cells


def test_an_edition_is_given_for_a_month_and_the_cells_below_find_it(
    alice: FlaskClient, session: Session, stage: Stage, edition: int
) -> None:
    with time_machine.travel(datetime(2026, 11, 30, 18, 0, tzinfo=UTC)):  # December in Việt Nam
        page = alice.get(f"/editions/{edition}/provide").text
        periods = re.findall(r'<option (?:selected )?value="(\d{4}-\d\d)">', page)
        assert (periods[0], periods[1], periods[-1]) == ("2026-12", "2027-01", "2027-12")
        alice.post(f"/editions/{edition}/provide", data={"period": "2026-12"})
    path = (stage.province, stage.north, stage.cell)
    assert [row.id for row in queries.provided(fresh(session), path, "2026-12")] == [edition]
    assert queries.provided(session, path, "2026-11") == []
    assert queries.provided(session, (stage.province, stage.south), "2026-12") == []


@pytest.mark.parametrize("period", ["", "2019-01", "2026-13", "x"])
def test_a_month_that_is_not_offered_is_refused(
    alice: FlaskClient, session: Session, edition: int, period: str
) -> None:
    answer = alice.post(f"/editions/{edition}/provide", data={"period": period})
    assert "Lựa chọn này không có trong danh sách." in answer.text
    assert queries.periods_of(fresh(session), edition) == []


def test_given_twice_is_given_once(session: Session, edition: int) -> None:
    operations.provide(session, edition, "2026-12")
    operations.provide(session, edition, "2026-12")
    assert queries.periods_of(session, edition) == ["2026-12"]


def test_an_unknown_edition_cannot_be_given(session: Session, stage: Stage) -> None:
    with pytest.raises(IntegrityError):
        operations.provide(session, 999, "2026-12")


def test_an_edition_is_taken_back_for_one_month_only(
    alice: FlaskClient, session: Session, edition: int
) -> None:
    for period in ("2026-11", "2026-12"):
        operations.provide(session, edition, period)
    assert "Chi bộ chưa mở kiểm tra tháng 12/2026 sẽ không mở được nữa." in (
        alice.get(f"/editions/{edition}").text
    )
    for period in ("2026-12", "2026-12", "x"):
        answer = alice.post(f"/editions/{edition}/withdraw", data={"period": period})
        assert answer.location == f"/editions/{edition}"
    assert queries.periods_of(fresh(session), edition) == ["2026-11"]


def test_an_administrator_sees_the_papers_of_all(
    sign_in: Callable[..., FlaskClient], session: Session, stage: Stage
) -> None:
    for unit_id, title in ((stage.north, "Đề bắc"), (stage.south, "Đề nam")):
        edition_of(session, unit_id, title)
    page = sign_in("administrator").get("/papers").text
    assert "Đề bắc" in page
    assert "Đề nam" in page
    assert "Đảng bộ xã Ba Tơ" in page
    assert session.query(PaperDraft).count() == 2
