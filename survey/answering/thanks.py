"""What is told after handing in: parts rendered once, put together for each phone."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flask import get_template_attribute, render_template

from quizzes import marking
from survey.answering.entrance import Entrance
from survey.answering.operations import Handed
from survey.answering.shelf import DOORS
from survey.sittings.models import Show

PARTS = DOORS + 5000  # one for each door, and the others
# Stand in a part for what differs between two phones. Control characters: `clean` lets none of
# them into any text that people enter.
HOUR, DAY, CODE, MAC, HERE = "\x01", "\x02", "\x03", "\x04", "\x05"
Part = tuple[Any, ...]  # name of a macro in parts.html, language, and what it depends on


class Text(NamedTuple):
    """HTML, and the same as it stands between the quotes of a JSON string."""

    html: str
    quoted: str

    @classmethod
    def of(cls, html: str) -> "Text":
        return cls(html, json.dumps(html, ensure_ascii=False)[1:-1])

    @classmethod
    def plain(cls, word: str) -> "Text":
        """Of a word that needs no quoting."""
        return cls(word, word)

    @classmethod
    def joined(cls, texts: "Sequence[Text]") -> "Text":
        return cls("".join([text.html for text in texts]), "".join([t.quoted for t in texts]))

    def filled(self, values: "Mapping[str, Text]") -> "Text":
        """With these in the places that were left for them."""
        html, quoted = self
        for place, value in values.items():
            html = html.replace(place, value.html)
            quoted = quoted.replace(f"\\u{ord(place):04x}", value.quoted)
        return Text(html, quoted)


Find = Callable[[Part], Text]


def score(entrance: Entrance, handed: Handed, find: Find, language: str) -> Iterator[Text]:
    """What is told of a sheet, as its sitting has it: all, the score, or nothing. `find` gives
    each of its parts."""
    if entrance.show is Show.THANKS:
        return
    edition, paper = entrance.edition_id, entrance.paper
    yield find(("score", language, handed.right, len(handed.marks)))
    weak = {item.clause for item, mark in zip(paper.items, handed.marks, strict=True) if not mark}
    places = [place for place, clause in enumerate(paper.clauses) if clause.id in weak]
    if places:
        labels = [find(("clause", language, edition, place)) for place in places]
        yield find(("weak", language, edition)).filled({HERE: Text.joined(labels)})
    if entrance.show is Show.ANSWERS:
        for place, response in enumerate(handed.responses):
            chosen = marking.encode([response])
            yield find(("answer", language, edition, place, chosen))


def render(entrance: Entrance, part: Part) -> Text:
    """One part, in the language of this request."""
    name, _language, *about = part
    if name == "frame":
        return Text.of(render_template("answering/done.html", told=HERE))
    paper = entrance.paper
    values: dict[str, tuple[Any, ...]] = {
        "opening": (HOUR, DAY, CODE, MAC),
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
    return Text.of(str(macro(*values[name])))
