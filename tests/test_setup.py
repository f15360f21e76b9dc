"""The set-up on doctored machines: what it says, what it mends, and that it stays quick."""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.doctored import (
    PYTHON,
    ROOT,
    Machine,
    as_root,
    bare_python,
    ended,
    made_machine,
    old_python,
    wheel,
    whole_python,
)

FLASK_SAYS = "flask --app survey demo"
INSTALLING = (
    "Cài thư viện vào .venv, lần đầu mất chừng một phút · Installing into .venv (requirements.lock)"
)
INSTALLING_TESTS = INSTALLING.replace("requirements.lock", "tests/requirements.lock")


@pytest.fixture(scope="session")
def fresh_venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real environment with nothing but pip, made once: making one takes seconds."""
    folder = tmp_path_factory.mktemp("fresh").resolve()
    subprocess.run([PYTHON, "-m", "venv", folder / ".venv"], check=True)
    return folder


@pytest.fixture
def machine(tmp_path: Path, fresh_venv: Path) -> Machine:
    """A machine that has everything; python3 makes .venv by copying the fresh one."""
    return made_machine(tmp_path.resolve(), fresh_venv)


@pytest.fixture(scope="session")
def set_up_once(tmp_path_factory: pytest.TempPathFactory, fresh_venv: Path) -> Machine:
    """A machine after its first `make demo` and all the set-up of `make test`."""
    machine = made_machine(tmp_path_factory.mktemp("ready").resolve(), fresh_venv)
    done = machine.make("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [INSTALLING, FLASK_SAYS]
    done = machine.make("set-up-tests")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [INSTALLING_TESTS]
    return machine


@pytest.fixture
def ready(machine: Machine, set_up_once: Machine) -> Machine:
    """A machine of the test's own in that state."""
    shutil.copytree(set_up_once.folder / ".venv", machine.folder / ".venv", symlinks=True)
    for script in machine.folder.glob(".venv/bin/*"):
        text = "" if script.is_symlink() else script.read_text()
        if str(set_up_once.folder) in text:
            script.write_text(text.replace(str(set_up_once.folder), str(machine.folder)))
    return machine


def test_make_alone_lists_what_there_is(machine: Machine) -> None:
    lines = machine.make().stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["make", goal]
        for goal in (
            "help",
            "demo",
            "serve",
            "test",
            "screenshots",
            "webkit",
            "bench",
            "release-check",
            "check",
            "lock",
        )
    ]


def test_a_second_start_installs_nothing_and_is_quick(ready: Machine) -> None:
    before = time.monotonic()
    done = ready.make("set-up")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert time.monotonic() - before < 5
    assert ready.make("demo").stdout.splitlines() == [FLASK_SAYS]


def test_serve_starts_the_server_and_passes_its_arguments_on(ready: Machine) -> None:
    done = ready.make("serve", "ARGS=--port 8001")
    assert done.stdout.splitlines() == ["flask --app survey serve --port 8001"]


def test_a_changed_lock_is_installed_into_the_same_venv(ready: Machine) -> None:
    (ready.folder / "requirements.lock").write_text(wheel(ready.wheels, "2.0"))
    assert ready.make("demo").stdout.splitlines() == [INSTALLING, FLASK_SAYS]
    listed = ended(
        ready.start("bash", "-c", ".venv/bin/pip list --format=freeze")
    ).stdout.splitlines()
    assert [line for line in listed if line.startswith("stand-in")] == ["stand-in==2.0"]
    assert ready.built() == 0


def cut_off(machine: Machine) -> None:
    (machine.folder / ".venv/unfinished").touch()
    next(machine.folder.glob(".venv/lib/*/site-packages/stand_in.py")).unlink()


def lose_python(machine: Machine) -> None:
    for python in machine.folder.glob(".venv/bin/python*"):
        python.unlink()
        python.symlink_to("/usr/bin/python3.0")


def lose_libraries(machine: Machine) -> None:
    """As when python3 now means a newer Python, which looks into a folder of its own."""
    libraries = next(machine.folder.glob(".venv/lib/python3*"))
    libraries.rename(libraries.with_name("python3.0"))


