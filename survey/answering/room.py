"""What the pages of this room share."""

import time
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState

from survey import db, web
from survey.answering import pages
from survey.answering.entrances import Entrance
from survey.answering.front import FIELDS, LARGEST_SHEET, Front
from survey.answering.intake import Intake
from survey.answering.operations import Reception
from survey.answering.pages import Visit
from survey.answering.process import Process
from survey.answering.scripts import hash_of, read_static
from survey.answering.tokens import Tokens

bp = Blueprint("answering", __name__)


@bp.record_once
def _prepare(setup: BlueprintSetupState) -> None:
    app: Flask = setup.app  # type: ignore[assignment]
    static = read_static(str(app.static_folder))
    policy = {
        "default-src": "'none'",
        "style-src": hash_of(static.phone_css),
        "script-src": f"{hash_of(static.phone_js)} {hash_of(static.search_js)}",
        "connect-src": "'self'",
        "img-src": "data:",
        "media-src": "'self'",
        "worker-src": "'self'",
    }
    engine = app.extensions["survey_engine"]
    reception = Reception(Tokens(app.config["SECRET_KEY"]), Intake(engine, web.now))
    process = Process(engine, reception, headers=list(web.safe_headers(policy).items()))
    app.extensions |= {
        "answering": process,
        "answering_policy": policy,
        "answering_static": static._asdict(),
    }
    app.wsgi_app = Front(app.wsgi_app, process)  # type: ignore[assignment, method-assign]
    web.csrf.exempt(bp)  # no cookie, so nothing that another site could ride on


@bp.before_request
def _policy() -> None:
    """The page is one response: its sheet and script are inside it, and named by their hashes."""
    g.began = time.monotonic()
    g.csp = current_app.extensions["answering_policy"]
    # A sheet is a few kB; the room open to the world takes in no more than it needs.
    request.max_content_length = LARGEST_SHEET
    request.max_form_parts = FIELDS


@bp.context_processor
def _shared() -> dict[str, Any]:
    static: dict[str, str] = current_app.extensions["answering_static"]
    return {**static, **pages.ways(visit_to(None))}


def process() -> Process:
    return current_app.extensions["answering"]  # type: ignore[no-any-return]


def visit_to(entrance: Entrance | None) -> Visit:
    return Visit.of(request.args, entrance)


def entrance_of(key: str) -> Entrance | None:
    if len(key) != 26 or not (key.isascii() and key.isalnum()):
        return None
    found = process().entrances.get(db.session(), key.upper(), now=web.now())
    # Let go of the connection: a hall that hands in together waits for the intake, and the
    # intake must not wait for a connection that the hall holds.
    db.session().close()
    return found


def page(body: bytes, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/html")
