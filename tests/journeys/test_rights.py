"""Every address as every role, at home and abroad, and as a stranger: the table of rights is
what the application does."""

import hashlib
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.routing import Rule

from survey import db, web
from survey.access.guards import PERMISSIONS, Right
from survey.access.models import Account, Role
from survey.papers.models import BankItem, BankOption, Clause, Edition, PaperDraft, QuestionImport
from survey.sittings import operations as sittings
from survey.sittings.models import Door, Kind, Show
from survey.units.models import ImportDraft
from tests.world import World, make_world

Values = dict[str, object]
DERIVED = re.compile(r'INSERT INTO "(unit_tally|hall_tally|live_tally|tally_run)"')


@pytest.fixture
def home(session: Session) -> World:
    return make_world(session, "T")


@pytest.fixture
def abroad(session: Session) -> World:
    return make_world(session, "K")


@pytest.fixture
def values(session: Session, home: World) -> Values:
    """Something of the home province for every kind of address."""
    now = web.now()
    sitting = sittings.plan_sitting(
        session, home.conference, home.edition, kind=Kind.AFTER, title="Sau", show=Show.SCORE,
        opens_at=now - timedelta(minutes=5), closes_at=None, now=now,
    )  # fmt: skip
    paper_id = session.get_one(Edition, home.edition).paper_id
    resolution_id = session.get_one(PaperDraft, paper_id).resolution_id
    with db.writing(session):
        account = Account(
            login="held", name="Held", role=Role.VIEWER, unit_id=home.communes[0], created_at=now
        )
        clause = Clause(resolution_id=resolution_id, position=1, label="I", text="Một")
        item = BankItem(
            resolution_id=resolution_id, kind="single", level="recall", stem="Câu?",
            options=[BankOption(position=i, text=str(i), correct=not i) for i in range(3)],
        )  # fmt: skip
        questions = QuestionImport(
            resolution_id=resolution_id, format="text", content="Câu 1: A?", created_at=now
        )
        session.add_all([account, clause, item, questions])
        session.flush()
        draft = ImportDraft(
            account_id=account.id, filename="a.csv", content='[["ma","ten"]]', created_at=now
        )
        session.add(draft)
        session.flush()
        return {
            "unit_id": home.cells[0][0],
            "sitting_id": sitting,
            "hall_id": home.halls[0],
            "conference_id": home.conference,
            "edition_id": home.edition,
            "paper_id": paper_id,
            "resolution_id": resolution_id,
            "account_id": account.id,
            "clause_id": clause.id,
            "item_id": item.id,
            "import_id": questions.id,
            "draft_id": draft.id,
            "door_id": session.scalars(select(Door.id).where(Door.sitting_id == sitting)).first(),
            "secret": "x",
            "key": "0" * 26,
            "filename": "css/tokens.css",
            "name": "units",
            "format": "csv",
            "ending": "csv",
        }


def guarded(app: Flask, values: Values) -> Iterator[tuple[Rule, str, str, Right]]:
    """(rule, method, address, right) of everything that is not open to the world."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        right = getattr(app.view_functions[rule.endpoint], "rule", "public")
        if rule.endpoint == "static" or right == "public":
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            wanted = {name: values[name] for name in rule.arguments}
            yield rule, method, adapter.build(rule.endpoint, wanted, method=method), right


def ask(browser: FlaskClient, method: str, address: str) -> int:
    return browser.open(address, method=method).status_code


def digest_of(app: Flask) -> str:
    """All that people have entered. Tallies are left out: they follow from the sheets, and
    whoever looks first has them counted."""
    with sqlite3.connect(Path(app.instance_path) / "survey.sqlite") as store:
        dump = "\n".join(line for line in store.iterdump() if not DERIVED.match(line))
    store.close()
    return hashlib.sha256(dump.encode()).hexdigest()


def test_a_stranger_is_asked_to_sign_in_everywhere(app: Flask, values: Values) -> None:
    before = digest_of(app)
    browser = app.test_client()
    for _rule, method, address, _right in guarded(app, values):
        answer = browser.open(address, method=method)
        if method == "GET":
            assert answer.status_code == 302, address
            assert answer.headers["Location"].startswith("/sign-in?next="), address
        else:
            assert answer.status_code == 401, address
    assert digest_of(app) == before


@pytest.mark.parametrize("role", list(Role))
def test_a_role_without_the_right_is_refused_in_its_own_province(
    app: Flask, values: Values, home: World, sign_in: Callable[..., FlaskClient], role: Role
) -> None:
    browser = sign_in(role, None if role is Role.ADMINISTRATOR else home.province)
    before = digest_of(app)
    for _rule, method, address, right in guarded(app, values):
        if role not in PERMISSIONS[right]:
            assert ask(browser, method, address) == 403, (role, method, address)
    assert digest_of(app) == before


@pytest.mark.parametrize("role", [Role.ORGANISER, Role.SECRETARY, Role.VIEWER])
def test_a_role_of_another_province_reaches_nothing_of_this_one(
    app: Flask,
    values: Values,
    abroad: World,
    sign_in: Callable[..., FlaskClient],
    role: Role,
) -> None:
    browser = sign_in(role, abroad.cells[0][0] if role is Role.SECRETARY else abroad.province)
    before = digest_of(app)
    ids = {name for name, value in values.items() if isinstance(value, int)}
    for rule, method, address, _right in guarded(app, values):
        if rule.arguments & ids:
            assert ask(browser, method, address) in (403, 404), (role, method, address)
    assert digest_of(app) == before


def test_a_commune_cannot_change_what_the_province_runs(
    app: Flask, values: Values, home: World, sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(Role.ORGANISER, home.communes[0])
    before = digest_of(app)
    of_province = {"conference_id", "hall_id", "paper_id", "resolution_id", "edition_id",
                   "clause_id", "item_id", "import_id"}  # fmt: skip
    for rule, method, address, right in guarded(app, values):
        if method == "POST" and rule.arguments & of_province and right != Right.SEE_PAPERS:
            assert ask(browser, method, address) in (403, 404), (method, address)
    assert digest_of(app) == before


def test_an_administrator_meets_no_closed_door_and_no_fault(
    app: Flask, values: Values, sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(Role.ADMINISTRATOR)
    for _rule, method, address, _right in guarded(app, values):
        if method == "GET":
            assert ask(browser, method, address) in (200, 302, 303, 404), address


def test_a_form_sent_empty_by_its_owner_is_no_fault(
    app: Flask, values: Values, sign_in: Callable[..., FlaskClient]
) -> None:
    browser = sign_in(Role.ADMINISTRATOR)
    for _rule, method, address, _right in guarded(app, values):
        if method == "POST":
            assert ask(browser, method, address) < 500, address


@pytest.mark.parametrize("strange", [0, 10**12, 2**70])
def test_what_does_not_exist_is_not_found_and_no_fault(
    app: Flask, values: Values, sign_in: Callable[..., FlaskClient], strange: int
) -> None:
    browser = sign_in(Role.ADMINISTRATOR)
    numbers = {name: strange for name, value in values.items() if isinstance(value, int)}
    for rule, method, address, _right in guarded(app, values | numbers):
        if rule.arguments & numbers.keys():
            assert ask(browser, method, address) in (302, 400, 404), (method, address)