def move_folder(machine: Machine) -> None:
    machine.folder = machine.folder.rename(machine.folder.with_name("moved here"))


def half_removed(machine: Machine) -> None:
    shutil.rmtree(machine.folder / ".venv/bin")


@pytest.mark.parametrize(
    "accident", [cut_off, lose_python, lose_libraries, move_folder, half_removed]
)
def test_a_broken_venv_heals_by_the_next_start(
    ready: Machine, accident: Callable[[Machine], None]
) -> None:
    accident(ready)
    done = ready.make("demo")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [INSTALLING, FLASK_SAYS]
    assert ready.built() == 1


def test_an_install_that_is_killed_is_begun_afresh(machine: Machine) -> None:
    machine.put("tee", "echo $$ >installing; exec sleep 30")
    running = machine.start("make", "demo")
    wait_for(machine.folder / "installing")
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    machine.put("tee", f'exec {shutil.which("tee")} "$@"')
    assert machine.make("demo").stdout.splitlines() == [INSTALLING, FLASK_SAYS]
    assert machine.built() == 2


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 20
    while not (path.exists() and path.read_text().strip()):
        assert time.monotonic() < deadline, f"{path.name} never came"
        time.sleep(0.02)


def test_two_first_starts_at_once_make_one_venv(machine: Machine) -> None:
    starts = [machine.start("make", "demo") for _ in range(2)]
    said = sorted(len(ended(start).stdout.splitlines()) for start in starts)
    assert said == [1, 2]
    assert machine.built() == 1


def test_without_python_it_says_which_packages_to_install(machine: Machine) -> None:
    (machine.tools / "python3").unlink()
    packages = "apt-get update && apt-get install python3 python3-venv"
    assert machine.told("demo") == [
        f"Máy thiếu python3 python3-venv. Với quyền root, gõ: {packages} — rồi gõ lại: make demo",
        f"Missing here: python3 python3-venv. As root, type: {packages} — then again: make demo",
    ]


def test_an_old_python_is_named_with_what_to_type(machine: Machine, tmp_path: Path) -> None:
    machine.put("python3", old_python(tmp_path / "old"))
    assert machine.told("serve") == [
        "Python 3.9.18 cũ quá, cần 3.11 trở lên. Gõ: apt-get install python3.11-venv, "
        "hoặc: make serve PYTHON=/đường/dẫn/python3.11",
        "Python 3.9.18 is too old, 3.11 or newer is needed. Type: apt-get install python3.11-venv, "
        "or: make serve PYTHON=/path/to/python3.11",
    ]
    assert not (machine.folder / ".venv").exists()


@pytest.mark.parametrize("newer", ["python3.13", "python3.12", "python3.11"])
def test_a_newer_python_beside_an_old_one_is_found(
    machine: Machine, fresh_venv: Path, tmp_path: Path, newer: str
) -> None:
    machine.put("python3", old_python(tmp_path / "old"))
    machine.put(newer, whole_python(fresh_venv))
    assert machine.make("demo").stdout.splitlines() == [INSTALLING, FLASK_SAYS]


def test_a_python_given_by_name_is_the_one_used(
    machine: Machine, fresh_venv: Path, tmp_path: Path
) -> None:
    (machine.tools / "python3").rename(tmp_path / "mine")
    done = machine.make("demo", f"PYTHON={tmp_path / 'mine'}")
    assert done.stdout.splitlines() == [INSTALLING, FLASK_SAYS]


def test_a_debian_without_its_venv_package_is_told_which(machine: Machine, tmp_path: Path) -> None:
    machine.put("python3", bare_python(tmp_path / "bare"))
    shutil.copy(machine.tools / "python3", machine.tools / "python3.11")
    machine.put("apt-get", "echo ran >apt")
    packages = "apt-get update && apt-get install python3-venv"
    assert machine.told("test") == [
        f"Máy thiếu python3-venv. Với quyền root, gõ: {packages} — rồi gõ lại: make test",
        f"Missing here: python3-venv. As root, type: {packages} — then again: make test",
    ]
    assert not (machine.folder / "apt").exists()


