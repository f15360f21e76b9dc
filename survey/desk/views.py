"""The first page of whoever signs in, and the way to all others."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from survey import db, web
from survey.access.guards import Right, allow, current_account, may, signed_in
from survey.access.models import Account, Role
from survey.desk import queries

bp = Blueprint("desk", __name__)


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    label: str
    current: bool


@bp.app_context_processor
def ways() -> dict[str, object]:
    """The navigation of signed-in pages: what this account may see."""
    if request.blueprint in web.COOKIELESS:
        return {}
    account = current_account()
    return {"nav": _nav(account) if account else [], "home_url": url_for("desk.home")}


def _nav(account: Account) -> list[Link]:
    if account.role == Role.SECRETARY:
        ways = [
            (Right.RUN_CHECK, "check.mine", _("Kiểm tra tháng này"), {"check"}),
            (Right.SEE_RESULTS, "results.index", _("Kết quả"), {"results"}),
        ]
    else:
        ways = [
            (Right.SEE_SITTINGS, "sittings.index", _("Đợt khảo sát"), {"sittings", "roll"}),
            (Right.SEE_PAPERS, "papers.index", _("Đề và câu hỏi"), {"papers"}),
            (Right.SEE_UNITS, "units.index", _("Tổ chức"), {"units"}),
            (Right.SEE_RESULTS, "results.index", _("Kết quả"), {"results"}),
            (Right.MANAGE_ACCOUNTS, "accounts.index", _("Tài khoản"), {"accounts"}),
        ]
    return [
        Link(url_for(endpoint), label, request.blueprint in rooms)
        for right, endpoint, label, rooms in ways
        if may(account, right)
    ]


@bp.get("/desk")
@allow(Right.HOME)
def home() -> str | Response:
    account = signed_in()
    if account.role == Role.SECRETARY:
        return redirect(url_for("check.mine"))
    if account.role == Role.VIEWER:
        return redirect(url_for("results.index"))
    now: datetime = web.now()
    return render_template(
        "desk/home.html", desk=queries.desk_of(db.session(), account.unit_id, now=now)
    )
