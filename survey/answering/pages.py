"""The attendee's page as bytes: rendered once, joined a thousand times.

What differs between two phones at one door is the order of questions and the token. Orders are
drawn from a fixed number of seeds, so that every piece of a page is rendered once and kept.
"""

import secrets
import threading
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from flask import current_app, render_template, request

from survey.answering.entrances import Entrance
from survey.answering.operations import MODES
from survey.answering.packing import Piece, packed, stored
from survey.web import LANGUAGES, language

SEEDS = 64  # orders of one paper; enough that neighbours differ, few enough to keep
PIECES = 4000
SECONDS_A_QUESTION = 40


class Pieces:
    """Rendered pieces by what they depend on; the least used go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[object, ...], Piece] = OrderedDict()

    def get(self, key: tuple[object, ...]) -> Piece | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            return None

    def put(self, key: tuple[object, ...], piece: Piece) -> Piece:
        with self._lock:
            self._kept[key] = piece
            while len(self._kept) > PIECES:
                self._kept.popitem(last=False)
        return piece


def paper_page(entrance: Entrance, cell: int | None, token: str, seed: int) -> tuple[Piece, ...]:
    """The whole page of a sitting that is open."""
    return _head(entrance, cell), _body(entrance, seed), stored(token.encode()), _end()


def mended_page(
    entrance: Entrance,
    token: str,
    seed: int,
    *,
    cell: int | None,
    chosen: Mapping[int, frozenset[int]],
    problems: list[tuple[str, str]],
    may_send_anyway: bool,
) -> bytes:
    """The page again with everything that was ticked, and what is still missing on top."""
    head = render_template(
        "answering/head.html",
        problems=problems,
        may_send_anyway=may_send_anyway,
        **_about(entrance, cell),
    )
    body = render_template("answering/body.html", chosen=chosen, **_questions(entrance, seed))
    return b"".join((head.encode(), body.encode(), token.encode(), _end().plain))


def draw_seed() -> int:
    return secrets.randbelow(SEEDS)


def _end() -> Piece:
    script: str = current_app.extensions["answering_script"]
    return _kept(("end",), lambda: f'"></form></main><script>{script}</script></body></html>\n')


def _head(entrance: Entrance, cell: int | None) -> Piece:
    return _kept(
        ("head", entrance.door.key, entrance.read_at, cell, language(), carried("m")),
        lambda: render_template("answering/head.html", **_about(entrance, cell)),
    )


def _body(entrance: Entrance, seed: int) -> Piece:
    return _kept(
        ("body", entrance.edition_id, seed, language()),
        lambda: render_template("answering/body.html", chosen={}, **_questions(entrance, seed)),
    )


def _kept(key: tuple[object, ...], render: Callable[[], str]) -> Piece:
    pieces: Pieces = current_app.extensions["answering_pieces"]
    return pieces.get(key) or pieces.put(key, packed(render().encode()))


def _about(entrance: Entrance, cell: int | None) -> dict[str, object]:
    asked = len(entrance.paper.items)
    return {
        "entrance": entrance,
        "cell": entrance.only_cell if entrance.only_cell is not None else cell,
        "minutes": max(1, round(asked * SECONDS_A_QUESTION / 60)),
        "phone_css": phone_css(),
        **ways(cell),
    }


def ways(cell: int | None) -> dict[str, object]:
    """What an address carries on from page to page, as there is no cookie, and nothing else of
    it: pieces of pages are shared between phones."""
    carry = {name: value for name in ("lang", "m") if (value := carried(name))}
    here = carry | ({"cell": str(cell)} if cell is not None else {})
    languages = [
        {
            "code": code,
            "label": label,
            "url": "?" + urlencode(here | {"lang": code}),
            "current": code == language(),
        }
        for code, label in LANGUAGES.items()
    ]
    # No other language for the answer to a sheet: it would be a new page, with nothing ticked.
    return {"carry": carry, "languages": languages if request.method == "GET" else []}


def carried(name: str) -> str | None:
    value = request.args.get(name)
    return value if value in (LANGUAGES if name == "lang" else MODES) else None


def _questions(entrance: Entrance, seed: int) -> dict[str, object]:
    return {"paper": entrance.paper, "order": entrance.paper.order(seed)}


def phone_css() -> str:
    """The phone's sheet, put into the page: a first view is one request."""
    css: str = current_app.extensions["answering_css"]
    return css


def read_static(folder: str) -> tuple[str, str]:
    """(css, script) as they stand inside the page; the policy allows exactly these bytes."""
    css = (Path(folder) / "css" / "phone.css").read_text(encoding="utf-8")
    script = (Path(folder) / "js" / "phone.js").read_text(encoding="utf-8")
    return _short(css), _short(script)


def _short(text: str) -> str:
    """Without the comment lines and margins that only a reader of the file needs."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def hash_of(text: str) -> str:
    """A source for the Content-Security-Policy that allows just this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
