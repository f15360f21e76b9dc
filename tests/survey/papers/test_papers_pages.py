"""The room's pages as a whole: what they cost, in both languages, and what they are made of."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from quizzes.item import ItemKind, Option
from survey.papers import bank, operations
from tests.survey.papers.stage import GOOD, NOON, SOURCE, Stage, add_draft, add_edition

Statements = Callable[[], AbstractContextManager[list[str]]]

LISTS = {
    "/papers": 5,
    "/resolutions": 3,
    "/resolutions/{resolution}/items": 8,
}


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_with_one_row_and_with_three(
    alice: FlaskClient, session: Session, stage: Stage, statements: Statements, path: str
) -> None:
    add_edition(session, stage)
    session.rollback()
    address = path.format(resolution=stage.resolution)
    with statements() as with_one:
        alice.get(address)
    for number in range(2):
        add_edition(session, stage, f"Đề thêm {number}")
        bank.save_resolution(session, replace(SOURCE, number=f"{number}"), unit_id=stage.north)
        bank.draft_item(session, stage.resolution, GOOD)
    session.rollback()
    with statements() as with_three:
        alice.get(address)
    assert (len(with_one), len(with_three)) == (LISTS[path], LISTS[path])


def pages(session: Session, stage: Stage) -> list[str]:
    edition = add_edition(session, stage)
    draft = add_draft(session, stage)
    found = [
        *["/papers", "/papers/new", "/resolutions", "/resolutions/new"],
        *[f"/resolutions/{stage.resolution}{part}" for part in ("", "/edit", "/items", "/import")],
        *[f"/resolutions/{stage.resolution}/items/new", f"/clauses/{stage.clauses[0]}/edit"],
        *[f"/items/{stage.items[0]}", f"/items/{stage.items[0]}/preview"],
        *[f"/papers/{draft}{part}" for part in ("", "/choose", "/preview")],
        *[f"/editions/{edition}{part}" for part in ("", "/preview", "/provide")],
    ]
    session.rollback()
    return found


def test_every_page_obeys_the_policy_and_labels_what_is_filled_in(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    for path in pages(session, stage):
        page = alice.get(path).text
        assert not re.search(r"\sstyle=|\son\w+=|<script>|<style", page), path
        for tag in re.findall(r"<(?:input|textarea|select)(?: [^>]*)?>", page):
            if re.search(r'type="(?:hidden|radio|checkbox)"', tag):
                continue  # hidden, or inside its label
            name = re.search(r'\bid="([^"]+)"', tag)
            assert "aria-label=" in tag or (name and f'for="{name[1]}"' in page), (path, tag)


def test_every_page_opens_in_english_too(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    for path in pages(session, stage):
        assert alice.get(f"{path}?lang=en").status_code == 200, path


def test_an_author_is_told_when_a_paper_is_too_long_for_a_weak_network(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    told = "trang điện thoại vượt 14 kB nên nơi mạng yếu mở chậm hơn"
    paper = f"/papers/{add_draft(session, stage)}"
    assert "Ban hành lần 1" in alice.get(paper).text
    assert told not in alice.get(paper).text
    more = [
        bank.draft_item(session, stage.resolution, replace(GOOD, stem=f"{number**300}?"))
        for number in range(20, 60)
    ]
    operations.choose_items(session, int(paper[8:]), shown=more, chosen=more, now=NOON)
    assert told in alice.get(paper).text


def test_every_state_changing_form_carries_a_token(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    for path in pages(session, stage):
        page = alice.get(path).text
        for form in re.findall(r'<form method="post".*?</form>', page, re.DOTALL):
            # The forms of flask-wtf leave theirs out where tests switch it off.
            assert 'name="csrf_token"' in form or "novalidate" in form, (path, form[:200])


def test_a_question_with_many_options_is_edited_whole(
    alice: FlaskClient, session: Session, stage: Stage
) -> None:
    many = tuple(Option(f"Phương án {number}", correct=number == 1) for number in range(36))
    item = bank.draft_item(
        session, stage.resolution, replace(GOOD, options=many, kind=ItemKind.SINGLE)
    )
    page = alice.get(f"/items/{item}").text
    texts = re.findall(r'<textarea name="option"[^>]*>(.*?)</textarea>', page)
    assert texts == [option.text for option in many]
