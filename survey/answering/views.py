"""The attendee's pages. Open to the world: no account, no cookie, no address kept."""

import logging

from flask import Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from quizzes.marking import ResponseError
from survey import db, web
from survey.access.guards import public
from survey.answering import audio, chooser, offline, packing, pages, thanks
from survey.answering.entrance import Entrance
from survey.answering.front import CODES, OUTCOME, PACED, Outcome
from survey.answering.operations import (
    REFUSALS,
    Form,
    Handed,
    Incomplete,
    NoSuchCell,
    cell_of,
    first,
    ticked,
)
from survey.answering.pages import Slip
from survey.answering.process import said
from survey.answering.room import bp, entrance_of, page, process, visit_to
from survey.answering.storing import (
    AlreadyHandedIn,
    Busy,
    NotOpen,
    OtherEdition,
    TicketSpent,
    UnknownTicket,
)
from survey.answering.thanks import Text
from survey.answering.tokens import BadToken
from survey.gateway import RETRY_AFTER, hold
from survey.sittings.models import State
from survey.sittings.queries import find_code
from survey.sittings.tickets import find_ticket, mark_of, read_ticket

__all__ = ["audio", "bp"]

log = logging.getLogger(__name__)

# ------------------------------------------------------------------ coming in


@bp.get("/")
@public
def front() -> AnyResponse:
    """For those who cannot scan: type the code of the poster."""
    typed = request.args.get("code", "").strip()
    if not typed:
        return _html("answering/front.html", typed="", wrong=False)
    door = find_code(db.session(), typed)
    if door is None:
        db.session().close()  # nobody waits for a connection that a guess holds
        _slowly(CODES)
        return _lasting("front", typed, wrong=True)
    speaks = visit_to(None).carried.get("lang")
    return redirect(url_for("answering.door", key=door.key, lang=speaks))


@bp.get("/D/<key>")
@bp.get("/D/<key>/<ticket>")
@public
def door(key: str, ticket: str | None = None) -> AnyResponse:
    entrance = entrance_of(key)
    if entrance is None:
        _slowly(CODES)
        return _lasting("unknown")
    state = entrance.state(web.now())
    if not state.takes_sheets:
        return _shut(entrance, state)
    visit = visit_to(entrance)
    if entrance.tickets and ticket is not None:
        return _door_by_ticket(entrance, ticket)
    seed, now, pieces = pages.draw_seed(), web.now(), process().pieces
    halves = pages.kept_page(pieces, entrance, visit, seed)
    halves = halves or pages.render_page(pieces, entrance, visit, seed, now=now)
    return _compressed(pages.joined(halves, process().slip(entrance, seed, now)))


@bp.get("/D/<key>/cells")
@public
def names(key: str) -> AnyResponse:
    """The own cell in a long list: names for its script, a page of them without scripts."""
    entrance = entrance_of(key)
    if entrance is None:
        _slowly(CODES)
        return _lasting("unknown")
    return chooser.names(entrance) if _scripted() else page(chooser.chooser_page(entrance).encode())


@bp.get("/D/sw.js")
@public
def worker() -> AnyResponse:
    return offline.worker(process().headers)


def _shut(entrance: Entrance, state: State) -> AnyResponse:
    """Kept, for a hall asks again and again until its sitting opens."""
    html = render_template(
        "answering/not_open.html", entrance=entrance, state=state, with_script=True
    )
    body = packing.gzip_of([packing.packed(html.encode())])
    visit, now = visit_to(entrance), web.now()
    return _compressed(process().keep_shut(entrance, visit, state, body, now))


def _door_by_ticket(entrance: Entrance, typed: str) -> AnyResponse:
    """The page with its ticket in it, once the ticket is known to be one, and still unspent."""
    code = read_ticket(typed)
    sitting = entrance.sitting_id
    key = process().reception.secret_key
    held = code and find_ticket(db.session(), sitting, mark_of(sitting, code, secret_key=key))
    db.session().close()
    if not code or not held:
        _slowly(sitting)
        return _html("answering/ticket.html", 404, entrance=entrance)
    if held.spent:
        # With its script: the phone on which it was spent says that its sheet is in.
        return _html("answering/spent.html", entrance=entrance, with_script=True)
    visit = visit_to(None)._replace(cell=held.unit_id, by_ticket=True)
    seed, now = pages.draw_seed(), web.now()
    halves = pages.render_page(process().pieces, entrance, visit, seed, now=now)
    return _compressed(pages.joined(halves, process().slip(entrance, seed, now, code)))


def _slowly(about: object) -> None:
    """Wait out the pace of wrong guesses."""
    if not request.environ.get(PACED):
        hold(process().guesses.pace(about, g.began))


def _lasting(name: str, typed: str = "", **values: object) -> Response:
    """A page for wrong guesses, kept for the many that may come; with it the one for too many."""
    keeps, visit, now = process(), visit_to(None), web.now()
    for kept in (name, "busy"):
        html = render_template(f"answering/{kept}.html", typed=thanks.HERE, **values)
        keeps.parts.put(("page", visit, kept), Text.of(html), now)
    return page(keeps.lasting(name, visit, typed) or b"", 404)


def _compressed(body: bytes) -> Response:
    if not request.accept_encodings.quality("gzip"):
        return page(packing.plain_of(body))
    answer = page(body)
    answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


# ------------------------------------------------------------------ handing in


