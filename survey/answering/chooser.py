"""Find the own cell among many: by a few letters without marks, or by the unit above.

A short list stands on the page of the sitting. Of a long one that page's script asks for the names
that match what is typed; without scripts the same address gives a page of them."""

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from flask import Response, jsonify, render_template, request

from survey.answering.entrance import Entrance, Group
from survey.answering.operations import cell_of
from survey.text import words

LONG_LIST = 200  # cells; more are not put on the page, but looked for
FOUND = 40
LONGEST_QUERY = 100  # letters; nobody types more to find a name
DOORS = 64  # whose names are kept folded

Named = tuple[int, str]


class Found(NamedTuple):
    cells: list[Named]
    more: int  # found and not shown


def long_list(entrance: Entrance) -> bool:
    return len(entrance.cells) > LONG_LIST


def chooser_page(entrance: Entrance) -> str:
    asked = request.args.get("q", "").strip()
    upper = request.args.get("u", type=int)
    found = Found([], 0)
    if asked:
        found = find(entrance.groups, asked)
    elif upper is not None and 0 <= upper < len(entrance.groups):
        found = Found(list(entrance.groups[upper][1]), 0)
    return render_template(
        "answering/chooser.html",
        entrance=entrance,
        asked=asked,
        found=found.cells,
        more=found.more,
    )


def names(entrance: Entrance) -> Response:
    """For the script: `?q=` finds names, `?cell=` gives that of a cell known before."""
    own = cell_of(entrance, request.args.get("cell", ""))
    if own is not None:
        found = Found([(own, entrance.name_of(own))], 0)
    else:
        found = find(entrance.groups, request.args.get("q", ""))
    return jsonify(found._asdict())


def find(groups: tuple[Group, ...], asked: str) -> Found:
    """Cells whose name, or that of the unit above, has every word that is asked for, as
    `survey.text.holds` says; nothing for no word. First those that have them one behind the
    other: `dak to` is Đăk Tô before any Tổ in a Đăk Cấm."""
    typed = words(asked[:LONGEST_QUERY])
    if not typed:
        return Found([], 0)
    wanted, together = [_sought(word) for word in typed], f" {' '.join(typed)}"
    found = [entry for entry in _folded(groups) if all(word in entry[0] for word in wanted)]
    found.sort(key=lambda entry: together not in entry[0])
    cells = [named for _text, named in found]
    return Found(cells[:FOUND], max(0, len(cells) - FOUND))


def _sought(word: str) -> str:
    """Letters may be the beginning of a word; a number is whole."""
    return f" {word} " if word.isdecimal() else f" {word}"


@lru_cache(DOORS)
def _folded(groups: tuple[Group, ...]) -> list[tuple[str, Named]]:
    """Each cell behind its words, folded once: a hall asks a thousand times in a minute."""
    return list(_fold(groups))


def _fold(groups: tuple[Group, ...]) -> Iterable[tuple[str, Named]]:
    for upper, members in groups:
        for cell, name in members:
            yield (
                f" {' '.join(words(f'{name} {upper}'))} ",
                (cell, f"{name}, {upper}" if upper else name),
            )
