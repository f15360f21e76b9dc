"""The demo instance behind the real server, and a real Chromium in front of it."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.occasions import Grounds, Occasion, grounds

ROOT = Path(__file__).parent.parent.parent
PHONE = {"width": 360, "height": 640}
DESK = {"width": 1366, "height": 768}


@dataclass(frozen=True)
class Served:
    """A running server: its address, its instance, and what the demo printed."""

    address: str
    instance: Path
    printed: str

    @property
    def door(self) -> str:
        """The link in the QR of the open sitting's first hall, as it was printed."""
        found = re.search(r"HTTP://\S+/D/[0-9A-Z]{26}", self.printed)
        assert found is not None
        return found[0]

    def sign_in_link(self, login: str) -> str:
        """A new one-time link, made by the operator's command."""
        return _flask(self.instance, self.address, "account", "link", login).strip()


def _flask(instance: Path, address: str, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "survey", *command],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"SURVEY_INSTANCE": str(instance), "SURVEY_PUBLIC_ADDRESS": address},
    )
    return done.stdout


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    instance = tmp_path_factory.mktemp("browser") / "demo"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    printed = _flask(instance, address, "demo", "--no-serve")
    server = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "survey", "serve", "--host", "127.0.0.1",
         "--port", str(port)],
        cwd=ROOT,
        env=os.environ | {"SURVEY_INSTANCE": str(instance), "SURVEY_PUBLIC_ADDRESS": address},
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(address, server)
        yield Served(address, instance, printed)
    finally:
        server.send_signal(signal.SIGINT)
        assert server.wait(timeout=20) == 0


def _wait_for(address: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(200):
        assert server.poll() is None, "the server ended"
        try:
            urlopen(address, timeout=1).close()  # noqa: S310  our own address
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server did not answer")


@pytest.fixture(scope="module")
def place(served: Served) -> Iterator[Grounds]:
    with grounds(served.instance, served.address) as made:
        yield made


@pytest.fixture
def occasion(place: Grounds) -> Occasion:
    return place.hold()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Ended with its module: it keeps a loop running, beside which nobody else can start one."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[
                *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
                "--host-resolver-rules=MAP khaosat.test 127.0.0.1",  # a name without HTTPS
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    """An attendee's phone, scripts on."""
    yield from _page(browser, viewport=PHONE, has_touch=True)


@pytest.fixture
def plain_phone(browser: Browser) -> Iterator[Page]:
    """An attendee's phone, scripts off."""
    yield from _page(browser, viewport=PHONE, java_script_enabled=False)


def _page(browser: Browser, **settings: object) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(**settings)  # type: ignore[arg-type]
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


@pytest.fixture
def signed_in(browser: Browser, served: Served) -> Iterator[Callable[..., Page]]:
    """`signed_in("tinh")` -> a page of a browser in which this demo account is signed in."""
    contexts = []

    def made(login: str, viewport: dict[str, int] = DESK) -> Page:
        context = browser.new_context(viewport=viewport)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.goto(served.sign_in_link(login))
        page.get_by_role("main").get_by_role("button").click()
        return page

    yield made
    for context in contexts:
        context.close()
