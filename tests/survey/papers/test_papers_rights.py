"""Who may open what: every address of the room, for everybody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from survey.papers import bank
from survey.papers.models import Edition
from tests.survey.papers.stage import NOON, SOURCE, Stage, add_edition

# What an organiser beside the owner may open: the lists, which show only their own, and the
# beginning of something new of their own.
SHARED = {"papers.index", "papers.resolutions", "papers.new_paper", "papers.new_resolution"}


@dataclass(frozen=True)
class Address:
    endpoint: str
    method: str
    path: str


@pytest.fixture
def addresses(app: Flask, session: Session, stage: Stage) -> list[Address]:
    """Every address of the room, leading to something of the north."""
    edition = add_edition(session, stage)
    pending = bank.keep_import(
        session, stage.resolution, format="text", content="Câu 1: Mấy?", now=NOON
    )
    values = {
        "resolution_id": stage.resolution,
        "clause_id": stage.clauses[0],
        "item_id": stage.items[0],
        "import_id": pending,
        "paper_id": session.get_one(Edition, edition).paper_id,
        "edition_id": edition,
    }
    session.rollback()
    return list(_filled(app, values))


def _filled(app: Flask, values: dict[str, int]) -> Iterator[Address]:
    adapter = app.url_map.bind("khaosat.test")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("papers."):
            path = adapter.build(rule.endpoint, _wanted(rule, values))
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield Address(rule.endpoint, method, path)


def _wanted(rule: Rule, values: dict[str, int]) -> dict[str, int]:
    return {name: values[name] for name in rule.arguments}


def statuses(browser: FlaskClient, addresses: list[Address]) -> dict[str, set[int]]:
    """The answers by endpoint; addresses that delete come last, so that others find their thing."""
    found: dict[str, set[int]] = {}
    for one in sorted(addresses, key=lambda one: ("delete" in one.path, "discard" in one.path)):
        answer = browser.open(one.path, method=one.method)
        found.setdefault(one.endpoint, set()).add(answer.status_code)
    return found


def test_a_stranger_is_asked_to_sign_in_everywhere(
    client: FlaskClient, addresses: list[Address]
) -> None:
    for one in addresses:
        answer = client.open(one.path, method=one.method)
        if one.method == "GET":
            assert answer.location.startswith("/sign-in?next="), one
        else:
            assert answer.status_code == 401, one


@pytest.mark.parametrize("role", ["secretary", "viewer"])
def test_secretaries_and_viewers_see_no_paper_even_of_the_own_unit(
    sign_in: Callable[..., FlaskClient], stage: Stage, addresses: list[Address], role: str
) -> None:
    browser = sign_in(role, stage.north)
    answers = statuses(browser, addresses)
    assert set().union(*answers.values()) == {403}


def test_an_organiser_beside_the_owner_sees_only_lists_of_the_own(
    bob: FlaskClient, addresses: list[Address]
) -> None:
    answers = statuses(bob, addresses)
    assert {name for name, codes in answers.items() if codes != {403}} == SHARED
    for path in ("/papers", "/resolutions"):
        page = bob.get(path).text
        assert "57-NQ/TW" not in page
        assert "Đề số 1" not in page


@pytest.mark.parametrize("who", ["owner", "above", "administrator"])
def test_the_owner_those_above_and_the_administrator_open_everything(
    sign_in: Callable[..., FlaskClient], stage: Stage, addresses: list[Address], who: str
) -> None:
    units = {"owner": stage.north, "above": stage.province, "administrator": None}
    role = "administrator" if who == "administrator" else "organiser"
    answers = statuses(sign_in(role, units[who]), addresses)
    assert set().union(*answers.values()) == {200, 302}


def test_those_below_the_owner_only_read_the_edition(
    sign_in: Callable[..., FlaskClient], stage: Stage, addresses: list[Address]
) -> None:
    answers = statuses(sign_in("organiser", stage.cell), addresses)
    open_ones = {name for name, codes in answers.items() if codes != {403}}
    assert open_ones == SHARED | {"papers.edition", "papers.preview_edition"}


def test_what_does_not_exist_is_not_found(app: Flask, alice: FlaskClient) -> None:
    values = dict.fromkeys(
        ("resolution_id", "clause_id", "item_id", "import_id", "paper_id", "edition_id"), 999
    )
    for one in _filled(app, values):
        if "999" in one.path:
            assert alice.open(one.path, method=one.method).status_code == 404, one


def test_nothing_a_stranger_beside_sends_changes_anything(
    bob: FlaskClient, session: Session, stage: Stage, addresses: list[Address]
) -> None:
    def everything() -> list[tuple[object, ...]]:
        session.rollback()
        tables = reversed(Edition.metadata.sorted_tables)
        return [tuple(row) for table in tables for row in session.execute(table.select())]

    before = everything()
    for one in addresses:
        if one.method == "POST" and one.endpoint not in SHARED:
            bob.post(one.path, data={"number": 2, "period": "2026-12", "title": "x", "stem": "x"})
    assert everything() == before


def test_a_paper_cannot_be_made_on_a_foreign_resolution(
    bob: FlaskClient, session: Session, stage: Stage
) -> None:
    own = bank.save_resolution(session, replace(SOURCE, number="59-NQ/TW"), unit_id=stage.south)
    answer = bob.post("/papers/new", data={"resolution": stage.resolution, "title": "x"})
    assert "Lựa chọn này không có trong danh sách." in answer.text
    assert bob.post("/papers/new", data={"resolution": own, "title": "x"}).status_code == 302
