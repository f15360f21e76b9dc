"""Machines with a PATH of chosen programs and a package index of one stand-in."""

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys._base_executable  # type: ignore[attr-defined]  # the one under .venv
PROGRAMS = """
awk bash cat cmp cp dirname env flock grep make mkdir mktemp rm sed sh sleep tail tee touch tr
""".split()
COMMANDS = ("flask", "pytest", "pybabel", "ruff", "mypy", "djlint")
NOTHING: Mapping[str, str] = MappingProxyType({})
STAND_IN = """
import pathlib, sys

def main():
    name = pathlib.Path(sys.argv[0]).name
    print(name, *sys.argv[1:], flush=True)
    if name == "pytest":
        print("=== 3 passed in 0.01s ===")
    if "--output-file" in sys.argv:
        pathlib.Path(sys.argv[-1]).write_text("compiled")
    sys.exit(pathlib.Path(name + ".fails").exists())
"""


@dataclass
class Machine:
    """A copy of the set-up in `folder`, run with nothing but `tools` on PATH."""

    folder: Path
    tools: Path
    wheels: Path

    def put(self, program: str, script: str) -> None:
        path = self.tools / program
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def start(
        self, *command: str, user: int | None = None, environment: Mapping[str, str] = NOTHING
    ) -> subprocess.Popen[str]:
        settings = {
            "PATH": str(self.tools),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
            "PIP_NO_CACHE_DIR": "1",
        }
        return subprocess.Popen(
            [self.tools / command[0], *command[1:]],
            cwd=self.folder,
            env=settings | dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            user=user,
            extra_groups=None if user is None else [],
            start_new_session=True,
        )

    def make(
        self, *goals: str, user: int | None = None, environment: Mapping[str, str] = NOTHING
    ) -> subprocess.CompletedProcess[str]:
        return ended(self.start("make", *goals, user=user, environment=environment))

    def told(
        self, *goals: str, user: int | None = None, environment: Mapping[str, str] = NOTHING
    ) -> list[str]:
        """What a run that must fail told people, without make's own last line."""
        done = self.make(*goals, user=user, environment=environment)
        assert done.returncode == 2
        *lines, last = done.stderr.splitlines()
        assert last.startswith("make: *** ")
        return lines

    def built(self) -> int:
        """How many times a .venv was made here."""
        record = self.folder / "built"
        return len(record.read_text().splitlines()) if record.exists() else 0


def ended(running: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    stdout, stderr = running.communicate(timeout=60)
    return subprocess.CompletedProcess(running.args, running.returncode, stdout, stderr)


def made_machine(place: Path, fresh_venv: Path) -> Machine:
    """One that has everything, a user who is not root, and a python3 that copies `fresh_venv`."""
    machine = Machine(place / "project", place / "tools", place / "wheels")
    for folder in (machine.folder / "tests", machine.tools, machine.wheels):
        folder.mkdir(parents=True)
    shutil.copy(ROOT / "Makefile", machine.folder)
    for name in ("scripts", ".ci"):
        shutil.copytree(ROOT / name, machine.folder / name)
    for lock in ("requirements.lock", "tests/requirements.lock"):
        (machine.folder / lock).write_text(wheel(machine.wheels, "1.0"))
    for program in PROGRAMS:
        found = shutil.which(program)
        assert found, f"{program} is needed by the set-up"
        (machine.tools / program).symlink_to(found)
    machine.put("python3", whole_python(fresh_venv))
    machine.put("id", 'case $1 in -u) echo 1000 ;; -un) echo "lan" ;; esac')
    for program in ("chromium", "cc", "nginx", "ip", "openssl"):
        machine.put(program, "")
    return machine


def wheel(folder: Path, version: str) -> str:
    """Writes a wheel that brings every command as a stand-in; returns its line in a lock."""
    info = f"stand_in-{version}.dist-info"
    scripts = "".join(f"{command} = stand_in:main\n" for command in COMMANDS)
    files = {
        "stand_in.py": STAND_IN,
        "playwright/driver/node": "#!/bin/sh\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: stand-in\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": f"[console_scripts]\n{scripts}",
    }
    record = "".join(f"{name},sha256={digest(text)},{len(text)}\n" for name, text in files.items())
    path = folder / f"stand_in-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in (files | {f"{info}/RECORD": f"{record}{info}/RECORD,,\n"}).items():
            entry = zipfile.ZipInfo(name)  # undated, so that its hash is one
            entry.external_attr = (0o100755 if name.endswith("/node") else 0o100644) << 16
            archive.writestr(entry, text)
    return f"stand-in=={version} --hash=sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}\n"


def digest(text: str) -> str:
    """In the form of a wheel's RECORD."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")


def whole_python(fresh_venv: Path) -> str:
    """A real Python, only quicker at making .venv."""
    return f"""
case $* in
"-m venv .venv")
    echo built >>built
    cp -a {fresh_venv}/.venv/. .venv
    sed -i "s#{fresh_venv}#$PWD#" .venv/bin/pip* ;;
*) exec {PYTHON} "$@" ;;
esac"""


def doctored_python(change: str, place: Path) -> str:
    """A real Python that believes what `change` says."""
    place.mkdir()
    (place / "sitecustomize.py").write_text(f"import sys\n{change}\n")
    return f'PYTHONPATH={place} exec {PYTHON} "$@"'


def old_python(place: Path) -> str:
    return doctored_python("sys.version_info = (3, 9, 18, 'final', 0)", place)


def bare_python(place: Path) -> str:
    """As Debian's, when its venv package is not installed."""
    return doctored_python("sys.modules['ensurepip'] = None", place)


def as_root(machine: Machine, installing: str) -> None:
    """Makes it root's, on Debian, where the install of apt-get does `installing`."""
    machine.put("id", "echo 0")
    machine.put("apt-get", f'echo "$@" >>apt\ncase $* in *install*) {installing} ;; esac')
