"""The production server, and the words for when it cannot start."""

import ctypes
import gc
import os
import signal
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from flask import Flask

ROOT = Path(__file__).resolve().parent.parent

# A worker has many threads, and what each of them set aside for itself would be most of its
# memory: 26 of 115 MB under load, at no cost that could be measured.
MEMORY = {"MALLOC_ARENA_MAX": "2", "_RJEM_MALLOC_CONF": "narenas:2,tcache:false"}
PORT = 8000
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


def worker() -> "Flask":
    """The application in a process of its own group: Ctrl-C in a terminal goes to every process
    of a group, and a worker that is interrupted beside its parent hangs."""
    from survey import create_app
    from survey.desk.jobs import start_ticker

    _stand_alone()
    app = create_app()
    start_ticker(app)
    # What is loaded by now stays, so the collector need not walk over it again and again.
    gc.collect()
    gc.freeze()
    return app


def _stand_alone() -> None:
    """In a group of its own, and ended with its parent. One that is killed outright cannot end its
    workers, and they would go on answering beside those of the next start; Linux alone can be
    asked to see to it."""
    if sys.platform != "win32":
        os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # 1: PR_SET_PDEATHSIG


def become(*, host: str, port: int, workers: int) -> NoReturn:
    """Let this process be the server and nothing else. Workers are forked from it, and whatever
    a command has loaded before would be carried in each of them."""
    arguments = [sys.executable, "-m", "survey.server", host, str(port), str(workers)]
    path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    sys.stdout.flush()
    os.execve(  # noqa: S606
        sys.executable, arguments, MEMORY | os.environ | {"PYTHONPATH": path}
    )


def run(*, host: str, port: int, workers: int = 1) -> None:
    """Serve the application that the environment describes until Ctrl-C or SIGTERM."""
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    Granian(
        target="survey.server:worker",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        websockets=False,
        workers=workers,
        # A phone that stalls in the middle of its answers holds a thread until it goes, so there
        # may be many; they are made when needed and ended when idle.
        blocking_threads=1500,
        backlog=4096,
        backpressure=16_384,  # connections a worker; silent ones count and cost it next to nothing
        log_level=LogLevels.error,
        log_access=False,  # an access log would join addresses with times of answering
        respawn_failed_workers=True,
    ).serve()


if __name__ == "__main__":
    run(host=sys.argv[1], port=int(sys.argv[2]), workers=int(sys.argv[3]))
    click.echo("Đã dừng / stopped.")
