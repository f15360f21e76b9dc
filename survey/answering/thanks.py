"""What is told after handing in: parts rendered once, put together for each phone."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from flask import get_template_attribute

from quizzes import marking
from survey.answering.entrances import Entrance
from survey.answering.operations import Handed
from survey.sittings.models import Show
from survey.web import moment

PARTS = 5000
# Stand in a part for what differs between two phones. Control characters: `clean` lets none of
# them into any text that people enter.
MOMENT, CODE, MAC, HERE = "\x01", "\x02", "\x03", "\x04"
Part = tuple[Any, ...]  # name of a macro in parts.html, language, and what it depends on
Find = Callable[[Part], str]


def told(
    entrance: Entrance,
    handed: Handed,
    find: Find,
    *,
    code: str,
    mac: str,
    language: str,
    now: datetime,
) -> str:
    """The page's main part. `find` gives each of its parts."""
    opening = find(("opening", language))
    parts = [
        opening.replace(MOMENT, moment(now)).replace(CODE, code).replace(MAC, mac),
        *_score(entrance, handed, find, language),
        find(("closing", language, entrance.door.key)),
    ]
    return "".join(parts)


def _score(entrance: Entrance, handed: Handed, find: Find, language: str) -> Iterator[str]:
    if entrance.show is Show.THANKS:
        return
    edition, paper = entrance.edition_id, entrance.paper
    yield find(("score", language, handed.right, len(handed.marks)))
    weak = {item.clause for item, mark in zip(paper.items, handed.marks, strict=True) if not mark}
    places = [place for place, clause in enumerate(paper.clauses) if clause.id in weak]
    if places:
        labels = "".join([find(("clause", language, edition, place)) for place in places])
        yield find(("weak", language, edition)).replace(HERE, labels)
    if entrance.show is Show.ANSWERS:
        for place, response in enumerate(handed.responses):
            chosen = marking.encode([response])
            yield find(("answer", language, edition, place, chosen))


def render(entrance: Entrance, part: Part) -> str:
    """One part, in the language of this request."""
    name, _language, *about = part
    paper = entrance.paper
    values: dict[str, tuple[Any, ...]] = {
        "opening": (MOMENT, CODE, MAC),
        "closing": (entrance.door.key,),
        "score": tuple(about),
        "weak": (paper.source, HERE),
    }
    if name == "clause":
        values[name] = (paper.clauses[about[1]],)
    elif name == "answer":
        item = paper.items[about[1]]
        clause = next((clause for clause in paper.clauses if clause.id == item.clause), None)
        response = frozenset(int(digit, 36) for digit in about[2])
        values[name] = (item, response, clause)
    macro = get_template_attribute("answering/parts.html", name)
    return str(macro(*values[name]))
