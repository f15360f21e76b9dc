"""The server as an operator meets it: starting, not being able to, and Ctrl-C."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

ROOT = Path(__file__).parent.parent


def flask(
    instance: Path, *command: str, limited_to: int | None = None, **more: str
) -> "subprocess.Popen[str]":
    """A command of the operator's in a process group of its own, as a terminal starts it; perhaps
    with so many open files."""
    limit = [] if limited_to is None else ["prlimit", f"--nofile={limited_to}:"]
    return subprocess.Popen(
        [*limit, sys.executable, "-m", "flask", "--app", "survey", *command],
        cwd=ROOT,
        env=os.environ | {"SURVEY_INSTANCE": str(instance)} | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which something listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
def port(taken: int) -> int:
    """A port that is free."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_ctrl_c_ends_the_server_cleanly_every_time(tmp_path: Path, port: int) -> None:
    for _ in range(3):
        server = flask(tmp_path, "serve", "--host", "127.0.0.1", "--port", str(port))
        for _ in range(200):
            try:
                urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)
        os.killpg(server.pid, signal.SIGINT)
        said, _ = server.communicate(timeout=30)
        assert server.returncode == 0
        assert said.splitlines()[-1] == "Đã dừng / stopped."
        assert "Traceback" not in said


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def answers(port: int, within: float) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


def test_a_worker_that_dies_again_and_again_is_replaced_without_an_operator(
    tmp_path: Path, port: int
) -> None:
    server = flask(tmp_path, "serve", "--host", "127.0.0.1", "--port", str(port))
    assert answers(port, within=30)
    for _ in range(3):
        for worker in children_of(server.pid):
            os.kill(worker, signal.SIGKILL)
        time.sleep(0.5)
        assert answers(port, within=30)
    os.killpg(server.pid, signal.SIGINT)
    said, _ = server.communicate(timeout=30)
    assert said.count("Khởi động lại / starting again.") >= 1
    assert server.returncode == 0


def test_it_takes_as_many_connections_as_the_machine_allows_and_not_as_a_shell_does(
    tmp_path: Path, port: int
) -> None:
    server = flask(tmp_path, "serve", "--host", "127.0.0.1", "--port", str(port), limited_to=1024)
    assert answers(port, within=30)
    phones = [socket.create_connection(("127.0.0.1", port)) for _ in range(1500)]
    try:
        phones[-1].sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        phones[-1].settimeout(10)
        assert phones[-1].recv(12) == b"HTTP/1.1 200"
    finally:
        for phone in phones:
            phone.close()
        os.killpg(server.pid, signal.SIGINT)
        server.communicate(timeout=30)


def test_the_first_start_prints_a_link_for_the_first_administrator(
    tmp_path: Path, port: int
) -> None:
    server = flask(tmp_path, "serve", "--host", "127.0.0.1", "--port", str(port))
    assert server.stdout is not None
    line = server.stdout.readline()
    os.killpg(server.pid, signal.SIGINT)
    server.communicate(timeout=30)
    assert "/sign-in/" in line
    assert f":{port}/" in line


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_whoever_ends_it_while_it_begins_is_heard_at_once(
    tmp_path: Path, port: int, number: signal.Signals
) -> None:
    for tenths in range(8):
        server = flask(tmp_path, "serve", "--host", "127.0.0.1", "--port", str(port))
        assert server.stdout is not None
        server.stdout.readline()
        time.sleep(tenths / 10)
        # Ctrl-C goes to all of a terminal's group, what a service manager sends to the first.
        (os.killpg if number == signal.SIGINT else os.kill)(server.pid, number)
        server.communicate(timeout=30)


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_taken_port_is_told_in_one_line_that_says_what_to_type(
    tmp_path: Path, taken: int, command: str
) -> None:
    said, _ = flask(tmp_path, command, "--host", "127.0.0.1", "--port", str(taken)).communicate(
        timeout=60
    )
    assert f"PORT={taken + 1} make" in said.splitlines()[-1]
    assert "Traceback" not in said
    assert not (tmp_path / "demo").exists()  # said before the data is made


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_a_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path, command: str) -> None:
    (tmp_path / "file").touch()
    server = flask(tmp_path / "file" / "instance", command)
    said, _ = server.communicate(timeout=60)
    assert server.returncode != 0
    assert "Traceback" not in said
    assert "sudo chown" in said


def test_an_unknown_host_and_an_impossible_port_are_told(tmp_path: Path) -> None:
    for arguments in (["--host", "no.such.host.invalid"], ["--port", "99999"], ["--port", "x"]):
        server = flask(tmp_path, "serve", *arguments)
        said, _ = server.communicate(timeout=60)
        assert server.returncode != 0
        assert "Traceback" not in said
