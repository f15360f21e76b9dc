"""What the documents tell people to type, and the names they give, are there."""

import re
from pathlib import Path

import pytest
from flask import Flask

from survey import config

ROOT = Path(__file__).parent.parent
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_make_target_named_is_in_the_makefile(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)\b(?!`? a )", text_of(path))) <= targets


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_flask_command_named_is_there(app: Flask, path: Path) -> None:
    for line in re.findall(r"flask --app survey ([a-z][a-z -]*)", text_of(path)):
        command: object = app.cli
        for word in line.split():
            if word.startswith("-"):
                break
            found = getattr(command, "commands", {})
            if not found:
                break
            assert word in found, line
            command = found[word]


@pytest.mark.parametrize("path", DOCS, ids=lambda path: path.name)
def test_every_file_named_is_there(path: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", text_of(path))
    missing = [link for link in links if not (path.parent / link).exists()]
    named = re.findall(r"`((?:survey|quizzes|tests|docs|static)/[\w./-]*)`", text_of(path))
    missing += [name for name in named if not (ROOT / name).exists()]
    assert missing == []


def test_every_setting_is_documented_and_none_is_made_up() -> None:
    documented = set(
        re.findall(r"^\| `([A-Z_]+)` \|", text_of(ROOT / "docs/settings.md"), re.MULTILINE)
    )
    own = {"PUBLIC_ADDRESS", "DATABASE_URL", "PROXIES", "MAX_CONTENT_LENGTH"}
    assert own <= config.DEFAULTS.keys()
    assert documented == own | {"SECRET_KEY"}


def test_the_glossarys_code_names_are_in_the_code() -> None:
    glossary = text_of(ROOT / "docs/architecture.md").split("## Words")[1]
    names = {
        name
        for row in re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)
        for name in re.findall(r"\b[A-Z][a-z]+\b", row)
    }
    code = "\n".join(
        text_of(path) for top in ("survey", "quizzes") for path in (ROOT / top).rglob("*.py")
    )
    assert {name for name in names if not re.search(rf"class {name}\b|{name}\b", code)} == set()
