"""The service worker, which browsers take over HTTPS only: a reload without network finds the
page of a sheet that is not yet in."""

import json
from collections.abc import Sequence
from pathlib import Path

from flask import Response, current_app

LASTS = 300  # seconds in which no phone asks for it again


def worker(headers: Sequence[tuple[str, str]]) -> Response:
    """The script; with the headers of every page of this room, which a page that is kept must
    have as well."""
    path = Path(str(current_app.static_folder)) / "js" / "offline.js"
    of_pages = dict(headers) | {"Content-Type": "text/html; charset=utf-8"}
    text = f"var HEADERS = {json.dumps(of_pages)};\n{path.read_text(encoding='utf-8')}"
    answer = Response(text, mimetype="text/javascript")
    answer.headers["Cache-Control"] = f"max-age={LASTS}"
    return answer
