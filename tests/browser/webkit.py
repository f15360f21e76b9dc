"""The attendee's page in WebKit, the engine of every browser on an iPhone.

    make webkit

Debian's WebKitGTK is driven by W3C WebDriver, on a display that exists in memory only. Pictures of
what was met go to instance/pictures, to be looked at.
"""

import base64
import io
import json
import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from PIL import Image

from tests.browser.conftest import ROOT
from tests.browser.occasions import ALL_RIGHT, RIGHT, Occasion

PICTURES = ROOT / "instance" / "pictures"
PATIENCE = 10  # seconds
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name that the standard gives to a reference
CAPABILITIES = {
    "browserName": "MiniBrowser",
    "webkitgtk:browserOptions": {
        "binary": str(next(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"), "MiniBrowser")),
        "args": ["--automation"],
    },
}
SHOWN = "return arguments[0].getClientRects().length > 0"
COLOUR = "return getComputedStyle(arguments[0]).backgroundColor"
TEXT = "return document.getElementById('main').innerText"


class Phone:
    """A window of WebKit; elements are found by CSS, and only those that are shown."""

    def __init__(self, driver: str) -> None:
        self._driver = driver
        wanted = {"capabilities": {"alwaysMatch": CAPABILITIES}}
        self._session = "/session/" + self._call("POST", "/session", wanted)["sessionId"]
        self._do("window/rect", width=360, height=640)

    def _call(self, verb: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._driver + path, data, method=verb)  # noqa: S310  our own driver
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.load(answer)["value"]
        except HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def _do(self, what: str, **body: object) -> Any:
        return self._call("POST", f"{self._session}/{what}", body)

    def go(self, address: str) -> None:
        self._do("url", url=address)

    def reload(self) -> None:
        self._do("refresh")

    def run(self, script: str, *elements: dict[str, str]) -> Any:
        return self._do("execute/sync", script=script, args=elements)

    def all(self, css: str) -> list[dict[str, str]]:
        found = self._do("elements", using="css selector", value=css)
        return [element for element in found if self.run(SHOWN, element)]

    def one(self, css: str) -> dict[str, str]:
        until = time.monotonic() + PATIENCE
        while not (found := self.all(css)):
            assert time.monotonic() < until, f"no {css} in: {self.run(TEXT)}"
            time.sleep(0.05)
        return found[0]

    def tap(self, element: dict[str, str]) -> None:
        self._do(f"element/{element[ELEMENT]}/click")

    def type(self, element: dict[str, str], text: str) -> None:
        self._do(f"element/{element[ELEMENT]}/value", text=text)

    def text(self, element: dict[str, str]) -> str:
        return self.run("return arguments[0].textContent", element).strip()

    def painted(self, name: str) -> Image.Image:
        picture = base64.b64decode(self._call("GET", f"{self._session}/screenshot"))
        PICTURES.mkdir(parents=True, exist_ok=True)
        (PICTURES / f"webkit-{name}.png").write_bytes(picture)
        return Image.open(io.BytesIO(picture)).convert("RGB")

    def end(self) -> None:
        self._call("DELETE", self._session)


@contextmanager
def running(*command: str, **settings: Any) -> Iterator[None]:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, **settings)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE)


@contextmanager
def display() -> Iterator[str]:
    """One in memory; its name."""
    read, write = os.pipe()
    screen = ("-screen", "0", "1366x900x24", "-nolisten", "tcp")
    with running("Xvfb", "-displayfd", str(write), *screen, pass_fds=[write]):
        os.close(write)  # or what is read would never come to an end if it died
        yield f":{os.read(read, 10).decode().strip()}"
    os.close(read)


@pytest.fixture(scope="module")
def driver() -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1", "LANG": "C.UTF-8"}
    with display() as name:
        environment = os.environ | settings | {"DISPLAY": name}
        with running("WebKitWebDriver", f"--port={port}", env=environment):
            address = f"http://127.0.0.1:{port}"
            until = time.monotonic() + PATIENCE
            while not _listens(address):
                assert time.monotonic() < until, "the driver does not listen"
                time.sleep(0.05)
            yield address


def _listens(address: str) -> bool:
    try:
        urlopen(f"{address}/status", timeout=1).close()  # noqa: S310  our own driver
    except OSError:
        return False
    return True


@pytest.fixture
def phone(driver: str) -> Iterator[Phone]:
    window = Phone(driver)
    yield window
    window.end()


def forward(phone: Phone) -> None:
    if phone.all("section.review"):
        time.sleep(0.45)  # or it is taken for the second of two taps
    phone.tap(phone.one(".foot .primary"))


def choose_cell(phone: Phone) -> None:
    forward(phone)
    phone.type(phone.one("#find"), "thon 2")
    phone.tap(phone.one("fieldset.cells label.option"))
    forward(phone)


def tick(phone: Phone, questions: int) -> None:
    for _ in range(questions):
        stem = phone.text(phone.one("fieldset.question legend"))
        for right in next(texts for part, texts in RIGHT.items() if part in stem):
            labels = phone.all("fieldset.question label")
            phone.tap(next(label for label in labels if phone.text(label) == right))
        forward(phone)


def assert_that_the_foot_is_painted(phone: Phone, name: str) -> None:
    """Each of its buttons in the colour that the style sheet gives it."""
    time.sleep(0.3)
    picture = phone.painted(name)
    scale = picture.width / phone.run("return innerWidth")
    for button in phone.all(".foot button"):
        box = phone.run("return arguments[0].getBoundingClientRect().toJSON()", button)
        place = (box["x"] + 8) * scale, (box["y"] + box["height"] / 2) * scale
        meant = [int(part) for part in re.findall(r"\d+", phone.run(COLOUR, button))]
        seen = picture.getpixel((round(place[0]), round(place[1])))
        assert max(abs(a - b) for a, b in zip(seen, meant, strict=True)) < 8, (name, seen, meant)


def test_a_phone_with_webkit_goes_all_the_way(occasion: Occasion, phone: Phone) -> None:
    phone.go(occasion.door)
    phone.one(".foot .primary")
    assert_that_the_foot_is_painted(phone, "start")
    choose_cell(phone)
    assert_that_the_foot_is_painted(phone, "question")
    tick(phone, 1)
    asked = phone.text(phone.one("fieldset.question legend"))
    for _ in range(5):
        phone.reload()
        assert phone.text(phone.one("fieldset.question legend")) == asked
    assert_that_the_foot_is_painted(phone, "second")
    tick(phone, 2)
    assert "chưa trả lời" not in phone.text(phone.one(".review"))
    assert_that_the_foot_is_painted(phone, "review")
    forward(phone)
    assert "Đã ghi nhận lúc" in phone.text(phone.one(".done"))
    phone.painted("done")
    assert occasion.sheets == [("own", ALL_RIGHT)]


def test_the_next_person_finds_nothing_of_the_one_before(occasion: Occasion, phone: Phone) -> None:
    phone.go(occasion.door)
    choose_cell(phone)
    tick(phone, 3)
    forward(phone)
    phone.one(".done")
    phone.tap(phone.one("[data-next-person]"))
    phone.one(".start")
    assert phone.run("return localStorage.length") <= 1
    assert "Thôn 2" not in phone.run("return JSON.stringify(localStorage)")
    choose_cell(phone)
    tick(phone, 3)
    forward(phone)
    phone.one(".done")
    assert sorted(occasion.sheets) == [("own", ALL_RIGHT), ("shared", ALL_RIGHT)]
