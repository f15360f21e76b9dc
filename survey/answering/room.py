"""What the pages of this room share."""

import time
from typing import Any

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.blueprints import BlueprintSetupState

from survey import db, web
from survey.answering import chooser, pages
from survey.answering.entrance import Entrance
from survey.answering.entrances import Entrances
from survey.answering.front import FIELDS, LARGEST_SHEET
from survey.answering.intake import Intake
from survey.answering.operations import Reception
from survey.answering.pages import Visit
from survey.answering.process import Process
from survey.answering.scripts import hash_of, read_static
from survey.answering.tokens import Tokens, derive

bp = Blueprint("answering", __name__)


@bp.record_once
def _prepare(setup: BlueprintSetupState) -> None:
    app: Flask = setup.app  # type: ignore[assignment]
    static = read_static(str(app.static_folder))
    policy = {
        "default-src": "'none'",
        "style-src": hash_of(static.phone_css),
        "script-src": " ".join(map(hash_of, static[1:])),
        "connect-src": "'self'",
        "img-src": "data:",
        "media-src": "'self'",
        "worker-src": "'self'",
    }
    engine = db.engine_apart(app.extensions["survey_engine"])
    secret = app.config["SECRET_KEY"]
    process = Process(
        engine,
        Reception(Tokens(secret), Intake(engine, web.now), secret),
        list(web.safe_headers(policy).items()),
        Entrances(derive(secret, b"order")),
    )
    app.extensions |= {
        "answering": process,
        "answering_policy": policy,
        "answering_static": static._asdict(),
    }
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
    functions = {"long_list": chooser.long_list, "script_words": pages.script_words}
    return {**static, **pages.ways(visit_to(None)), **functions}


def process() -> Process:
    return current_app.extensions["answering"]  # type: ignore[no-any-return]


def visit_to(entrance: Entrance | None) -> Visit:
    return Visit.of(request.args, entrance)


def entrance_of(key: str) -> Entrance | None:
    if len(key) != 26 or not (key.isascii() and key.isalnum()):
        return None
    key, now = key.upper(), web.now()
    found = process().entrances.at_hand(key, now)
    if found is not None:
        return found
    found = process().entrances.get(db.session(), key, now=now)
    # Let go of the connection: a hall that hands in together waits for the intake, and the
    # intake must not wait for a connection that the hall holds.
    db.session().close()
    return found


def page(body: bytes, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/html")
