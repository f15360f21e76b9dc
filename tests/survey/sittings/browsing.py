"""What pages say, what they cost, and how they are answered."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def told(browser: FlaskClient, url: str, **data: object) -> str:
    """What the page says after this was sent."""
    return words(browser.post(url, data=data, follow_redirects=True).text)


@contextmanager
def counted(app: Flask) -> Iterator[list[str]]:
    """The SELECTs made meanwhile."""
    engine = app.extensions["survey_engine"]
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
