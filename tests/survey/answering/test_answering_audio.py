"""A question that can be heard: nothing of it is fetched before somebody taps."""

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page, Request, sync_playwright
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from tests.world import PAPER, SOUND, World, record

ADDRESS = f"/A/{SOUND.digest}"
PLAYER = f'<audio controls preload="none" src="{ADDRESS}" aria-label="Nghe câu hỏi"></audio>'
Plan = Callable[..., int]
KeyOf = Callable[..., str]


@pytest.fixture
def recorded(session: Session, world: World) -> None:
    record(session, world)


# ------------------------------------------------------------------ in the page


@pytest.mark.usefixtures("clock", "recorded")
def test_a_question_can_be_heard_within_its_group_and_after_its_words(
    client: FlaskClient, plan: Plan, key_of: KeyOf, world: World
) -> None:
    key = key_of(plan(), hall=world.halls[0])
    page = client.get(f"/D/{key}").text
    groups = re.findall(r'<fieldset class="question".*?</fieldset>', page, re.DOTALL)
    heard = {
        stem: group.count(f"</legend>\n{PLAYER}\n")
        for group in groups
        for stem in ("Một lựa chọn?", "Nhiều lựa chọn?", "Đúng hay sai?")
        if stem in group
    }
    assert heard == {"Một lựa chọn?": 1, "Nhiều lựa chọn?": 1, "Đúng hay sai?": 0}
    assert page.count("<audio") == 2
    assert key not in PLAYER  # pieces of pages are shared between doors


def test_a_question_without_a_recording_is_not_a_byte_longer(app: Flask) -> None:
    """What the macro gave before there were recordings."""
    item = PAPER.items[2]
    with app.test_request_context():
        macro = app.jinja_env.get_template("macros/question.html").make_module().question
        silent = str(macro(item, 3, 3, (0, 1), "q2"))
        heard = macro(replace(item, audio=SOUND.digest), 3, 3, (0, 1), "q2")
    assert silent == (
        '<fieldset class="question" id="q2">\n'
        '<legend><span class="place">Câu 3/3</span> Đúng hay sai?</legend>\n'
        '<label class="option"><input type="radio" name="q2" value="0"> <span>Đúng</span></label>\n'
        '<label class="option"><input type="radio" name="q2" value="1"> <span>Sai</span></label>\n'
        "</fieldset>\n"
    )
    assert heard == silent.replace("</legend>\n", f"</legend>\n{PLAYER}\n")


@pytest.mark.usefixtures("clock", "recorded")
def test_the_policy_of_the_page_lets_sounds_of_this_server_play_and_no_others(
    client: FlaskClient, plan: Plan, key_of: KeyOf, world: World
) -> None:
    key = key_of(plan(), hall=world.halls[0])
    policy = client.get(f"/D/{key}").headers["Content-Security-Policy"]
    assert "media-src 'self'" in policy.split("; ")


# ------------------------------------------------------------------ as it is fetched


@pytest.mark.usefixtures("recorded")
def test_a_recording_is_kept_by_the_phone_for_ever_and_sets_no_cookie(client: FlaskClient) -> None:
    answer = client.get(ADDRESS)
    assert (answer.status_code, answer.mimetype, answer.data) == (200, "audio/mpeg", SOUND.content)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers
    again = client.get(ADDRESS, headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", slice(0, None)),
        ("bytes=100-199", slice(100, 200)),
        ("bytes=-7", slice(-7, None)),
    ],
)
def test_a_part_of_a_recording_is_given_when_a_part_is_asked_for(
    client: FlaskClient, asked: str, part: slice
) -> None:
    answer = client.get(ADDRESS, headers={"Range": asked})
    wanted = SOUND.content[part]
    first = (
        SOUND.content.index(wanted) if asked == "bytes=0-" else part.indices(len(SOUND.content))[0]
    )
    last = first + len(wanted) - 1
    assert (answer.status_code, answer.data) == (206, wanted)
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(SOUND.content)}"
    assert answer.headers["Content-Length"] == str(len(wanted))
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.usefixtures("recorded")
def test_a_part_beyond_the_end_is_refused(client: FlaskClient) -> None:
    assert client.get(ADDRESS, headers={"Range": "bytes=9999999-"}).status_code == 416


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    "digest",
    ["0" * 64, SOUND.digest.upper(), SOUND.digest[:63], SOUND.digest + "0", "%00" * 64, "é" * 64],
    ids=["unknown", "capitals", "short", "long", "zeros", "no letters"],
)
def test_what_is_no_known_digest_is_not_found(client: FlaskClient, digest: str) -> None:
    answer = client.get(f"/A/{digest}")
    assert answer.status_code == 404
    assert "Set-Cookie" not in answer.headers


@pytest.mark.usefixtures("recorded")
def test_a_recording_needs_no_account_and_takes_no_post(client: FlaskClient) -> None:
    assert client.head(ADDRESS).status_code == 200
    assert client.post(ADDRESS).status_code == 405


# ------------------------------------------------------------------ on a phone


@pytest.fixture
def phone(
    app: Flask, session: Session, world: World, plan: Plan, key_of: KeyOf
) -> Iterator[tuple[Page, str]]:
    """A phone in a real Chromium, and the address of a door."""
    record(session, world)
    now = datetime.now(UTC)
    made = plan(opens_at=now - timedelta(minutes=5), closes_at=None, now=now - timedelta(days=1))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        size: Any = {"width": 360, "height": 640}
        page = chromium.new_context(viewport=size, java_script_enabled=True).new_page()
        yield page, f"http://127.0.0.1:{server.port}/D/{key_of(made, hall=world.halls[0])}"
        chromium.close()
    server.shutdown()
    serving.join()
    server.server_close()


PLAY = """sound => new Promise((resolve, reject) => {
  sound.addEventListener("playing", () => resolve(sound.duration));
  sound.addEventListener("error", () => reject(sound.error.message));
  sound.muted = true;
  sound.play();
})"""


@pytest.mark.browser
def test_nothing_is_fetched_before_the_tap_and_the_sound_is_heard_after_it(
    phone: tuple[Page, str],
) -> None:
    page, door = phone
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url.split("/", 3)[3])

    page.on("request", note)
    page.goto(door, wait_until="networkidle")
    page.evaluate("document.querySelectorAll('[hidden]').forEach(part => { part.hidden = false; })")
    page.wait_for_timeout(300)
    sounds = page.locator("fieldset.question audio")
    assert sounds.count() == 2
    assert [url for url in asked if not url.startswith("D/")] == []
    duration = sounds.first.evaluate(PLAY)
    assert duration == pytest.approx(200 * 1152 / 44100, abs=0.1)
    assert {url for url in asked if not url.startswith("D/")} == {ADDRESS[1:]}


@pytest.mark.browser
def test_the_player_fits_the_phone_and_is_named_to_those_who_do_not_see_it(
    phone: tuple[Page, str],
) -> None:
    page, door = phone
    page.goto(door)
    page.evaluate("document.querySelectorAll('[hidden]').forEach(part => { part.hidden = false; })")
    sounds = page.locator("fieldset.question audio")
    for sound in (sounds.nth(0), sounds.nth(1)):
        box = sound.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 360
        assert box["height"] >= 48
        assert sound.get_attribute("aria-label") == "Nghe câu hỏi"
    assert page.evaluate("document.documentElement.scrollWidth") == 360
