"""Flask behind the real server: what goes in and out between them, and who holds what meanwhile."""

import socket
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from hashlib import sha256
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest

from bench.servers import Server, served, usage
from bench.world import World, make_world
from survey import gateway
from survey.application import Application
from survey.gateway import Gateway
from tests.rsgi import Browser

ROOT = Path(__file__).parent.parent
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gateway")


@pytest.fixture(scope="module")
def world(instance: Path) -> World:
    return make_world(instance, 1, f"sqlite:///{instance / 'survey.sqlite'}")


@pytest.fixture(scope="module")
def server(instance: Path, world: World) -> Iterator[Server]:
    with served("survey", instance, None) as running:
        yield running


@pytest.fixture
def ask(server: Server) -> Any:
    connections = []

    def asked(method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=20)
        connections.append(connection)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named, encode_chunked=not isinstance(body, bytes))
        return connection.getresponse()

    yield asked
    for connection in connections:
        connection.close()


# ------------------------------------------------------------------ through the real server


def test_a_page_of_flasks_comes_whole_and_in_both_languages(ask: Any) -> None:
    page = ask("GET", "/sign-in?lang=en")
    text = page.read().decode()
    assert page.status == 200
    assert int(page.headers["content-length"]) == len(text.encode())
    assert '<html lang="en"' in text
    assert page.headers["set-cookie"].startswith("survey=")


def test_head_tells_the_length_and_sends_nothing(ask: Any) -> None:
    page = ask("GET", "/sign-in")
    whole = page.read()
    head = ask("HEAD", "/sign-in")
    assert head.read() == b""
    assert head.status == 200
    # Each page has a token of its own, of one length.
    assert abs(int(head.headers["content-length"]) - len(whole)) <= 8


