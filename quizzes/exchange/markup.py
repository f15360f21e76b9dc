"""HTML in a question, made plain."""

import html
import re

from quizzes.exchange.report import Code

_TAG = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]{0,10})(?:\s[^<>]{0,2000})?/?>")
_LINES = frozenset({"p", "br", "div", "li", "tr"})
_QUIET = _LINES | {"span", "ul", "ol"}
_NEEDED = frozenset({"img", "table", "audio", "video", "iframe", "object", "svg", "math"})
_KNOWN = _QUIET | _NEEDED | {"b", "i", "u", "em", "strong", "sub", "sup", "a", "font", "h1", "h2"}


def plain(text: str, form: str) -> tuple[str, list[tuple[Code, str]]]:
    """A text without its elements, and those whose loss matters: (code, element).

    `form` is GIFT's name of the format: html; moodle, where only known elements count ("a <b"
    may be a sum); plain and markdown, which are left alone.
    """
    if form in ("plain", "markdown") or not ("<" in text or (form == "html" and "&" in text)):
        return text, []
    names = [name.casefold() for name in _TAG.findall(text)]
    if form != "html" and not set(names) & _KNOWN:
        return text, []
    text = html.unescape(_TAG.sub(_put, text)).strip()
    dropped = [
        (Code.UNSUPPORTED if name in _NEEDED else Code.MARKUP_DROPPED, name)
        for name in dict.fromkeys(names)
        if name not in _QUIET
    ]
    return text, dropped


def _put(found: re.Match[str]) -> str:
    opens = not found[0].startswith("</")
    name = found[1].casefold()
    return "\n" if name in _LINES and (opens or name == "p") else ""