@bp.post("/D/<key>")
@bp.post("/D/<key>/<ticket>")
@public
def hand_in(key: str, ticket: str | None = None) -> AnyResponse:
    """Take a sheet. A phone with scripts asks for JSON and gets the same words inside it."""
    entrance = entrance_of(key)
    if entrance is None:
        _slowly(CODES)
        return _say("unknown", 404)
    form: Form = dict(request.form.lists())
    outcome = request.environ.get(OUTCOME) or _take(entrance, form)
    if isinstance(outcome, Handed):
        return _acknowledge(entrance, form, outcome)
    if isinstance(outcome, Busy):
        return _busy()
    if isinstance(outcome, UnknownTicket) and first(form, "k"):  # nothing typed is no guess
        _slowly(entrance.sitting_id)
    if isinstance(outcome, (Incomplete, UnknownTicket, TicketSpent)) and not _scripted():
        return _mend(entrance, form, outcome)
    if isinstance(outcome, NotOpen):
        state = outcome.state
        return _say(state, 409, entrance=entrance, state=state, handing_in=True)
    words, status = _REFUSED[type(outcome)]
    return _say(words, status, entrance=entrance)


_REFUSED: dict[type[Exception], tuple[str, int]] = {
    BadToken: ("stale", 400),
    ResponseError: ("stale", 400),
    OtherEdition: ("stale", 400),
    Incomplete: ("stale", 400),
    NoSuchCell: ("stale", 400),
    UnknownTicket: ("ticket", 400),
    TicketSpent: ("spent", 409),
    AlreadyHandedIn: ("already", 409),
}


def _take(entrance: Entrance, form: Form) -> Outcome:
    try:
        return process().reception.hand_in(entrance, form, mode=visit_to(None).mode, now=web.now())
    except REFUSALS as refusal:
        return refusal.with_traceback(None)


# ------------------------------------------------------------------ what is said


def _acknowledge(entrance: Entrance, form: Form, handed: Handed) -> AnyResponse:
    keeps, now = process(), web.now()

    def find(part: thanks.Part) -> Text:
        return keeps.parts.last(part) or keeps.parts.put(part, thanks.render(entrance, part), now)

    told = keeps.acknowledgement(entrance, handed, find, visit_to(None).language, now)
    if _scripted():
        return Response(told.message(first(form, "r")), mimetype="application/json")
    return page(told.page())


def _scripted() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _say(outcome: str, status: int, **values: object) -> AnyResponse:
    """In words of its own for each way in which handing in ends, but for a success."""
    template = "not_open" if outcome in list(State) else outcome
    template = f"answering/{template}.html"
    if not _scripted():
        # Sent again by a button: a browser's way back would show a page with nothing ticked.
        return _html(template, status, fields=list(request.form.items(multi=True)), **values)
    html = render_template(template, layout="answering/fragment.html", **values)
    words = said(request.form.get("r", ""), state=outcome, html=html)
    return Response(words, status, mimetype="application/json")


def _busy() -> AnyResponse:
    # Who only came, and has a sheet on the phone that waits, sends it from this page, too.
    answer = _say("busy", 503, with_script=request.method == "GET")
    answer.headers["Retry-After"] = RETRY_AFTER
    return answer


@bp.errorhandler(SQLAlchemyError)
def store_is_away(error: SQLAlchemyError) -> AnyResponse:
    """Locked, cut off, or all connections in use: it may be there the next time. The path is not
    logged, as Flask would: it names the door."""
    log.error("store: %s", type(error.__cause__ or error).__name__)
    return _busy()


def _mend(entrance: Entrance, form: Form, outcome: Exception) -> Response:
    """What is lacking, with all that was ticked still ticked; the same slip, the same receipt."""
    token = process().reception.tokens.read(first(form, "t"))
    cell = cell_of(entrance, first(form, "cell"))
    shown = ticked(form, len(entrance.paper.items))
    problems = _problems(entrance, form, outcome, token.seed)
    body = pages.mended_page(
        entrance,
        visit_to(entrance)._replace(cell=cell),
        token.seed,
        Slip(first(form, "t"), entrance.seconds_left(web.now())),
        chosen={i: frozenset(int(text) for text in texts) for i, texts in shown.items()},
        problems=problems,
        typed_ticket=first(form, "k")[:40],
        may_send_anyway=all(anchor not in ("cells", "ticket") for anchor, _words in problems),
    )
    return page(body, 422)


def _problems(
    entrance: Entrance, form: Form, outcome: Exception, seed: int
) -> list[tuple[str, str]]:
    """[(id of the element at fault, what is wrong)]."""
    if isinstance(outcome, UnknownTicket):
        return [("ticket", _("Mã phiếu chưa đúng. Đồng chí xem lại 12 chữ và số trên phiếu."))]
    if isinstance(outcome, TicketSpent):
        return [("ticket", _("Phiếu mã này đã dùng. Mỗi mã chỉ dùng một lần."))]
    problems = []
    known = entrance.tickets or entrance.only_cell is not None
    if not known and cell_of(entrance, first(form, "cell")) is None:
        problems.append(("cells", _("Đồng chí chưa chọn chi bộ.")))
    missing = outcome.missing if isinstance(outcome, Incomplete) else 0
    if missing:
        problems.append((f"q{_first_blank(entrance, form, seed)}", _how_many(missing)))
    return problems


def _first_blank(entrance: Entrance, form: Form, seed: int) -> int:
    order = entrance.order(seed)
    return next(index for index, _options in order if not form.get(f"q{index}"))


def _how_many(missing: int) -> str:
    text = ngettext("Còn %(num)d câu chưa trả lời.", "Còn %(num)d câu chưa trả lời.", missing)
    return str(text)


def _html(template: str, status: int = 200, **values: object) -> Response:
    return page(render_template(template, **values).encode(), status)
