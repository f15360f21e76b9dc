"""Commands of the operator: serve, accounts, what is due, and whether all is well."""

import logging
import os
from contextlib import suppress

import click
from flask import Flask, current_app, url_for
from flask.cli import AppGroup, with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from survey import db, server, web
from survey.access import operations
from survey.access.models import Account, Role
from survey.desk.doctor import examine
from survey.desk.jobs import run_due
from survey.units.models import Unit
from survey.units.queries import Tree, load_tree

accounts = AppGroup("account", help="Accounts of organisers and secretaries.")
jobs = AppGroup("jobs", help="What falls due by itself.")


def register(app: Flask) -> None:
    for command in (accounts, doctor, jobs, serve):
        app.cli.add_command(command)


@click.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option("--port", type=server.PORTS, default=server.PORT, show_default=True, envvar="PORT")
@click.option("--workers", default=1, show_default=True, help="Processes. On SQLite one is enough.")
def serve(host: str, port: int, workers: int) -> None:
    """Serve this instance until Ctrl-C."""
    prepare(current_app)
    if db.session().scalar(select(Account.id).limit(1)) is None:
        with suppress(operations.LoginTaken):  # another host has just started on this database
            account_id = operations.grant(
                db.session(),
                login="admin",
                name="Quản trị",
                role=Role.ADMINISTRATOR,
                unit_id=None,
                now=web.now(),
            )
            first = link(account_id, port)
            click.echo(f"Tài khoản quản trị đầu tiên / first administrator: {first}")
    start(current_app, host=host, port=port, workers=workers)


def prepare(app: Flask) -> None:
    """Bring the store to the present schema, or say in one line why that can't be."""
    migrations = db.migrations()  # which sets its log to INFO
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        migrations.upgrade()
    except (OperationalError, OSError) as error:
        raise click.ClickException(
            f"Không mở được kho dữ liệu / the store can't be opened: {error.__cause__ or error}"
        ) from error


def start(app: Flask, *, host: str, port: int, workers: int) -> None:
    try:
        server.check_port(host, port)
    except server.CannotListen as error:
        raise click.ClickException(str(error)) from error
    address = app.config["PUBLIC_ADDRESS"] or f"http://{server.lan_address()}:{port}"
    # The workers are processes of their own: what they need to know goes by the environment.
    os.environ["SURVEY_INSTANCE"] = app.instance_path
    os.environ["SURVEY_PUBLIC_ADDRESS"] = address
    os.environ["SURVEY_DATABASE_URL"] = app.config["DATABASE_URL"]
    click.echo(f"Đang phục vụ tại / serving at {address}  (Ctrl-C: dừng / stop)")
    app.extensions["survey_engine"].dispose()
    server.become(host=host, port=port, workers=workers)


def link(account_id: int, port: int = server.PORT) -> str:
    """A one-time sign-in link as it is shown to the operator."""
    secret = operations.make_link(db.session(), account_id, now=web.now())
    address = current_app.config["PUBLIC_ADDRESS"] or f"http://{server.lan_address()}:{port}"
    with current_app.test_request_context():
        return f"{address}{url_for('access.sign_in_by_link', secret=secret)}"


@jobs.command("run-due")
@click.option("--now", "force", is_flag=True, help="Sweep the store though sittings are running.")
def run_jobs(force: bool) -> None:
    """Seal the sittings that are over; for a timer, as often as it likes."""
    done = run_due(db.session(), now=web.now(), force=force)
    if done.sealed:
        click.echo(f"Đã niêm phong / sealed: {done.sealed}")
    if done.swept:
        click.echo(f"Đã dọn sạch tệp / swept: {done.swept}")
    if done.failed:
        raise click.ClickException(
            f"Số phiếu không khớp tổng hợp cuối / not the sheets that were counted: {done.failed}"
        )


@click.command()
@with_appcontext
def doctor() -> None:
    """Check the store and every seal. Ends with 1 if something is wrong."""
    findings = []
    for finding in examine(db.session()):
        click.echo(f"{'✓' if finding.is_well else '✗'} {finding.words}")
        findings.append(finding)
    if not all(finding.is_well for finding in findings):
        raise click.exceptions.Exit(1)


@accounts.command("add")
@click.argument("login")
@click.option("--name", required=True, help="Name shown on pages.")
@click.option("--role", type=click.Choice([role.value for role in Role]), required=True)
@click.option("--unit", "code", help="Code of the unit at the top of the account's subtree.")
def add(login: str, name: str, role: str, code: str | None) -> None:
    """Make an account and print its one-time sign-in link."""
    session = db.session()
    unit_id = _unit(session, code)
    if unit_id is None and role != Role.ADMINISTRATOR:
        raise click.UsageError("--unit: cần mã tổ chức / the role needs a unit")
    if unit_id is not None and role == Role.ADMINISTRATOR:
        raise click.UsageError("--unit: quản trị không thuộc tổ chức nào / stands over all units")
    try:
        account_id = operations.grant(
            session, login=login, name=name, role=Role(role), unit_id=unit_id, now=web.now()
        )
    except operations.LoginTaken as error:
        raise click.ClickException(f"{login}: đã có / is taken") from error
    click.echo(link(account_id))


@accounts.command("link")
@click.argument("login")
def new_link(login: str) -> None:
    """Print a new one-time sign-in link; earlier ones end."""
    click.echo(link(_account(login).id))


@accounts.command("revoke")
@click.argument("login")
def revoke(login: str) -> None:
    """End an account: its browsers are signed out at once."""
    operations.revoke(db.session(), _account(login).id, now=web.now())
    click.echo(f"{login}: đã thu hồi / revoked")


@accounts.command("list")
def show() -> None:
    """List the accounts."""
    session = db.session()
    tree = load_tree(session, web.now().astimezone(web.ZONE).date())
    for account in session.scalars(select(Account).order_by(Account.login)):
        place = _place(tree, account.unit_id)
        ended = "  (đã thu hồi / revoked)" if account.revoked_at else ""
        click.echo(f"{account.login}\t{account.role}\t{place}{ended}")


def _account(login: str) -> Account:
    account = db.session().scalar(select(Account).where(Account.login == login.lower()))
    if account is None:
        raise click.ClickException(f"{login}: không có tài khoản này / no such account")
    return account


def _place(tree: Tree, unit_id: int | None) -> str:
    return tree.place(unit_id) if unit_id is not None and unit_id in tree else "–"


def _unit(session: Session, code: str | None) -> int | None:
    if code is None:
        return None
    unit_id = session.scalar(select(Unit.id).where(Unit.code == code))
    if unit_id is None:
        raise click.ClickException(f"{code}: không có tổ chức này / no such unit")
    return unit_id
