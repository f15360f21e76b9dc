"""Who may do what, where: one table of rights, one rule on every view.

A guard knows roles and paths only. A path is the ids of a unit and of every unit above it, top
first; the room that owns the page says how to find it.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, g, redirect, request, session, url_for
from werkzeug.wrappers import Response

from survey import db
from survey.access.models import Account, Role

View = TypeVar("View", bound=Callable[..., Any])
Path = Sequence[int]


class Right(StrEnum):
    HOME = "home"  # own first page, own password
    SEE_UNITS = "see_units"
    EDIT_UNITS = "edit_units"
    SEE_PAPERS = "see_papers"
    EDIT_PAPERS = "edit_papers"
    SEE_SITTINGS = "see_sittings"
    RUN_SITTINGS = "run_sittings"
    RUN_CHECK = "run_check"  # a cell's own check
    SEE_RESULTS = "see_results"
    MANAGE_ACCOUNTS = "manage_accounts"


_ORGANISING = frozenset({Role.ADMINISTRATOR, Role.ORGANISER})
_EVERYBODY = frozenset(Role)

PERMISSIONS: dict[Right, frozenset[Role]] = {
    Right.HOME: _EVERYBODY,
    Right.SEE_UNITS: _ORGANISING | {Role.VIEWER},
    Right.EDIT_UNITS: _ORGANISING,
    Right.SEE_PAPERS: _ORGANISING,
    Right.EDIT_PAPERS: _ORGANISING,
    Right.SEE_SITTINGS: _ORGANISING,
    Right.RUN_SITTINGS: _ORGANISING,
    Right.RUN_CHECK: _ORGANISING | {Role.SECRETARY},
    Right.SEE_RESULTS: _EVERYBODY,
    Right.MANAGE_ACCOUNTS: _ORGANISING,
}


def may(account: Account, right: Right, path: Path | None = None) -> bool:
    """Whether the account holds the right, and holds it at the unit with this path.

    No path: the right somewhere; the page then shows only what lies in the account's subtree.
    """
    if account.revoked_at is not None or account.role not in PERMISSIONS[right]:
        return False
    return path is None or account.unit_id is None or account.unit_id in path


def current_account() -> Account | None:
    """Who is signed in; a cookie older than a change of password or a revocation is nobody."""
    if "account" not in g:
        account = None
        kept = session.get("account")
        if isinstance(kept, list) and len(kept) == 2:
            account = db.session().get(Account, kept[0])
            if account and (account.generation != kept[1] or account.revoked_at is not None):
                account = None
        g.account = account
    return g.account  # type: ignore[no-any-return]


def signed_in() -> Account:
    """The account behind a page that `allow` has already admitted."""
    account = current_account()
    if account is None:
        abort(401)
    return account


def public(view: View) -> View:
    """Open to the world."""
    view.rule = "public"  # type: ignore[attr-defined]
    return view


def allow(right: Right, on: Callable[..., Path | None] | None = None) -> Callable[[View], View]:
    """The rule of a view: this right, at the unit that `on` finds from the address.

    `on(session, **address values)` returns the path, or None where nothing of that name exists;
    a stranger is asked to sign in before that, and learns nothing of what exists.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(**values: Any) -> Any:
            account = current_account()
            if account is None:
                return _to_sign_in()
            if not may(account, right):
                abort(403)
            if on is not None:
                path = on(db.session(), **values)
                if path is None:
                    abort(404)
                if not may(account, right, path):
                    abort(403)
            return view(**values)

        guarded.rule = right  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _to_sign_in() -> Response:
    if request.method != "GET":
        abort(401)
    return redirect(url_for("access.sign_in", next=request.full_path.rstrip("?")))


def require_rules(app: Flask) -> None:
    """Refuse to start with a view that has no rule."""
    bare = sorted(
        name
        for name, view in app.view_functions.items()
        if name != "static" and not hasattr(view, "rule")
    )
    if bare:
        raise RuntimeError(f"views without an access rule: {', '.join(bare)}")
