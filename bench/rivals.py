"""The servers that are compared, and nginx in front of them."""

import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench.servers import ROOT, DidNotStart, Server, Usage, free_port, usage
from bench.world import World

DOCUMENT = ROOT / "docs" / "several-hosts.md"


class Kind(NamedTuple):
    """A server: how it is started, and whether a signal makes it start its workers anew."""

    command: str
    reload: signal.Signals | None


KINDS = {
    "granian": Kind(
        "flask --app survey serve --host 127.0.0.1 --port {port}",
        signal.SIGHUP,
    ),
    "gunicorn gthread": Kind(
        "gunicorn --worker-class gthread --threads 64 --backlog 4096 --keep-alive 30"
        " --bind 127.0.0.1:{port} bench.baseline:views()",
        signal.SIGHUP,
    ),
    "waitress": Kind(
        "waitress --listen 127.0.0.1:{port} --threads 64 --connection-limit 16000 --backlog 4096"
        " --asyncore-use-poll --call bench.baseline:views",
        None,
    ),
}


@dataclass
class Contestant:
    """One server, perhaps with nginx in front, and what was seen of it."""

    name: str
    instance: Path
    world: World
    behind_nginx: bool
    python: str  # that has its library
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    rows: dict[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return f"{self.name} + nginx" if self.behind_nginx else self.name


class Running:
    """A server that can be told to end and started again on its port."""

    def __init__(self, kind: Kind, instance: Path, python: str) -> None:
        self.port = free_port()
        self._command = [python, "-m", *kind.command.format(port=self.port).split()]
        self._instance = instance
        self.start()

    def start(self) -> None:
        address = f"http://127.0.0.1:{self.port}"
        settings = {"SURVEY_INSTANCE": str(self._instance), "SURVEY_PUBLIC_ADDRESS": address}
        with (self._instance / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                cwd=ROOT,
                env=os.environ | settings,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        for _ in range(600):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise DidNotStart((self._instance / "server.log").read_text())

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextmanager
def nginx(folder: Path, ports: Sequence[int]) -> Iterator[tuple[int, int]]:
    """(port, pid): the configuration of the document, with plain HTTP on the loopback."""
    found = re.search(r"^```nginx\n(.*?)^```", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    text = found[1] if found else ""
    port = free_port()
    servers = "".join(f"server 127.0.0.1:{p} max_fails=1 fail_timeout=1s;\n" for p in ports)
    for old, new in (
        (r"server \{\s+listen 80;.*?\}\n", ""),
        (r"( +server 10\.0\.0\.1\d:8000 [^\n]+\n)+", servers),
        (r"listen 443 ssl http2;", f"listen 127.0.0.1:{port} backlog=4096;"),
        (r" +ssl_[^\n]+\n", ""),
        (r"/run/nginx.pid|/var/log/nginx/error.log", str(folder / "nginx.out")),
        (r"user www-data;", "user root;" if os.geteuid() == 0 else ""),
    ):
        text, changed = re.subn(old, new, text, flags=re.DOTALL)
        if not changed:
            raise DidNotStart(f"{DOCUMENT.name} has changed: {old}")
    (folder / "nginx.conf").write_text(text)
    path = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin"}
    command = ["nginx", "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
    with (folder / "nginx.log").open("wb") as log:
        process = subprocess.Popen(command, stderr=log, env=path)
    try:
        for _ in range(100):
            with suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            time.sleep(0.05)
        else:
            raise DidNotStart((folder / "nginx.log").read_text())
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()


class Stage(NamedTuple):
    running: list[Running]
    port: int  # where phones go
    pids: tuple[int, ...]

    @property
    def used(self) -> Usage:
        return usage(Server(self.port, self.pids))


@contextmanager
def staged(one: Contestant, servers: int = 1) -> Iterator[Stage]:
    with ExitStack() as stack:
        running = []
        for _ in range(servers):
            running.append(Running(KINDS[one.name], one.instance, one.python))
            stack.callback(running[-1].end)
        port, pids = running[0].port, tuple(each.process.pid for each in running)
        if one.behind_nginx:
            port, pid = stack.enter_context(nginx(one.instance, [each.port for each in running]))
            pids += (pid,)
        yield Stage(running, port, pids)
