"""The service worker is handed out plainly, and pages that are kept obey the same policy."""

import json
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

pytestmark = pytest.mark.usefixtures("clock")


def test_the_worker_is_a_script_that_any_browser_takes(client: FlaskClient) -> None:
    answer = client.get("/D/sw.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Cache-Control"] == "max-age=300"
    assert "Set-Cookie" not in answer.headers


def test_it_gives_a_kept_page_the_headers_of_a_fresh_one(
    client: FlaskClient, plan: Callable[..., int], key_of: Callable[..., str]
) -> None:
    first = client.get("/D/sw.js").text.splitlines()[0]
    headers = json.loads(first.removeprefix("var HEADERS = ").removesuffix(";"))
    page = client.get(f"/D/{key_of(plan())}").headers
    assert headers == {name: page[name] for name in headers}
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "worker-src 'self'" in headers["Content-Security-Policy"]


def test_a_door_is_still_what_its_key_says(client: FlaskClient) -> None:
    assert client.get("/D/SW.JS").status_code == 404
    assert client.post("/D/sw.js").status_code in (404, 405)
