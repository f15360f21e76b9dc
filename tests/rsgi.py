"""A server in miniature: what RSGI says that one does, for asking an application in a test."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlencode

Pairs = Sequence[tuple[str, str]]


class Headers:
    def __init__(self, pairs: Pairs) -> None:
        self._pairs = [(name.lower(), value) for name, value in pairs]

    def get(self, name: str, default: Any = None) -> Any:
        return next((value for key, value in self._pairs if key == name), default)

    def items(self) -> Pairs:
        return self._pairs

    def __contains__(self, name: str) -> bool:
        return any(key == name for key, _ in self._pairs)


@dataclass
class Scope:
    method: str
    path: str
    query_string: str
    headers: Headers
    scheme: str = "http"
    http_version: str = "1.1"
    server: str = "127.0.0.1:8000"
    client: str = "127.0.0.1:50000"
    proto: str = "http"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Proto:
    """One request's; a body in None never comes to its end."""

    body: bytes | None
    answers: list[Answer] = field(default_factory=list)

    def __call__(self) -> "asyncio.Future[bytes]":
        coming = asyncio.get_running_loop().create_future()
        if self.body is not None:
            coming.set_result(self.body)
        return coming

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self.body or b""), 1000):
            yield (self.body or b"")[start : start + 1000]
        if self.body is None:
            await asyncio.Event().wait()

    def response_bytes(self, status: int, headers: Pairs, body: bytes) -> None:
        lower = {"content-length": str(len(body))}
        lower |= {name.lower(): value for name, value in headers}
        self.answers.append(Answer(status, lower, body))

    def response_empty(self, status: int, headers: Pairs) -> None:
        self.response_bytes(status, headers, b"")

    def response_file(self, status: int, headers: Pairs, file: str) -> None:
        with open(file, "rb") as opened:  # noqa: PTH123  as the server does it
            self.response_bytes(status, headers, opened.read())

    def response_file_range(
        self, status: int, headers: Pairs, file: str, start: int, end: int
    ) -> None:
        with open(file, "rb") as opened:  # noqa: PTH123  as the server does it
            self.response_bytes(status, headers, opened.read()[start:end])


@dataclass
class Browser:
    """Asks one thing at a time, or several at once, of an application."""

    application: Any

    def ask(self, method: str, address: str, **more: Any) -> Answer:
        return self.ask_all([(method, address, more)])[0]

    def get(self, address: str, headers: dict[str, str] | None = None) -> Answer:
        return self.ask("GET", address, headers=headers)

    def post(self, address: str, data: Any = b"", headers: dict[str, str] | None = None) -> Answer:
        form = data if isinstance(data, bytes) else urlencode(data, doseq=True).encode()
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "content-length": str(len(form)),
        }
        return self.ask("POST", address, body=form, headers=sent | (headers or {}))

    def ask_all(self, requests: Sequence[tuple[str, str, dict[str, Any]]]) -> list[Answer]:
        async def asked() -> list[Answer]:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._ask(*request)) for request in requests]
            return [task.result() for task in tasks]

        return asyncio.run(asked())

    async def _ask(self, method: str, address: str, more: dict[str, Any]) -> Answer:
        path, _, query = address.partition("?")
        headers = more.get("headers") or {}
        pairs = list(headers.items()) if isinstance(headers, dict) else headers
        scope = Scope(method, unquote(path), query, Headers([("host", "khaosat.test"), *pairs]))
        proto = Proto(more.get("body", b""))
        await self.application.__rsgi__(scope, proto)
        (answer,) = proto.answers
        return answer
