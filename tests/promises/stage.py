"""Where the promises are played: an instance, the real server on it, and its processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.servers import all_processes, free_port, processes_below
from bench.world import World, make_world
from tests.promises.program import PLANT, SETTINGS

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def instance(halls: int = 4) -> Iterator[tuple[Path, World]]:
    """An instance with an open sitting, deleted afterwards."""
    with tempfile.TemporaryDirectory(prefix="promises-") as name:
        folder = Path(name)
        yield folder, make_world(folder, halls, f"sqlite:///{folder / 'survey.sqlite'}")


@dataclass
class House:
    """A server that can be killed and started again on the same port."""

    folder: Path
    workers: int = 1
    plant: str = ""
    granian: Mapping[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        # The harness asks for many open files, for its phones; the server must do so by itself.
        command = ["prlimit", "--nofile=1024:", sys.executable, "-m", "tests.promises.program"]
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command + [str(word) for word in (self.folder, self.port, self.workers)],
                cwd=ROOT,
                env=os.environ
                | {
                    "SURVEY_INSTANCE": str(self.folder),
                    "SURVEY_PUBLIC_ADDRESS": f"http://127.0.0.1:{self.port}",
                    SETTINGS: json.dumps(self.granian),
                    PLANT: self.plant,
                }
                | self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                break
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.02)
        raise RuntimeError((self.folder / "server.log").read_text())

    def ready_pids(self) -> list[int]:
        """Living workers that have their application, the oldest first."""
        found = []
        for path in (self.folder / "ready").glob("*"):
            try:
                status = Path(f"/proc/{path.name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                status = ["Z"]
            if status[0] in "ZX":
                path.unlink(missing_ok=True)
            else:
                found.append((int(status[19]), int(path.name)))
        return [pid for _, pid in sorted(found)]

    def kill(self, worker: int) -> None:
        (self.folder / "ready" / str(worker)).unlink()
        os.kill(worker, signal.SIGKILL)

    def tree(self) -> list[int]:
        assert self.process is not None
        _, parents = all_processes()
        return processes_below(self.process.pid, parents)

    def kill_all(self) -> None:
        """SIGKILL to every process of the server at once."""
        assert self.process is not None
        _signal(self.process.pid, signal.SIGSTOP)  # so that it begins no worker meanwhile
        pids = self.tree()
        for pid in pids:
            _signal(pid, signal.SIGKILL)
        self.process.wait()
        for pid in pids[1:]:
            _await_end(pid)

    def end(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill_all()


def _signal(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def _await_end(pid: int) -> None:
    """A killed process may hold its lock on the store for a moment yet."""
    while Path(f"/proc/{pid}").exists():
        state = Path(f"/proc/{pid}/stat")
        try:
            if state.read_text().rpartition(")")[2].split()[0] == "Z":
                return
        except OSError:
            return
        time.sleep(0.002)


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[House]:
    house = House(folder, **settings)
    house.start()
    try:
        house.wait_until_it_listens()
        yield house
    finally:
        house.end()
