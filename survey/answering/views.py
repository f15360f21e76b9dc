"""The attendee's pages. Open to the world: no account, no cookie, no address kept."""

import hashlib
from base64 import b32encode

from flask import (
    Blueprint,
    Flask,
    Response,
    current_app,
    g,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from quizzes.item import Item
from quizzes.marking import ResponseError
from survey import db, web
from survey.access.guards import public
from survey.answering import operations, packing, pages
from survey.answering.entrances import Entrance, Entrances
from survey.answering.intake import AlreadyHandedIn, Busy, Intake, NotOpen, OtherEdition
from survey.answering.tokens import BadToken, Token, Tokens
from survey.sittings.models import Show, State
from survey.sittings.queries import find_code
from survey.text import holds

bp = Blueprint("answering", __name__)

LARGEST_SHEET = 64 * 1024
LONG_LIST = 200  # cells; above it the cell is looked for on a page of its own
FOUND = 40


@bp.record_once
def _prepare(setup: object) -> None:
    app: Flask = setup.app  # type: ignore[attr-defined]
    css, script = pages.read_static(str(app.static_folder))
    app.extensions |= {
        "answering_entrances": Entrances(),
        "answering_pieces": pages.Pieces(),
        "answering_css": css,
        "answering_script": script,
        "answering_policy": {
            "default-src": "'none'",
            "style-src": pages.hash_of(css),
            "script-src": pages.hash_of(script),
            "connect-src": "'self'",
            "img-src": "data:",
        },
        "answering_tokens": Tokens(app.config["SECRET_KEY"]),
        "answering_intake": Intake(app.extensions["survey_engine"], web.now),
    }
    web.csrf.exempt(bp)  # no cookie, so nothing that another site could ride on


@bp.before_request
def _policy() -> None:
    """The page is one response: its sheet and script are inside it, and named by their hashes."""
    g.csp = current_app.extensions["answering_policy"]
    # A sheet is a few kB; the room open to the world takes in no more than it needs.
    request.max_content_length = LARGEST_SHEET
    request.max_form_parts = 2000


@bp.context_processor
def _ways() -> dict[str, object]:
    return pages.ways(None)


@bp.get("/")
@public
def front() -> str | AnyResponse | tuple[str, int]:
    """For those who cannot scan: type the code of the poster."""
    typed = request.args.get("code", "").strip()
    if not typed:
        return _plain("answering/front.html", typed="", wrong=False)
    door = find_code(db.session(), typed)
    if door is None:
        return _plain("answering/front.html", typed=typed[:20], wrong=True), 404
    return redirect(url_for("answering.door", key=door.key, lang=pages.carried("lang")))


@bp.get("/D/<key>")
@public
def door(key: str) -> str | Response | tuple[str, int]:
    entrance = _entrance(key)
    if entrance is None:
        return _unknown()
    state = entrance.state(web.now())
    if not state.takes_sheets:
        return _not_open(entrance, state)
    cell = request.args.get("cell", type=int)
    if cell not in entrance.cells:
        cell = None
    if cell is None and len(entrance.cells) > LONG_LIST:
        return _chooser(entrance)
    seed = pages.draw_seed()
    token = _tokens().issue(
        door_id=entrance.door.id, edition_id=entrance.edition_id, seed=seed, now=web.now()
    )
    pieces = pages.paper_page(entrance, cell, token, seed)
    if not request.accept_encodings.quality("gzip"):
        return _page(packing.plain_of(pieces))
    page = _page(packing.gzip_of(pieces))
    page.headers["Content-Encoding"] = "gzip"
    page.headers["Vary"] = "Accept-Encoding"
    return page


@bp.post("/D/<key>")
@public
def hand_in(key: str) -> AnyResponse:
    """Take a sheet. A phone with scripts asks for JSON and gets the same words inside it."""
    entrance = _entrance(key)
    if entrance is None:
        return _say("unknown", 404)
    form = request.form
    try:
        token = _tokens().read(form.get("t", ""))
        receipt = operations.receipt_of(token, form.get("r", ""))
        responses = operations.read_responses(
            entrance.paper, token.seed, _ticked(form, len(entrance.paper.items))
        )
        missing = sum(not response for response in responses)
        # A sitting that is over says so before more answers are asked for.
        if missing and "anyway" not in form and entrance.state(web.now()).takes_sheets:
            return _mend(entrance, token, missing)
        handed = operations.hand_in(
            current_app.extensions["answering_intake"],
            entrance,
            token,
            receipt=receipt,
            cell=form.get("cell", type=int),
            mode=request.args.get("m", ""),
            responses=responses,
        )
    except (BadToken, ResponseError, OtherEdition):
        return _say("stale", 400, key=key)
    except operations.NoSuchCell:
        return _say("stale", 400, key=key) if _scripted() else _mend(entrance, token, missing)
    except NotOpen as refusal:
        return _say(refusal.state, 409, entrance=entrance, state=refusal.state, handing_in=True)
    except AlreadyHandedIn:
        return _say("already", 409, entrance=entrance)
    except Busy:
        answer = _say("busy", 503)
        answer.headers["Retry-After"] = "5"
        return answer
    return _done(entrance, handed)


def _done(entrance: Entrance, handed: operations.Handed) -> AnyResponse:
    digest = hashlib.sha256(b"shown" + handed.receipt).digest()
    code = b32encode(digest).decode()[:4]
    answers = entrance.show is Show.ANSWERS
    weak = [
        entrance.paper.items[index]
        for index, response in enumerate(handed.responses)
        if response != entrance.paper.items[index].key
    ]
    return _say(
        "recorded",
        200,
        entrance=entrance,
        handed=handed,
        code=f"{code[:2]}-{code[2:]}",
        mac=_tokens().acknowledge(handed.receipt),
        show_score=entrance.show is not Show.THANKS,
        review=list(zip(entrance.paper.items, handed.responses, strict=True)) if answers else [],
        weak_clauses=_clauses(entrance, weak),
    )


# What is said for each outcome of handing in.
_TEMPLATES = {
    "recorded": "answering/done.html",
    "already": "answering/already.html",
    "stale": "answering/stale.html",
    "busy": "answering/busy.html",
    "unknown": "answering/unknown.html",
    State.PLANNED: "answering/not_open.html",
    State.PAUSED: "answering/not_open.html",
    State.CLOSED: "answering/not_open.html",
}


def _scripted() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _say(outcome: str, status: int, **values: object) -> AnyResponse:
    template = _TEMPLATES[outcome]
    if not _scripted():
        return _page(_plain(template, **values).encode(), status)
    html = render_template(template, layout="answering/fragment.html", **values)
    said = {name: values[name] for name in ("code", "mac") if name in values}
    # The phone knows by its own receipt that it was this server, and not a portal, that spoke.
    receipt = request.form.get("r", "")
    answer = jsonify(state=outcome, receipt=receipt, html=html, **said)
    answer.status_code = status
    return answer


def _clauses(entrance: Entrance, items: list[Item]) -> list[str]:
    wanted = {item.clause for item in items}
    return [clause.label for clause in entrance.paper.clauses if clause.id in wanted]


def _mend(entrance: Entrance, token: Token, missing: int) -> Response:
    """What is lacking, with all that was ticked still ticked; the same slip, the same receipt."""
    form = request.form
    cell = form.get("cell", type=int)
    known = entrance.only_cell is not None or cell in entrance.cells
    problems: list[tuple[str, str]] = []
    if not known:
        problems.append(("cells", _("Đồng chí chưa chọn chi bộ.")))
    if missing:
        first = next(
            index
            for index, _order in entrance.paper.order(token.seed)
            if not form.getlist(f"q{index}")
        )
        problems.append(
            (
                f"q{first}",
                ngettext("Còn %(num)d câu chưa trả lời.", "Còn %(num)d câu chưa trả lời.", missing),
            )
        )
    chosen = {
        index: frozenset(int(text) for text in texts)
        for index, texts in _ticked(form, len(entrance.paper.items)).items()
    }
    body = pages.mended_page(
        entrance,
        form["t"],
        token.seed,
        cell=cell if known else None,
        chosen=chosen,
        problems=problems,
        may_send_anyway=known,
    )
    return _page(body, 422)


def _ticked(form: MultiDict[str, str], items: int) -> dict[int, list[str]]:
    return {i: texts for i in range(items) if (texts := form.getlist(f"q{i}"))}


def _chooser(entrance: Entrance) -> str:
    """Find the own cell among many: by a few letters without marks, or by the unit above."""

    asked = request.args.get("q", "").strip()
    upper = request.args.get("u", type=int)
    found: list[tuple[int, str]] = []
    if asked:
        found = [
            (cell, f"{name}, {group}")
            for group, cells in entrance.groups
            for cell, name in cells
            if holds(f"{name} {group}", asked)
        ]
    elif upper is not None and 0 <= upper < len(entrance.groups):
        found = list(entrance.groups[upper][1])
    return _plain(
        "answering/chooser.html",
        phone_js=current_app.extensions["answering_script"],
        entrance=entrance,
        asked=asked,
        upper=upper,
        found=found[:FOUND] if asked else found,
        more=max(0, len(found) - FOUND) if asked else 0,
    )


def _not_open(entrance: Entrance, state: State) -> str:
    # With its script: a sheet that waits on the phone goes in while the grace lasts.
    script = current_app.extensions["answering_script"]
    return _plain("answering/not_open.html", entrance=entrance, state=state, phone_js=script)


def _unknown() -> tuple[str, int]:
    return _plain("answering/unknown.html"), 404


def _plain(template: str, **values: object) -> str:
    return render_template(template, phone_css=pages.phone_css(), **values)


def _page(body: bytes, status: int = 200) -> Response:
    return Response(body, status, mimetype="text/html")


def _entrance(key: str) -> Entrance | None:
    if len(key) != 26 or not key.isascii():
        return None
    entrances: Entrances = current_app.extensions["answering_entrances"]
    found = entrances.get(db.session(), key.upper(), now=web.now())
    # Let go of the connection: a hall that hands in together waits for the intake, and the
    # intake must not wait for a connection that the hall holds.
    db.session().close()
    return found


def _tokens() -> Tokens:
    return current_app.extensions["answering_tokens"]  # type: ignore[no-any-return]
