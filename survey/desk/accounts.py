"""Accounts as an organiser makes them: for a unit of the own subtree, handed over as a link."""

from datetime import timedelta
from itertools import islice

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import RadioField, StringField
from wtforms.validators import DataRequired, Length, Regexp

from survey import db, web
from survey.access import operations
from survey.access.guards import Right, allow, signed_in
from survey.access.models import Account, Role
from survey.sittings.posters import qr_svg
from survey.text import clean, holds
from survey.units.models import Unit
from survey.units.queries import Kind, Tree, load_tree, path_of

bp = Blueprint("accounts", __name__)

FOUND = 50  # units listed; more words narrow it down

ROLE_NAMES = {
    Role.ADMINISTRATOR: _l("Quản trị"),
    Role.ORGANISER: _l("Ban tổ chức"),
    Role.SECRETARY: _l("Bí thư chi bộ"),
    Role.VIEWER: _l("Người xem kết quả"),
}


class AccountForm(web.Form):
    name = StringField(
        _l("Họ tên"), [DataRequired(), Length(max=200)], filters=[lambda text: clean(text or "")]
    )
    login = StringField(
        _l("Tên đăng nhập"),
        [
            DataRequired(),
            Length(max=80),
            Regexp(r"^[A-Za-z0-9._-]+$", message=_l("Chỉ dùng chữ không dấu, số và . _ -")),
        ],
        filters=[lambda text: clean(text or "")],
    )
    role = RadioField(_l("Quyền"), [DataRequired()])


def path_of_account(session: Session, account_id: int) -> tuple[int, ...] | None:
    """Where an account stands; one that stands nowhere is an administrator's to touch."""
    account = session.get(Account, account_id)
    if account is None:
        return None
    return path_of(session, account.unit_id) if account.unit_id is not None else ()


@bp.get("/accounts")
@allow(Right.MANAGE_ACCOUNTS)
def index() -> str:
    session, own = db.session(), signed_in()
    tree = load_tree(session, web.now().astimezone(web.ZONE).date())
    asked = clean(request.args.get("q", ""))
    rows = []
    for account in session.scalars(select(Account).order_by(Account.login)):
        path = path_of(session, account.unit_id) if account.unit_id is not None else ()
        if own.unit_id is not None and own.unit_id not in (path or ()):
            continue
        place = _place(session, tree, account.unit_id)
        if holds(f"{account.login} {account.name} {place}", asked):
            rows.append((account, place))
    return render_template("desk/accounts.html", rows=rows, asked=asked, role_names=ROLE_NAMES)


@bp.get("/accounts/new")
@allow(Right.MANAGE_ACCOUNTS)
def choose_unit() -> str:
    """An account stands somewhere: first the unit, then who."""
    session, own = db.session(), signed_in()
    asked = clean(request.args.get("q", ""))
    tree = load_tree(session, web.now().astimezone(web.ZONE).date())
    tops = [own.unit_id] if own.unit_id is not None else tree.roots
    units = (unit for top in tops if top in tree for unit in tree.under(top))
    # There is a `Thôn 2` everywhere: the names above a unit are searched with its own.
    found = list(islice((u for u in units if holds(tree.place(u), asked)), FOUND)) if asked else []
    return render_template("desk/choose_unit.html", asked=asked, found=found, tree=tree, tops=tops)