def test_root_on_debian_gets_the_venv_package_by_itself(
    machine: Machine, fresh_venv: Path, tmp_path: Path
) -> None:
    machine.put("whole", whole_python(fresh_venv))
    machine.put("python3", bare_python(tmp_path / "bare"))
    as_root(machine, f"cp {machine.tools}/whole {machine.tools}/python3")
    assert machine.make("demo").stdout.splitlines() == [
        "Cài gói của Debian · Installing from Debian: python3-venv",
        INSTALLING,
        FLASK_SAYS,
    ]
    assert (machine.folder / "apt").read_text().splitlines() == [
        "-qq update",
        "-qqy install --no-install-recommends python3-venv",
    ]


def test_when_debian_gives_nothing_its_reason_and_what_to_type_are_shown(
    machine: Machine, tmp_path: Path
) -> None:
    machine.put("python3", bare_python(tmp_path / "bare"))
    as_root(machine, 'echo "E: Unable to fetch" >&2; exit 100')
    packages = "apt-get update && apt-get install python3-venv"
    assert machine.told("demo") == [
        "E: Unable to fetch",
        f"Máy thiếu python3-venv. Với quyền root, gõ: {packages} — rồi gõ lại: make demo",
        f"Missing here: python3-venv. As root, type: {packages} — then again: make demo",
    ]


def test_a_python_that_debian_cannot_complete_is_named(machine: Machine, tmp_path: Path) -> None:
    machine.put("python3", bare_python(tmp_path / "bare"))
    as_root(machine, ":")
    assert machine.told("demo") == [
        "Python trong PATH không tạo được môi trường riêng. Gõ: make demo PYTHON=/usr/bin/python3",
        "The Python on PATH cannot make a virtual environment. "
        "Type: make demo PYTHON=/usr/bin/python3",
    ]


