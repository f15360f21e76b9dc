"""Several hosts and one database, played in namespaces that end with the play."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass

from tests.promises.phones import Count
from tests.promises.stage import ROOT

ALONE = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]


class NoNamespaces(Exception):
    """This machine does not let us make networks of our own; carries its words."""


@dataclass(frozen=True)
class Plan:
    """The killed hosts are started again but for the last one of a planted fault: by then it
    has shown."""

    kills: int
    cuts: int
    phones: int = 32
    plant: str = ""
    vanishes: bool = False  # at last a host, whose cable is pulled while it lets a sheet in


@dataclass(frozen=True)
class Outcome:
    plant: str
    count: Count
    kills: int  # of all processes of a host
    cuts: int  # of the database's cable, and so many times all its connections
    noticed: dict[str, int]  # what phones saw of it while hosts were killed and nothing else was
    slips: int  # each in two hands
    slips_lost: int
    slips_spent_twice: int
    held_up: float  # seconds that a button had to wait for the host that vanished
    seconds: float


PLANTED = (
    Plan(kills=1, cuts=0, plant="acknowledge_before_commit"),
    Plan(kills=0, cuts=0, plant="receipt_of_the_server"),
)


def play(*, kills: int, cuts: int, phones: int = 32) -> tuple[list[Outcome], Outcome]:
    """A short storm for each planted fault, and one with the product as it is: so many kills of
    one host or the other, then so many cuts of the database."""
    plans = [*PLANTED, Plan(kills, cuts, phones, vanishes=True)]
    mapped = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    alone = ["unshare", *ALONE, *mapped]
    # A user's PATH lacks the folders where Debian keeps ip and nginx.
    environment = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    probe = subprocess.run([*alone, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        raise NoNamespaces(f"{probe.stderr}run this as root, where networks can be made")
    with tempfile.TemporaryDirectory(prefix="hosts-") as folder:
        told = json.dumps([asdict(plan) for plan in plans])
        done = subprocess.run(
            [*alone, sys.executable, "-m", "tests.promises.hosts_storm", folder, told],
            cwd=ROOT,
            env=environment | {"XDG_RUNTIME_DIR": folder},  # or PostgreSQL's package complains
            stdout=subprocess.PIPE,
            timeout=240 + 60 * (kills + cuts),
            check=True,
        )
    *planted, real = (
        Outcome(**told | {"count": Count(*told["count"])})
        for told in map(json.loads, done.stdout.splitlines())
    )
    return planted, real