def test_a_body_that_may_have_been_cut_off_unseen_is_not_read(server: Server, world: World) -> None:
    """In chunks its end cannot be told from a cut."""
    head = (
        "Host: a\r\nContent-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked"
    )
    for path in (f"/D/{world.halls[0].key}", "/sign-in"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as asking:
            asking.sendall(f"POST {path} HTTP/1.1\r\n{head}\r\n\r\n".encode())
            assert asking.recv(12) == b"HTTP/1.1 411"


def test_who_is_signed_in_may_send_more_than_a_stranger(app: Application) -> None:
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["account"] = [1, 1]
    signed = browser.get_cookie("survey", domain="localhost")
    assert signed is not None
    assert app.largest_body(f"x=1; survey={signed.value}") == 10 * 1024 * 1024
    for forged in (
        "",
        f"survey={signed.value}; x={'a' * 9000}",
        "survey=",
        f"survey={signed.value[:-2]}xx",
        "survey=eyJhY2NvdW50IjpbMSwxXX0",
    ):
        assert app.largest_body(forged) == 64 * 1024


def test_a_body_that_is_too_long_gets_a_page_that_says_so(ask: Any) -> None:
    try:
        answer = ask("POST", "/sign-in", b"a" * 11_000_000, **FORM)
    except (BrokenPipeError, ConnectionResetError):
        return  # it was hung up on before it had told all, which is an answer too
    assert answer.status == 413
    assert b"Traceback" not in answer.read()


def test_an_address_with_any_bytes_in_it_is_not_found_and_no_fault(
    ask: Any, instance: Path
) -> None:
    paths = ("/%FF%FE", "/D/%C4%90", "/%00", "/..%2f..%2fetc/passwd", "/static/../survey.py")
    for path in paths:
        assert ask("GET", path).status in (404, 308), path
    assert "Traceback" not in (instance / "server.log").read_text()


def test_letters_that_are_not_encoded_are_read_in_an_address_and_in_headers(
    server: Server, world: World
) -> None:
    raw = "Đ€ễ\U0001f600"
    for path in (f"/?code={raw}", f"/sign-in?next={raw}", f"/D/{world.halls[0].key}?x={raw}"):
        for method in ("GET", "HEAD"):
            head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nX-A: {raw}\r\nCookie: survey={raw}\r\n"
            with socket.create_connection(("127.0.0.1", server.port), timeout=20) as asking:
                asking.sendall(f"{head}Connection: close\r\n\r\n".encode())
                status = asking.recv(12)[9:]
            assert status == (b"404" if "code" in path else b"200"), (method, path)


def test_a_static_file_is_sent_with_what_guards_it_and_not_again_if_it_is_known(ask: Any) -> None:
    sheet = ask("GET", "/static/css/desk.css")
    assert sheet.read() == (ROOT / "static/css/desk.css").read_bytes()
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert sheet.headers["x-content-type-options"] == "nosniff"
    assert sheet.headers["cache-control"] == "no-cache"
    again = ask("GET", "/static/css/desk.css", If_None_Match=sheet.headers["etag"])
    assert (again.status, again.read()) == (304, b"")


def test_a_font_and_a_script_have_the_kinds_that_browsers_want(ask: Any) -> None:
    fonts = next((ROOT / "static/vendor").rglob("*.woff2"))
    for path, kind in ((fonts, "font/woff2"), (ROOT / "static/js/desk.js", "text/javascript")):
        answer = ask("GET", "/" + path.relative_to(ROOT).as_posix())
        assert answer.read() == path.read_bytes()
        assert answer.headers["content-type"].partition(";")[0] == kind


def test_a_recording_is_sent_from_a_file_and_so_is_a_part_of_it(
    ask: Any, world: World, instance: Path
) -> None:
    content = bytes(range(256)) * 3000
    digest = sha256(content).hexdigest()
    with closing(sqlite3.connect(instance / "survey.sqlite")) as store, store:
        store.execute("INSERT INTO recording VALUES (?, ?, ?)", (digest, "audio/mpeg", content))
    for asked, status, part in (
        ({}, 200, content),
        ({"Range": "bytes=1000-1999"}, 206, content[1000:2000]),
        ({"Range": "bytes=-7"}, 206, content[-7:]),
    ):
        answer = ask("GET", f"/A/{digest}", **asked)
        assert (answer.status, answer.read()) == (status, part)
        assert answer.headers.get_all("content-length") == [str(len(part))]
        assert answer.headers["content-type"] == "audio/mpeg"
    head = ask("HEAD", f"/A/{digest}")
    assert (head.read(), head.headers["content-length"]) == (b"", str(len(content)))
    # Sent from there: what was written into it since is what comes.
    (instance / "recordings" / digest).write_bytes(content[::-1])
    assert ask("GET", f"/A/{digest}").read() == content[::-1]


def test_half_heads_are_hung_up_on_after_ten_seconds(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as silent:
        silent.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n")
        began = time.monotonic()
        silent.recv(1000)
        assert 8 < time.monotonic() - began < 15


def test_one_worker_more_takes_less_than_60_mb(server: Server, ask: Any, world: World) -> None:
    """The rest of what it is made of is there already, in the process that it was forked from."""
    for path in (f"/D/{world.halls[0].key}", "/sign-in", "/?code=12345678") * 5:
        ask("GET", path).read()
    used = usage(server)
    assert 10_000_000 < used.own < 60_000_000
    assert used.memory < 100_000_000


def test_two_thousand_half_bodies_hold_no_page_up(server: Server, ask: Any, world: World) -> None:
    half = (
        f"POST /D/{world.halls[0].key} HTTP/1.1\r\nHost: a\r\nContent-Length: 300\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n\r\nq0=1&q1"
    ).encode()
    held = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(2000)]
    try:
        for phone in held:
            phone.sendall(half)
        began = time.monotonic()
        for path in (f"/D/{world.halls[0].key}", "/sign-in"):
            assert ask("GET", path).status == 200
        assert time.monotonic() - began < 8
    finally:
        for phone in held:
            phone.close()


# ------------------------------------------------------------------ what Flask is told


def seen(headers: Any = None, **more: Any) -> WSGIEnvironment:
    """The environ of one request."""
    kept: list[WSGIEnvironment] = []

    def app(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        kept.append(environ | {"body": environ["wsgi.input"].read()})
        start("204 NO CONTENT", [])
        return []

    browser = Browser(Asked(Gateway(app, largest=lambda _: 5000)))
    browser.ask(more.pop("method", "GET"), more.pop("address", "/"), headers=headers, **more)
    return kept[0]


class Asked:
    def __init__(self, gate: Gateway) -> None:
        self._gate = gate

    async def __rsgi__(self, scope: Any, proto: Any) -> None:
        await self._gate.answer(scope, proto)


def test_a_header_of_the_proxys_cannot_be_sent_under_another_spelling() -> None:
    environ = seen([("x_forwarded_proto", "https"), ("x-forwarded-proto", "http")])
    assert environ["HTTP_X_FORWARDED_PROTO"] == "http"


def test_cookies_and_other_headers_that_come_twice_are_joined_as_each_is_read() -> None:
    environ = seen([("cookie", "a=1"), ("cookie", "b=2"), ("accept", "x"), ("accept", "y")])
    assert (environ["HTTP_COOKIE"], environ["HTTP_ACCEPT"]) == ("a=1; b=2", "x,y")


def test_who_asks_is_not_told() -> None:
    assert "127.0.0.1:50000" not in str(seen())
    assert "REMOTE_ADDR" not in seen()


def test_a_body_reaches_it_whole_and_one_that_is_too_long_not_at_all() -> None:
    def sent(body: bytes) -> WSGIEnvironment:
        return seen({"content-length": str(len(body))}, method="POST", body=body)

    whole = bytes(range(256)) * 19
    assert sent(whole)["body"] == whole
    assert sent(whole)["CONTENT_LENGTH"] == "4864"
    assert sent(whole * 2)["body"] == b""
    assert int(sent(whole * 2)["CONTENT_LENGTH"]) > 5000


def test_when_too_many_wait_for_a_thread_the_next_is_asked_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gateway, "WAITING", 3)

    def slow(_environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        time.sleep(0.2)
        start("200 OK", [])
        return [b""]

    browser = Browser(Asked(Gateway(slow, largest=lambda _: 0)))
    answers = browser.ask_all([("GET", "/", {})] * 5)
    assert sorted(answer.status for answer in answers) == [200, 200, 200, 503, 503]
    assert {a.headers.get("retry-after") for a in answers if a.status == 503} == {"5"}


def test_an_answer_that_cannot_be_held_back_any_more_is_not_given_sooner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def wrong(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        environ[gateway.HELD] = 0.01
        start("404 Not Found", [])
        return [b"no"]

    browser = Browser(Asked(Gateway(wrong, largest=lambda _: 0)))
    assert browser.ask("GET", "/").status == 404
    monkeypatch.setattr(gateway, "MOST_HELD", 0)
    assert browser.ask("GET", "/").status == 503


def test_a_fault_of_the_application_ends_its_answer_and_frees_its_thread() -> None:
    closed: list[bool] = []

    class Chunks:
        def __iter__(self) -> Iterator[bytes]:
            raise ZeroDivisionError

        def close(self) -> None:
            closed.append(True)

    def broken(_environ: WSGIEnvironment, start: StartResponse) -> Chunks:
        start("200 OK", [])
        return Chunks()

    gate = Gateway(broken, largest=lambda _: 0)  # type: ignore[arg-type]
    for _ in range(3):
        with pytest.raises(ExceptionGroup):
            Browser(Asked(gate)).ask("GET", "/")
    assert closed == [True] * 3
    assert gate._waiting == 0
