"""The production server, and the words for when it cannot start."""

import os
import socket
import sys
from pathlib import Path

import click
from flask import Flask

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


def worker() -> Flask:
    """The application in a process of its own group: Ctrl-C in a terminal goes to every process
    of a group, and a worker that is interrupted beside its parent hangs."""
    from survey import create_app

    os.setpgid(0, 0)
    return create_app()


def run(instance: Path, *, host: str, port: int, workers: int = 1) -> None:
    """Serve the application of this instance until Ctrl-C or SIGTERM."""
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
    sys.stdout.flush()
