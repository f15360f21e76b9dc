"""The instance's key, and what the settings become."""

import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from survey import config, create_app

ROOT = Path(__file__).parent.parent


def test_the_key_is_made_once_and_read_by_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "instance"
    key = config.secret_key(folder)
    assert len(key) == 64
    assert config.secret_key(folder) == key
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["secret_key"]


def test_processes_that_start_at_once_end_with_one_key(tmp_path: Path) -> None:
    keys: list[str] = []
    threads = [
        threading.Thread(target=lambda: keys.append(config.secret_key(tmp_path))) for _ in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys) == 16
    assert len(set(keys)) == 1


@pytest.mark.parametrize("content", ["", "short", " \n"])
def test_a_damaged_key_stops_the_start(tmp_path: Path, content: str) -> None:
    (tmp_path / "secret_key").write_text(content)
    with pytest.raises(config.BadKey, match="secret_key"):
        create_app(instance=tmp_path)


@pytest.mark.parametrize(("length", "starts"), [(1, False), (31, False), (32, True)])
def test_a_key_that_is_given_is_long_or_stops_the_start_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, length: int, starts: bool
) -> None:
    monkeypatch.setenv("SURVEY_SECRET_KEY", "k" * length)
    monkeypatch.setenv("SURVEY_INSTANCE", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "survey", "routes"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert (done.returncode == 0) is starts
    assert done.stderr == (
        ""
        if starts
        else "Error: SECRET_KEY cần ít nhất 32 ký tự / needs at least 32 characters. "
        "Gõ / type: python3 -c 'import secrets; print(secrets.token_hex(32))'\n"
    )


def test_the_environment_overrides_the_instances_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.py").write_text('PUBLIC_ADDRESS = "http://a.test"\nPROXIES = 1\n')
    monkeypatch.setenv("SURVEY_PUBLIC_ADDRESS", "https://b.test/")
    monkeypatch.setenv("SURVEY_SECRET_KEY", "1234567890" * 4)
    app = create_app(instance=tmp_path)
    assert app.config["PUBLIC_ADDRESS"] == "https://b.test"
    assert app.config["PROXIES"] == 1
    assert app.config["SECRET_KEY"] == "1234567890" * 4
    assert app.config["SESSION_COOKIE_SECURE"] is True


@pytest.mark.parametrize(("proxies", "secure"), [(0, False), (1, True)])
def test_a_proxy_is_believed_only_when_it_is_configured(
    tmp_path: Path, proxies: int, secure: bool
) -> None:
    app = create_app({"PROXIES": proxies}, instance=tmp_path)
    seen: dict[str, object] = {}

    @app.before_request
    def look() -> str:
        from flask import request

        seen.update(secure=request.is_secure, host=request.host)
        return "seen"

    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.test"}
    app.test_client().get("/", headers=forwarded)
    assert seen == {"secure": secure, "host": "localhost"}
