"""The locks pin what the lists ask for, with hashes, and name no address and no machine."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pins(path: str) -> dict[str, set[str]]:
    """Versions by normal name, of a list of requirements or a lock."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([\w.-]+)(?:\[\w+\])?==([^\s;\\]+)", (ROOT / path).read_text(), re.MULTILINE
    ):
        found.setdefault(re.sub("[-_.]+", "-", name.lower()), set()).add(version)
    return found


@pytest.mark.parametrize("listed", ["requirements.txt", "tests/requirements.txt"])
def test_each_direct_dependency_is_pinned_and_locked_at_that_version(listed: str) -> None:
    lines = [
        line
        for line in (ROOT / listed).read_text().splitlines()
        if line and not line.startswith(("#", "-r "))
    ]
    direct, locked = pins(listed), pins(listed.replace(".txt", ".lock"))
    assert len(direct) == len(lines)
    assert {name: locked.get(name) for name in direct} == direct


def test_the_lock_of_the_tests_holds_the_one_of_the_application() -> None:
    application, tests = pins("requirements.lock"), pins("tests/requirements.lock")
    assert {name: tests.get(name) for name in application} == application


@pytest.mark.parametrize("lock", ["requirements.lock", "tests/requirements.lock"])
def test_a_lock_names_hashes_for_each_package_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    entries = re.findall(r"^\S+==.*(?:\n    .*)*", text, re.MULTILINE)
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert len(entries) == len(re.findall(r"^\S", text, re.MULTILINE))
    assert re.findall(r"\w+://|(?:^|\s)/\w+|--(?!hash)\w+", text) == []
