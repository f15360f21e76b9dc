"""Settings: defaults, then `config.py` of the instance, then SURVEY_* of the environment."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import Flask

DEFAULTS: dict[str, Any] = {
    "DATABASE_URL": None,  # None: survey.sqlite in the instance folder
    "PUBLIC_ADDRESS": None,  # what a QR leads to, as https://khaosat.example.vn; None: set by serve
    "PROXIES": 0,  # how many reverse proxies stand in front and are trusted for X-Forwarded-*
    "MAX_CONTENT_LENGTH": 10 * 1024 * 1024,
    "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
    "MAX_FORM_PARTS": 20_000,  # a roll of 4,155 cells is one form
    "WTF_CSRF_TIME_LIMIT": None,  # a form left open over lunch must still be accepted
    "WTF_CSRF_SSL_STRICT": False,  # it wants a Referer, which our pages tell browsers not to send
    "SESSION_COOKIE_NAME": "survey",
    "SESSION_COOKIE_HTTPONLY": True,
    "SESSION_COOKIE_SAMESITE": "Lax",
    "PERMANENT_SESSION_LIFETIME": 60 * 24 * 3600,
    "BABEL_DEFAULT_LOCALE": "vi",
    "BABEL_DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
}


SHORTEST_KEY = 32


class BadKey(click.ClickException):
    """No key, or one short enough to be found by trying: whoever has it can sign anything."""


class Unwritable(click.ClickException):
    """The instance folder cannot be written; the message says what to type."""


def load(app: Flask, overrides: dict[str, Any] | None) -> None:
    """Fill `app.config`; makes the secret key of a new instance."""
    app.config.from_mapping(DEFAULTS)
    app.config.from_pyfile(str(Path(app.instance_path) / "config.py"), silent=True)
    app.config.from_prefixed_env("SURVEY")
    app.config.from_mapping(overrides or {})
    address = app.config["PUBLIC_ADDRESS"]
    if address:
        app.config["PUBLIC_ADDRESS"] = address.rstrip("/")
        app.config.setdefault("SESSION_COOKIE_SECURE", False)
        app.config["SESSION_COOKIE_SECURE"] |= address.startswith("https://")
    if not app.config["DATABASE_URL"]:
        app.config["DATABASE_URL"] = f"sqlite:///{Path(app.instance_path) / 'survey.sqlite'}"
    # str: a key of digits in the environment is read as a number.
    key = str(app.config["SECRET_KEY"] or secret_key(Path(app.instance_path)))
    if len(key) < SHORTEST_KEY:
        raise BadKey(
            f"SECRET_KEY cần ít nhất {SHORTEST_KEY} ký tự / needs at least {SHORTEST_KEY} "
            "characters. Gõ / type: python3 -c 'import secrets; print(secrets.token_hex(32))'"
        )
    app.config["SECRET_KEY"] = key


def secret_key(folder: Path) -> str:
    """The instance's key, made on first use. Raises BadKey for a file that holds none.

    Two processes that start at once must end with one key: each writes a draft, one of them
    gets to link it under the name, and the loser reads what the winner wrote.
    """
    path = folder / "secret_key"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _make_key(path)
    except OSError as error:
        raise Unwritable(
            f"Không ghi được vào {folder} / cannot write there ({error.strerror}). "
            f"Gõ / type: sudo chown -R $(id -un) '{folder}'"
        ) from error
    key = path.read_text().strip()
    if len(key) < SHORTEST_KEY:
        raise BadKey(
            f"{path} bị hỏng: lấy lại từ bản sao lưu, hoặc xóa đi để tạo khóa mới / "
            "is damaged: restore it from a backup, or delete it for a new one"
        )
    return key


def _make_key(path: Path) -> None:
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_hex(32))
        file.flush()
        os.fsync(handle)  # a power cut must not leave the name with nothing behind it
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
