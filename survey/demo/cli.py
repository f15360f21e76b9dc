"""`flask --app survey demo`: an instance of its own, filled once, then served."""

import os
import shutil
from pathlib import Path

import click
from flask import Flask, current_app
from sqlalchemy import select

from survey import db, server, web
from survey.access.models import Account
from survey.answering.queries import answered_total
from survey.demo.build import build
from survey.desk.cli import link, prepare, start
from survey.sittings.models import Sitting
from survey.sittings.posters import door_link
from survey.sittings.queries import doors_of

FOLDER = "demo"


def register(app: Flask) -> None:
    app.cli.add_command(demo)


@click.command()
@click.option("--port", type=server.PORTS, default=server.PORT, show_default=True, envvar="PORT")
@click.option("--host", default="0.0.0.0", show_default=True)  # noqa: S104
@click.option("--no-serve", is_flag=True, help="Build the data, print the links, and end.")
def demo(port: int, host: str, no_serve: bool) -> None:
    """Try it out: demo data in instance/demo, apart from the real instance."""
    if not no_serve:
        _check(host, port)  # said before the data is made, not after
    # Not the address of the real instance's own settings: its QR must not lead to the demo.
    address = os.environ.get("SURVEY_PUBLIC_ADDRESS") or f"http://{server.lan_address()}:{port}"
    folder = Path(current_app.instance_path)
    if folder.name != FOLDER:
        folder /= FOLDER
    if not (folder / "survey.sqlite").exists():
        click.echo("Đang tạo dữ liệu mẫu, chừng nửa phút … / making demo data …")
        _make(folder, address)
    app = _application(folder, address)
    with app.app_context():
        prepare(app)
        _tell()
        if not no_serve:
            start(app, host=host, port=port, workers=1)


def _application(folder: Path, address: str) -> Flask:
    from survey import create_app

    return create_app({"PUBLIC_ADDRESS": address, "DATABASE_URL": None}, instance=folder)


def _make(folder: Path, address: str) -> None:
    """Built beside its place and moved there when it is whole: stopped half-way, it is begun
    anew by the next start."""
    draft = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(draft, ignore_errors=True)
    app = _application(draft, address)
    with app.app_context():
        prepare(app)
        build(db.session(), now=web.now())
        db.session().close()
        db.engine().dispose()
    shutil.rmtree(folder, ignore_errors=True)  # at most the key of this very command
    draft.rename(folder)


def _check(host: str, port: int) -> None:
    try:
        server.check_port(host, port)
    except server.CannotListen as error:
        raise click.ClickException(str(error)) from error


def _tell() -> None:
    """The links that open the demo, and the QR of the sitting that is open."""
    session = db.session()
    now = web.now()
    sitting = session.scalars(
        select(Sitting).where(Sitting.conference_id.is_not(None)).order_by(Sitting.id.desc())
    ).first()
    if sitting is None:
        return
    doors = doors_of(session, sitting.id)
    door = next((door for door in doors if door.hall_id is not None), doors[0])
    _show_qr(door_link(door))
    click.echo(f"Quét để trả lời / scan to answer: {door_link(door)}")
    click.echo(f"  {sitting.title} ({sitting.state(now)}, {answered_total(session, sitting.id)})")
    for login, word in (("tinh", "Ban tổ chức / organiser"), ("bithu", "Bí thư / secretary")):
        account = session.scalars(select(Account).where(Account.login == login)).one()
        click.echo(f"{word}: {link(account.id)}")


def _show_qr(text: str) -> None:
    """A QR of half-block characters that a phone can scan from the terminal."""
    import qrcode

    code = qrcode.QRCode(border=2)
    code.add_data(text)
    code.print_ascii(invert=True)