@pytest.fixture
def open_place() -> Iterator[Path]:
    """A folder every user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        yield Path(place).resolve()


def test_an_unwritable_folder_is_named_with_what_to_type(
    open_place: Path, fresh_venv: Path
) -> None:
    machine = made_machine(open_place, fresh_venv)
    machine.put("python3", "echo whole 3.11.9")
    machine.folder.chmod(0o555)
    told = machine.told("demo", user=65534 if os.geteuid() == 0 else None)
    machine.folder.chmod(0o755)
    assert told == [
        f"Không ghi được vào {machine.folder}. Gõ: sudo chown -R lan '{machine.folder}'",
        f"Cannot write to {machine.folder}. Type: sudo chown -R lan '{machine.folder}'",
    ]


NO_INDEX = [
    "Không tới được kho gói Python (pypi.org). Nối mạng rồi gõ lại: make demo"
    " — sau proxy: make demo https_proxy=http://máy:cổng",
    "The Python package index (pypi.org) cannot be reached. Connect, then type again: make demo"
    " — behind a proxy: make demo https_proxy=http://host:port",
]


def test_an_index_out_of_reach_is_said_and_the_next_start_heals(machine: Machine) -> None:
    offline = {
        "PIP_NO_INDEX": "0",
        "PIP_FIND_LINKS": "",
        "PIP_INDEX_URL": "http://127.0.0.1:9/simple",
        "PIP_RETRIES": "1",
    }
    assert machine.told("demo", environment=offline) == NO_INDEX
    assert machine.make("demo").stdout.splitlines() == [INSTALLING, FLASK_SAYS]


def test_a_download_that_differs_from_the_lock_is_refused(machine: Machine) -> None:
    lock = machine.folder / "requirements.lock"
    lock.write_text(re.sub("sha256:.{4}", "sha256:0000", lock.read_text()))
    assert machine.told("demo") == [
        "Gói tải về khác với bản đã ghim trong requirements.lock, nên không cài. "
        "Thử mạng khác rồi gõ lại: make demo",
        "A download differs from what requirements.lock pins, so it was not installed. "
        "Try another network, then type again: make demo",
    ]


def test_a_lock_without_hashes_is_refused(machine: Machine) -> None:
    (machine.folder / "requirements.lock").write_text("stand-in==1.0\n")
    assert machine.told("demo") == [
        "Cài thư viện không xong. Gõ: cat .venv/pip.log để xem vì sao, rồi gõ lại: make demo",
        "The libraries were not installed. Type: cat .venv/pip.log to see why, "
        "then again: make demo",
    ]


def test_the_tests_bring_their_own_lock_and_chromium(ready: Machine) -> None:
    (ready.tools / "chromium").unlink()
    (ready.folder / ".venv/tests-requirements.lock").unlink()
    as_root(ready, f"cp {ready.tools}/id {ready.tools}/chromium")
    passed = ["pytest -k door", "=== 3 passed in 0.01s ==="]
    assert ready.make("test", "ARGS=-k door").stdout.splitlines() == [
        INSTALLING_TESTS,
        "Cài gói của Debian · Installing from Debian: chromium",
        *passed,
    ]
    assert ready.make("test", "ARGS=-k door").stdout.splitlines() == passed
    assert (ready.folder / "apt").read_text().splitlines() == [
        "-qq update",
        "-qqy install --no-install-recommends chromium",
    ]


def test_a_driver_of_the_browser_that_cannot_run_gets_its_library(ready: Machine) -> None:
    driver = next(ready.folder.glob(".venv/lib/*/site-packages/playwright/driver/node"))
    driver.write_text("#!/bin/sh\nexit 127\n")
    as_root(ready, ":")
    assert ready.make("test").stdout.splitlines() == [
        "Cài gói của Debian · Installing from Debian: libatomic1",
        "pytest",
        "=== 3 passed in 0.01s ===",
    ]


def test_without_chromium_it_says_what_to_type(ready: Machine) -> None:
    (ready.tools / "chromium").unlink()
    packages = "apt-get update && apt-get install chromium"
    assert ready.told("test") == [
        f"Máy thiếu chromium. Với quyền root, gõ: {packages} — rồi gõ lại: make test",
        f"Missing here: chromium. As root, type: {packages} — then again: make test",
    ]


def test_a_catalogue_is_compiled_when_it_is_newer_and_only_then(ready: Machine) -> None:
    source = ready.folder / "survey/translations/en/LC_MESSAGES/messages.po"
    source.parent.mkdir(parents=True)
    source.touch()
    target = source.with_suffix(".mo").relative_to(ready.folder)
    compiling = (
        f"pybabel --quiet compile --input-file {target.with_suffix('.po')} --output-file {target}"
    )
    assert ready.make("demo").stdout.splitlines() == [compiling, FLASK_SAYS]
    assert ready.make("demo").stdout.splitlines() == [FLASK_SAYS]
    os.utime(source, (time.time() + 5, time.time() + 5))
    assert ready.make("demo").stdout.splitlines() == [compiling, FLASK_SAYS]


CHECKS = [
    "ruff check --quiet .",
    "ruff format --check --quiet .",
    "mypy",
    "djlint survey/templates --lint --quiet",
]


def test_ci_runs_tests_and_checks_and_ends_with_the_closing_line(ready: Machine) -> None:
    done = ended(ready.start("bash", ".ci/run"))
    closing = "=== 3 passed in 0.01s ==="
    assert done.stdout.splitlines() == ["pytest", closing, *CHECKS, closing]
    assert done.returncode == 0


@pytest.mark.parametrize("command", ["pytest", "ruff", "mypy", "djlint"])
def test_ci_fails_when_any_of_its_programs_does(ready: Machine, command: str) -> None:
    (ready.folder / f"{command}.fails").touch()
    done = ended(ready.start("bash", ".ci/run"))
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "=== 3 passed in 0.01s ==="


def test_ci_can_be_run_from_the_checkout() -> None:
    assert os.access(ROOT / ".ci/run", os.X_OK)
