"""The production server, and the words for when it cannot start."""

import ctypes
import gc
import importlib
import os
import signal
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from survey.answering.front import Front

ROOT = Path(__file__).resolve().parent.parent

# A worker has many threads, and what each of them set aside for itself would be most of its
# memory: 26 of 115 MB under load, at no cost that could be measured.
MEMORY = {"MALLOC_ARENA_MAX": "2", "_RJEM_MALLOC_CONF": "narenas:2,tcache:false"}
PORT = 8000
TOLD_TO_END = (signal.SIGTERM, signal.SIGINT)
MOST_FILES = 65_536
RESERVED = 300  # descriptors for the store, the log, and what the process itself needs
LONGEST_END = 40  # seconds for a worker to end what it has begun
MINUTE, MOST_DEATHS = 60, 5  # of the server as a whole, before it is left to lie
PORTS = click.IntRange(1, 65535)


class CannotListen(Exception):
    """The server cannot have this address; the message says what to type."""


def check_port(host: str, port: int) -> None:
    """Raise CannotListen before anything else is done: the server would say it in a trace."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except socket.gaierror as error:
            raise CannotListen(f"{host}: không có máy này / no such host") from error
        except PermissionError as error:
            raise CannotListen(
                f"Cổng {port} cần quyền root / needs root. Gõ / type: PORT={PORT} make …"
            ) from error
        except OSError as error:
            free = port % 65535 + 1
            raise CannotListen(
                f"Cổng {port} đang bận / port {port} is taken. Gõ / type: PORT={free} make …"
            ) from error


def lan_address() -> str:
    """This machine's address on its network, as phones there see it; no packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"


def worker() -> "Front":
    """The application in a process of its own group: Ctrl-C in a terminal goes to every process
    of a group, and a worker that is interrupted beside its parent hangs."""
    from survey import create_app
    from survey.answering.front import Front
    from survey.desk.jobs import start_ticker
    from survey.gateway import Gateway

    _stand_alone()
    app = create_app()
    front = Front(app, Gateway(app, largest=app.largest_body))
    start_ticker(app)
    settle()
    gc.set_threshold(20_000, 20, 50)  # a request leaves no circles behind, and looking costs
    return front


def settle() -> None:
    """What is loaded by now stays, so the collector need not walk over it again and again."""
    gc.collect()
    gc.freeze()


def _load() -> None:
    """All that workers are made of, before they are forked: a worker that died is back the sooner,
    and what they never change of it is there once for all of them."""
    from sqlalchemy.orm import configure_mappers

    for module in ("granian", "survey.app", "survey.answering.front", "survey.desk.jobs"):
        importlib.import_module(module)
    configure_mappers()
    settle()  # else the collector of each would write to every page of it


def _await_signals(how: int) -> None:
    """`how` SIG_BLOCK: whoever tells this process to end is heard later; SIG_UNBLOCK: now."""
    if sys.platform != "win32":
        signal.pthread_sigmask(how, TOLD_TO_END)


def _heed_from_birth() -> None:
    """A worker inherits what its parent does when it is told to end, and in the worker that does
    nothing: until it has a way of its own, the signal ends it. Not one is lost on the way. Ctrl-C,
    which is for all of a group, it leaves to its parent, which would take its death for a fault."""

    def born() -> None:
        os.setpgid(0, 0)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # forgets one that came a moment ago
        _await_signals(signal.SIG_UNBLOCK)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    if sys.platform != "win32":
        os.register_at_fork(
            before=lambda: _await_signals(signal.SIG_BLOCK),
            after_in_parent=lambda: _await_signals(signal.SIG_UNBLOCK),
            after_in_child=born,
        )


def _stand_alone() -> None:
    """In a group of its own, and ended with its parent. One that is killed outright cannot end its
    workers, and they would go on answering beside those of the next start; Linux alone can be
    asked to see to it."""
    if sys.platform != "win32":
        os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


def become(*, host: str, port: int, workers: int) -> NoReturn:
    """Let this process be the server and nothing else. Workers are forked from it, and whatever a
    command has loaded before, and they do not need, would be carried in each of them."""
    arguments = [sys.executable, "-m", "survey.server", host, str(port), str(workers)]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    sys.stdout.flush()
    _await_signals(signal.SIG_BLOCK)  # else what comes in this moment would be forgotten
    os.execve(  # noqa: S606
        sys.executable, arguments, MEMORY | os.environ | {"PYTHONPATH": path}
    )


def _open_files() -> int:
    """How many this process may have, after asking for as many as it can: the 1,024 of a usual
    shell are too few for a hall of a thousand phones."""
    if sys.platform == "win32":
        return 8192
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY or most > MOST_FILES:
        most = MOST_FILES
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (most, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    return most


def keep_running(*, host: str, port: int, workers: int) -> None:
    """Serve until told to end. A worker that dies twice within seconds ends the server as a whole;
    a hall must not wait for an operator then."""
    deaths: list[float] = []
    while True:
        try:
            run(host=host, port=port, workers=workers)
            return
        except SystemExit:
            deaths = [then for then in deaths if time.monotonic() - then < MINUTE]
            deaths.append(time.monotonic())
            if len(deaths) > MOST_DEATHS:
                raise
            click.echo("Khởi động lại / starting again.", err=True)
            time.sleep(1)


def run(*, host: str, port: int, workers: int = 1) -> None:
    """Serve the application that the environment describes until Ctrl-C or SIGTERM. Raises
    SystemExit where a worker keeps dying."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.log import LogLevels

    limit = _open_files()
    Granian(
        target="survey.server:worker",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        # HTTP/2 is for the proxy in front: here its streams would be so many requests a connection.
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=10_000, max_buffer_size=65_536),
        websockets=False,
        workers=workers,
        backlog=4096,
        # Connections a worker; silent ones count and cost it next to nothing.
        backpressure=max(64, min(16_384, limit - RESERVED)),
        log_level=LogLevels.error,
        log_access=False,  # an access log would join addresses with times of answering
        respawn_failed_workers=True,
        workers_kill_timeout=LONGEST_END,
    ).serve()


if __name__ == "__main__":
    _heed_from_birth()
    _load()
    with suppress(KeyboardInterrupt):  # before the server has its own way of being told
        # Not while modules are loaded: Python forgets what interrupts it in some places there.
        _await_signals(signal.SIG_UNBLOCK)
        keep_running(host=sys.argv[1], port=int(sys.argv[2]), workers=int(sys.argv[3]))
    click.echo("Đã dừng / stopped.")
