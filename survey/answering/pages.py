"""The attendee's page as bytes: rendered once, joined a thousand times.

What differs between two phones at one door is the order of questions and the slip. Orders are
drawn from a fixed number of seeds, so that every piece of a page is rendered once and kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from random import randrange, sample
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import render_template, request
from markupsafe import Markup

from survey.answering.entrance import Entrance
from survey.answering.operations import MODES, cell_of
from survey.answering.packing import Piece, gzip_of, packed
from survey.answering.shelf import DOORS, Shelf
from survey.web import LANGUAGES, language

SEEDS = 64  # orders of one paper; enough that neighbours differ, few enough to keep
PIECES = 4000  # beside those of which each door has one
SECONDS_A_QUESTION = 40


class Visit(NamedTuple):
    """What an address carries on from page to page, as there is no cookie, and nothing else of
    it: pieces of pages are shared between phones."""

    language: str
    mode: str | None
    cell: int | None
    by_ticket: bool = False  # the address holds a ticket, which has said the cell

    @classmethod
    def of(cls, asked: Mapping[str, str], entrance: Entrance | None) -> "Visit":
        speaks, mode = asked.get("lang", ""), asked.get("m")
        return cls(
            speaks if speaks in LANGUAGES else "vi",
            mode if mode in MODES else None,
            cell_of(entrance, asked.get("cell", "")) if entrance else None,
        )

    @property
    def carried(self) -> dict[str, str]:
        carried = {"lang": self.language} if self.language != "vi" else {}
        return carried | ({"m": self.mode} if self.mode else {})


class Pieces:
    """What was rendered for the pages of all doors."""

    def __init__(self) -> None:
        self.bodies: Shelf[tuple[object, ...], Piece] = Shelf(PIECES)
        self._heads: Shelf[tuple[object, ...], Piece] = Shelf(DOORS)
        self._heads_of_cells: Shelf[tuple[object, ...], Piece] = Shelf(PIECES)

    def heads(self, visit: Visit) -> Shelf[tuple[object, ...], Piece]:
        """A door has few heads, and hundreds where the address says the cell already: whoever asks
        for all of them pushes out none of the others."""
        return self._heads if visit.cell is None else self._heads_of_cells


@dataclass(frozen=True, slots=True)
class Slip:
    """What is this phone's alone; it stands at the page's end."""

    token: str
    seconds_left: int | None = None
    ticket: str | None = None

    def end(self) -> bytes:
        left = "" if self.seconds_left is None else f'" data-left="{self.seconds_left}'
        ticket = "" if self.ticket is None else f'<input {_HIDDEN} name="k" value="{self.ticket}">'
        return f'{self.token}{left}">{ticket}</main></body></html>\n'.encode()


_HIDDEN = 'type="hidden" form="sheet"'
# The slip is outside its form: what comes before it is the same for many phones.
_BEFORE_SLIP = f'<input {_HIDDEN} name="t" value="'


def script_words() -> Markup:
    """What the scripts say, in the language of this request; put together once for all doors."""
    return _script_words(language())


@lru_cache(len(LANGUAGES))
def _script_words(_language: str) -> Markup:
    return Markup(render_template("answering/words.html"))  # noqa: S704  our own template


def draw_seed() -> int:
    """Neighbours shall differ; there is nothing to guess, for what an order is hangs on a key."""
    return randrange(SEEDS)  # noqa: S311


def draw_seeds() -> list[int]:
    """All of them, in an order that is drawn."""
    return sample(range(SEEDS), SEEDS)


def kept_page(
    pieces: Pieces, entrance: Entrance, visit: Visit, seed: int
) -> tuple[Piece, Piece] | None:
    """The two halves of the page if both were rendered before."""
    head = pieces.heads(visit).last(_head_key(entrance, visit))
    body = pieces.bodies.last(_body_key(entrance, visit, seed))
    return (head, body) if head and body else None


def render_page(
    pieces: Pieces, entrance: Entrance, visit: Visit, seed: int, *, now: datetime
) -> tuple[Piece, Piece]:
    """Both halves, kept for those who come next: a head for each door, a body for each order."""
    head_key, body_key = _head_key(entrance, visit), _body_key(entrance, visit, seed)
    heads, bodies = pieces.heads(visit), pieces.bodies
    head, body = heads.last(head_key), bodies.last(body_key)
    if head is None:
        html = render_template("answering/head.html", **_about(entrance, visit))
        head = heads.put(head_key, packed(html.encode()), now)
    if body is None:
        html = render_template("answering/body.html", chosen={}, **_questions(entrance, seed))
        body = bodies.put(body_key, packed(_closed(html)), now)
    return head, body


def joined(halves: tuple[Piece, Piece], slip: Slip) -> bytes:
    """The compressed page."""
    return gzip_of(halves, slip.end())


def mended_page(
    entrance: Entrance,
    visit: Visit,
    seed: int,
    slip: Slip,
    *,
    chosen: Mapping[int, frozenset[int]],
    **above: Any,
) -> bytes:
    """The page again with everything that was ticked, and what is still missing on top."""
    head = render_template("answering/head.html", **above, **_about(entrance, visit))
    body = render_template("answering/body.html", chosen=chosen, **_questions(entrance, seed))
    return head.encode() + _closed(body) + slip.end()


def _head_key(entrance: Entrance, visit: Visit) -> tuple[object, ...]:
    return ("head", entrance.door.key, entrance.edition_id, entrance.since, visit)


def _body_key(entrance: Entrance, visit: Visit, seed: int) -> tuple[object, ...]:
    return ("body", entrance.edition_id, seed, visit.language)


def _closed(body: str) -> bytes:
    return (body + _BEFORE_SLIP).encode()


def _about(entrance: Entrance, visit: Visit) -> dict[str, Any]:
    asked = len(entrance.paper.items)
    return {
        "entrance": entrance,
        "cell": entrance.only_cell if entrance.only_cell is not None else visit.cell,
        "asks_ticket": entrance.tickets and not visit.by_ticket,
        "minutes": max(1, round(asked * SECONDS_A_QUESTION / 60)),
        **ways(visit),
    }


def ways(visit: Visit) -> dict[str, Any]:
    """What links of a page carry on."""
    here = visit.carried | ({} if visit.cell is None else {"cell": str(visit.cell)})
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
    offered = languages if request.method in ("GET", "HEAD") else []
    return {"carry": visit.carried, "languages": offered}


def _questions(entrance: Entrance, seed: int) -> dict[str, Any]:
    return {"paper": entrance.paper, "order": entrance.order(seed)}
