"""Signing in and out, and one's own password."""

import re
import time

from flask import (
    Blueprint,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from survey import db, web
from survey.access import operations, queries
from survey.access.forms import LinkForm, PasswordForm, SignInForm
from survey.access.guards import Right, allow, current_account, public, signed_in
from survey.access.models import Account
from survey.access.passwords import PATIENCE, Crowded
from survey.gateway import hold

bp = Blueprint("access", __name__)

# Seconds until a wrong password is told: a try at a login that there is takes a write more.
PACE = 0.3

# `//host` and `/\\host` lead elsewhere, and a control character ends a header.
_OWN_PATH = re.compile(r"/(?![/\\])[^\x00-\x1f\x7f]*")


@bp.app_context_processor
def account_of_page() -> dict[str, object]:
    """Every signed-in page shows who is signed in; attendees' pages never ask."""
    if request.blueprint in web.COOKIELESS:
        return {"account": None}
    return {"account": current_account(), "sign_out_url": url_for("access.sign_out")}


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> str | Response:
    began = time.monotonic()
    form = SignInForm()
    if form.validate_on_submit():
        try:
            account = operations.check_password(
                db.session(),
                form.login.data or "",
                form.password.data or "",
                now=web.now(),
            )
        except Crowded:
            return _crowded("access/sign_in.html", form)
        except operations.WrongPassword:
            hold(max(0.0, began + PACE - time.monotonic()))
            form.password.errors = [
                _(
                    "Tên đăng nhập hoặc mật khẩu chưa đúng. Nếu đã sai nhiều lần, đồng chí chờ "
                    "một phút rồi thử lại."
                )
            ]
        else:
            _begin(account, stay=form.stay.data)
            return redirect(_next())
    return render_template("access/sign_in.html", form=form)


@bp.route("/sign-in/<secret>", methods=["GET", "POST"])
@public
def sign_in_by_link(secret: str) -> str | Response | tuple[str, int]:
    """Opening the link shows a button: a messenger that fetches links for a preview must not
    spend it."""
    form = LinkForm()
    if form.validate_on_submit():
        try:
            account = operations.use_link(db.session(), secret, now=web.now())
        except operations.LinkSpent:
            return render_template("access/link_spent.html"), 410
        _begin(account, stay=form.stay.data)
        if account.password_hash is None:
            flash(_("Đã đăng nhập. Đồng chí đặt mật khẩu cho lần sau."), "success")
            return redirect(url_for("access.own_account"))
        return redirect(_next())
    found = queries.account_of_link(db.session(), secret, now=web.now())
    if found is None:
        return render_template("access/link_spent.html"), 410
    return render_template("access/sign_in_by_link.html", form=form, holder=found)


@bp.post("/sign-out")
@public
def sign_out() -> Response:
    session.pop("account", None)
    flash(_("Đã đăng xuất."), "success")
    return redirect(url_for("access.sign_in"))


@bp.route("/account", methods=["GET", "POST"])
@allow(Right.HOME)
def own_account() -> str | Response:
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            account = operations.set_password(
                db.session(), signed_in().id, form.password.data or "", now=web.now()
            )
        except Crowded:
            return _crowded("access/own_account.html", form)
        _begin(account, stay=session.permanent)
        flash(_("Đã đổi mật khẩu. Các máy khác phải đăng nhập lại."), "success")
        return redirect(url_for("desk.home"))
    return render_template("access/own_account.html", form=form)


def _crowded(template: str, form: web.Form) -> Response:
    form.form_errors = [_("Nhiều người đang đăng nhập. Đồng chí thử lại sau ít giây.")]
    answer = make_response(render_template(template, form=form), 503)
    answer.headers["Retry-After"] = str(round(PATIENCE))
    return answer


def _begin(account: Account, *, stay: bool) -> None:
    """A fresh session: nothing of the visitor before is carried over but the language."""
    language = session.get("lang")
    session.clear()
    if language:
        session["lang"] = language
    session["account"] = [account.id, account.generation]
    session.permanent = stay


def _next() -> str:
    """Where the visitor was going; only a path of this site is followed."""
    wanted = request.args.get("next", "")
    return wanted if _OWN_PATH.fullmatch(wanted) else url_for("desk.home")
