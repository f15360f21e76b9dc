"""Accounts as organisers make them, and as the operator does."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey.access.models import Account, Role
from tests.world import World


def made(session: Session, login: str) -> Account:
    session.rollback()
    return session.query(Account).filter_by(login=login).one()


def test_an_organiser_makes_a_secretary_who_comes_in_by_the_link(
    organiser: FlaskClient, app: Flask, session: Session, world: World
) -> None:
    found = organiser.get("/accounts/new", query_string={"q": "thon 2 dak to"}).text
    new = f"/units/{world.cells[0][1]}/accounts/new"
    assert new in found
    answer = organiser.post(
        new, data={"name": "Đồng chí Y Hoa", "login": "Y.Hoa", "role": "secretary"}
    )
    account = made(session, "y.hoa")
    assert answer.headers["Location"] == f"/accounts/{account.id}"
    assert (account.role, account.unit_id) == (Role.SECRETARY, world.cells[0][1])
    page = organiser.post(f"/accounts/{account.id}/link").text
    link = re.search(r"http://khaosat\.test(/sign-in/[\w-]+)", page)
    assert link is not None
    browser = app.test_client()
    assert browser.post(link[1]).headers["Location"] == "/account"
    assert browser.get("/check").headers["Location"] == f"/check/{world.cells[0][1]}"
    assert link[1] not in organiser.get(f"/accounts/{account.id}").text


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"login": "admin an"}, "Chỉ dùng chữ không dấu"),
        ({"login": "được"}, "Chỉ dùng chữ không dấu"),
        ({"login": ""}, "Cần điền ô này."),
        ({"name": "  "}, "Cần điền ô này."),
        ({"role": "administrator"}, "Lựa chọn này không có trong danh sách."),
        ({"role": "organiser"}, "Lựa chọn này không có trong danh sách."),
    ],
)
def test_a_wrong_field_is_told_and_what_was_typed_is_kept(
    organiser: FlaskClient, session: Session, world: World, data: dict[str, str], message: str
) -> None:
    fields = {"name": "Đồng chí A", "login": "bi.thu.a", "role": "secretary"} | data
    page = organiser.post(f"/units/{world.cells[0][0]}/accounts/new", data=fields)
    assert page.status_code == 200
    assert message in page.text
    kept = fields["name"].strip() or fields["login"]
    assert kept in page.text
    assert session.query(Account).filter_by(name="Đồng chí A").count() == 0


def test_a_taken_login_is_told(organiser: FlaskClient, world: World) -> None:
    path = f"/units/{world.communes[0]}/accounts/new"
    fields = {"name": "A", "login": "xa.dakto", "role": "viewer"}
    assert organiser.post(path, data=fields).status_code == 302
    assert "Tên đăng nhập này đã có người dùng." in organiser.post(path, data=fields).text


def test_a_commune_makes_accounts_below_itself_only(
    sign_in: Callable[..., FlaskClient], session: Session, world: World
) -> None:
    commune = sign_in("organiser", world.communes[0])
    for unit_id in (world.province, world.communes[1], world.cells[1][0]):
        assert commune.get(f"/units/{unit_id}/accounts/new").status_code == 403
    assert commune.get(f"/units/{world.cells[0][0]}/accounts/new").status_code == 200
    shown = commune.get("/accounts").text
    assert "Đồng chí organiser" in shown


def test_an_administrator_of_a_subtree_makes_none_of_everything(
    sign_in: Callable[..., FlaskClient], session: Session, world: World
) -> None:
    path, fields = f"/units/{world.communes[0]}/accounts/new", {"name": "A", "login": "a"}
    for unit_id, status in ((world.province, 200), (None, 302)):
        browser = sign_in("administrator", unit_id)
        answer = browser.post(path, data=fields | {"role": "administrator"})
        assert answer.status_code == status
    assert made(session, "a").unit_id is None


def test_a_revoked_account_is_out_and_can_be_restored(
    organiser: FlaskClient, session: Session, world: World, sign_in: Callable[..., FlaskClient]
) -> None:
    secretary = sign_in("secretary", world.cells[0][0])
    account_id = session.query(Account.id).filter_by(role=Role.SECRETARY).scalar()
    assert secretary.get("/account").status_code == 200
    organiser.post(f"/accounts/{account_id}/revoke")
    assert secretary.get("/account").status_code == 302
    page = organiser.post(f"/accounts/{account_id}/link", follow_redirects=True).text
    assert "không cấp liên kết được" in page
    organiser.post(f"/accounts/{account_id}/restore")
    assert "Liên kết dùng được một lần" in organiser.post(f"/accounts/{account_id}/link").text


def test_nobody_revokes_the_account_in_use(organiser: FlaskClient, session: Session) -> None:
    own = session.query(Account.id).filter_by(role=Role.ORGANISER).scalar()
    organiser.post(f"/accounts/{own}/revoke")
    assert organiser.get("/accounts").status_code == 200


def test_the_operators_commands_make_list_and_end_an_account(
    app: Flask, session: Session, world: World
) -> None:
    run = app.test_cli_runner().invoke
    added = run(args=["account", "add", "Xa.DT", "--name", "Xã", "--role", "organiser",
                      "--unit", "T-0"])  # fmt: skip
    assert re.fullmatch(r"http://khaosat\.test/sign-in/[\w-]{32}\n", added.output)
    assert made(session, "xa.dt").unit_id == world.communes[0]
    assert "xa.dt\torganiser\tĐảng bộ xã Đăk Tô" in run(args=["account", "list"]).output
    assert run(args=["account", "link", "xa.dt"]).output != added.output
    assert run(args=["account", "revoke", "xa.dt"]).exit_code == 0
    assert made(session, "xa.dt").revoked_at is not None


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "a", "--name", "A", "--role", "organiser"],
        ["add", "a", "--name", "A", "--role", "organiser", "--unit", "nowhere"],
        ["add", "a", "--name", "A", "--role", "administrator", "--unit", "T-0"],
        ["link", "nobody"],
        ["revoke", "nobody"],
    ],
    ids=" ".join,
)
def test_a_command_that_cannot_be_done_says_why_in_a_line(
    app: Flask, world: World, arguments: list[str]
) -> None:
    done = app.test_cli_runner().invoke(args=["account", *arguments])
    assert done.exit_code != 0
    assert "Traceback" not in done.output
    assert " / " in done.output
