"""Static files, sent by the server itself: whoever reads one slowly holds no thread and no copy."""

from collections.abc import Iterator
from hashlib import sha256
from mimetypes import guess_type
from pathlib import Path
from typing import Any

from survey.gateway import Scope
from survey.web import safe_headers


class Files:
    """Those that are there when the process begins; no address leads to any other."""

    def __init__(self, folder: Path, route: str = "/static/") -> None:
        self._known = {
            route + path.relative_to(folder).as_posix(): (str(path), list(_headers(path)))
            for path in folder.rglob("*")
            if path.is_file()
        }

    def send(self, scope: Scope, proto: Any) -> bool:
        """Whether there is such a file; then it has been answered."""
        found = self._known.get(scope.path)
        if found is None:
            return False
        path, headers = found
        if scope.headers.get("if-none-match") == dict(headers)["etag"]:
            proto.response_empty(304, headers)
        else:
            proto.response_file(200, headers, path)
        return True


def _headers(path: Path) -> Iterator[tuple[str, str]]:
    yield from (safe_headers({}) | {"Cache-Control": "no-cache"}).items()
    kind = guess_type(path.name)[0] or "application/octet-stream"
    yield "content-type", f"{kind}; charset=utf-8" if kind.startswith("text/") else kind
    yield "etag", f'"{sha256(path.read_bytes()).hexdigest()[:32]}"'
