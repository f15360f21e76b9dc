"""The attendee's scripts and style sheet as they travel: as small as they can be made safely."""

import re
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

# One script on the page, in this order: the first looks at the page before the second changes it.
_PAGE = ("phone-offline", "phone", "phone-cells", "phone-hands")
_STRING = re.compile(r'("(?:[^"\\]|\\.)*")')
_REMARK = re.compile(r"(^|  )//.*|/\*.*?\*/", re.MULTILINE)
_GAP = re.compile(r"\s*([+*%=<>!&|?:;,(){}\[\]])\s*")


class Static(NamedTuple):
    """Texts as they stand inside pages; the policy allows exactly these bytes."""

    phone_css: str
    phone_js: str
    search_js: str
    waiting_js: str


def read_static(folder: str) -> Static:
    js = Path(folder) / "js"
    css = (Path(folder) / "css" / "phone.css").read_text(encoding="utf-8")

    def script(name: str) -> str:
        return short((js / f"{name}.js").read_text(encoding="utf-8"))

    return Static(css.strip(), "".join(map(script, _PAGE)), script("search"), script("waiting"))


def short(script: str) -> str:
    """A script without remarks and without the blanks that only a reader needs.

    Holds for scripts that end each statement with `;`, quote with `"`, put no two `+` in a row,
    have no remark inside a string and no blank inside a regular expression (tests/test_static.py).
    """
    parts = _STRING.split(_REMARK.sub("", script))
    return "".join(
        part
        if part.startswith('"')
        else _GAP.sub(r"\1", re.sub(r"\s+", " ", part)).replace(";}", "}")
        for part in parts
    ).strip()


def hash_of(text: str) -> str:
    """A source for the Content-Security-Policy that allows just this text."""
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"