@bp.route("/units/<int:unit_id>/accounts/new", methods=["GET", "POST"])
@allow(Right.MANAGE_ACCOUNTS, on=path_of)
def new(unit_id: int) -> str | Response:
    session, own = db.session(), signed_in()
    tree = load_tree(session, web.now().astimezone(web.ZONE).date())
    if unit_id not in tree:
        abort(404)
    form = AccountForm()
    roles = _roles(own, tree[unit_id].kind)
    form.role.choices = [(role.value, ROLE_NAMES[role]) for role in roles]
    if form.validate_on_submit():
        try:
            account_id = operations.grant(
                session,
                login=form.login.data or "",
                name=form.name.data or "",
                role=Role(form.role.data),
                unit_id=None if form.role.data == Role.ADMINISTRATOR else unit_id,
                now=web.now(),
            )
        except operations.LoginTaken:
            form.login.errors = [_("Tên đăng nhập này đã có người dùng.")]
        else:
            flash(_("Đã tạo tài khoản. Đồng chí cấp liên kết để người này đăng nhập."), "success")
            return redirect(url_for("accounts.show", account_id=account_id))
    if not form.role.data and roles:
        form.role.data = roles[0].value
    return render_template("desk/new_account.html", form=form, place=tree.place(unit_id))


def _roles(own: Account, kind: str) -> list[Role]:
    """What may be granted at such a unit: a secretary has one cell, only an administrator of
    everything makes another. One of a subtree, should there be any, comes in by a link of those
    above, and must not bring them further than they may go themselves."""
    roles = [Role.SECRETARY, Role.VIEWER] if kind == Kind.CELL else [Role.ORGANISER, Role.VIEWER]
    is_over_all = own.role == Role.ADMINISTRATOR and own.unit_id is None
    return [*roles, Role.ADMINISTRATOR] if is_over_all else roles


@bp.get("/accounts/<int:account_id>")
@allow(Right.MANAGE_ACCOUNTS, on=path_of_account)
def show(account_id: int) -> str:
    return _page(account_id)


@bp.post("/accounts/<int:account_id>/link")
@allow(Right.MANAGE_ACCOUNTS, on=path_of_account)
def make_link(account_id: int) -> str | Response:
    """The link is shown once, in the answer to this very press: only its hash is kept."""
    session = db.session()
    if session.get_one(Account, account_id).revoked_at is not None:
        flash(_("Tài khoản đã thu hồi, không cấp liên kết được."), "error")
        return redirect(url_for("accounts.show", account_id=account_id))
    secret = operations.make_link(session, account_id, now=web.now())
    link = web.public_url(url_for("access.sign_in_by_link", secret=secret))
    return _page(account_id, link=link, qr=qr_svg(link))


@bp.post("/accounts/<int:account_id>/revoke")
@allow(Right.MANAGE_ACCOUNTS, on=path_of_account)
def revoke(account_id: int) -> Response:
    if account_id == signed_in().id:
        flash(_("Không thu hồi được tài khoản đang dùng."), "error")
    else:
        operations.revoke(db.session(), account_id, now=web.now())
        flash(_("Đã thu hồi. Tài khoản này không đăng nhập được nữa."), "success")
    return redirect(url_for("accounts.show", account_id=account_id))


@bp.post("/accounts/<int:account_id>/restore")
@allow(Right.MANAGE_ACCOUNTS, on=path_of_account)
def restore(account_id: int) -> Response:
    operations.restore(db.session(), account_id)
    flash(_("Đã cho dùng lại. Đồng chí cấp liên kết mới để người này đăng nhập."), "success")
    return redirect(url_for("accounts.show", account_id=account_id))


def _place(session: Session, tree: Tree, unit_id: int | None) -> str:
    """Where an account stands, also when its unit has ended; an administrator's stands nowhere."""
    if unit_id is None:
        return ""
    if unit_id in tree:
        return tree.place(unit_id)
    ended = session.get_one(Unit, unit_id).ended
    last = load_tree(session, ended - timedelta(days=1)) if ended else tree
    name = last.place(unit_id) if unit_id in last else str(unit_id)
    return str(_("%(place)s (đã kết thúc hoạt động)", place=name))


def _page(account_id: int, link: str = "", qr: str = "") -> str:
    session = db.session()
    held = session.get_one(Account, account_id)
    tree = load_tree(session, web.now().astimezone(web.ZONE).date())
    place = _place(session, tree, held.unit_id)
    return render_template(
        "desk/account.html", held=held, place=place, link=link, qr=qr, role_names=ROLE_NAMES
    )
