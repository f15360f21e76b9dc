"""How little a server could do: send a prepared page, read the same form, store one row.

Two applications behind the product's own server and settings, storing through the product's own
intake into the product's own table: a bare WSGI function, and a bare Flask view. What the product
needs beyond them is what it does for people. A third is the product as its Flask views alone are,
on any WSGI server.

    SURVEY_INSTANCE=… python -m bench.baseline wsgi|flask|views PORT
"""

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask import Flask, Response, request

from bench.phones import AT_ONCE
from bench.world import QUESTIONS, read_world
from survey import create_app, db, server, web
from survey.answering.intake import Intake
from survey.answering.storing import Entry
from survey.answering.tokens import receipt_of

Store = Callable[[Mapping[str, str]], bytes]


def settled(make: Callable[[], WSGIApplication]) -> Callable[[], WSGIApplication]:
    """In memory as the product's worker is."""

    def made() -> WSGIApplication:
        application = make()
        server.settle()
        return application

    return made


def _prepare() -> tuple[bytes, Store]:
    """The page as it travels, and how the fields of a form become a stored row and an answer."""
    instance = Path(os.environ["SURVEY_INSTANCE"])
    url = os.environ.get("SURVEY_DATABASE_URL") or f"sqlite:///{instance / 'survey.sqlite'}"
    intake = Intake(db.make_engine(url), web.now)
    world = read_world(instance)

    def store(form: Mapping[str, str]) -> bytes:
        intake.take(
            Entry(
                sitting_id=world.sitting_id,
                edition_id=world.edition_id,
                receipt=receipt_of(form["r"]),
                unit_id=int(form["cell"]),
                hall_id=world.halls[0].hall_id,
                mode="own",
                answers=";".join(form[f"q{n}"] for n in range(QUESTIONS)),
                issued_at=web.now(),
            )
        )
        return b'{"state":"recorded","receipt":"%b"}' % form["r"].encode()

    return (instance / "page.gz").read_bytes(), store


@settled
def wsgi() -> WSGIApplication:
    """A function and nothing else."""
    page, store = _prepare()
    page_headers = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Encoding", "gzip"),
        ("Content-Length", str(len(page))),
    ]

    def answer(environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "GET":
            start("200 OK", page_headers)
            return [page]
        sent = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        said = store({name: texts[0] for name, texts in parse_qs(sent.decode()).items()})
        length = str(len(said))
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", length)])
        return [said]

    return answer


@settled
def flask() -> Flask:
    """One view a method and nothing else."""
    page, store = _prepare()
    app = Flask("bare")

    @app.get("/D/<key>")
    def door(key: str) -> Response:
        return Response(page, mimetype="text/html", headers={"Content-Encoding": "gzip"})

    @app.post("/D/<key>")
    def hand_in(key: str) -> Response:
        return Response(store(request.form), mimetype="application/json")

    return app


@settled
def views() -> Flask:
    """The product without what stands in front of its views."""
    return create_app()


def serve(name: str, port: int) -> None:
    """`survey.server.run` as it is, so that no other setting can differ, with a WSGI application
    and as many threads as phones that come at once: more would make it slower."""
    import granian

    product: Any = granian.Granian
    changed = {
        "target": f"bench.baseline:{name}",
        "interface": granian.constants.Interfaces.WSGI,
        "blocking_threads": AT_ONCE,
    }

    def other(**settings: Any) -> Any:
        return product(**settings | changed)

    granian.Granian = other  # type: ignore[assignment]
    server.run(host="127.0.0.1", port=port)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
