"""This application on three HTTP servers, each alone and behind nginx: `python -m bench.compare`.

The product brings granian. For the other two make an environment of their own and name it:

    python3 -m venv /tmp/others
    /tmp/others/bin/pip install -r requirements.txt waitress gunicorn
    .venv/bin/python -m bench.compare --python /tmp/others/bin/python

nginx is Debian's. What the figures mean is in docs/performance.md.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import click

from bench.figures import spread
from bench.phones import Pace, Phones
from bench.rivals import KINDS, Contestant, Stage, staged
from bench.world import make_world

MANY = 10_000_000
HELD = 400  # phones that stall in the middle of their answers
RATE = 100  # journeys a second while a server is started anew
WATCHED = 10.0  # seconds of it


# ------------------------------------------------------------------ what is measured


def storm(one: Contestant, seconds: float) -> None:
    with staged(one) as stage:
        phones = Phones(stage.port, one.world)
        asyncio.run(phones.warm(200))
        before = stage.used
        elapsed = asyncio.run(phones.play(Pace(MANY, seconds, fast=True)))
        after = stage.used
    journeys = len(phones.load.sheets)
    spent = after.server + after.database - before.server - before.database
    one.rates.append(journeys / elapsed)
    one.cpu.append(1000 * spent / max(1, journeys))
    memory = f"{before.memory / 1e6:.0f}, {after.memory / 1e6:.0f}"
    one.rows["worker's memory, MB: before, after"] = memory
    if phones.load.errors:
        one.rows["errors in the storm"] = f"{phones.load.errors.total()}"


def stalled(one: Contestant) -> None:
    """Half of a sheet from so many, and then others come."""
    with staged(one) as stage:
        phones = Phones(stage.port, one.world)
        asyncio.run(phones.warm(200))
        with ExitStack() as held:
            for _ in range(HELD):
                phone = held.enter_context(socket.create_connection(("127.0.0.1", stage.port)))
                phone.sendall(
                    f"POST /D/{one.world.halls[0].key} HTTP/1.1\r\nHost: a\r\nContent-Length: 300"
                    "\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nq0=1&q1".encode()
                )
            time.sleep(0.5)
            asyncio.run(phones.play(Pace(150, 3, fast=False)))
            memory = stage.used.memory
    load = phones.load
    late = sum(page > 1 or sheet > 1 for page, sheet in zip(load.pages, load.sheets, strict=True))
    fine = len(load.sheets) - late
    one.rows[f"beside {HELD} half-sent sheets: of 150 others within 1 s"] = f"{fine}"
    one.rows["their hand-in, ms: p50 p95 p99 max"] = spread(load.sheets)
    one.rows["worker's memory meanwhile, MB"] = f"{memory / 1e6:.0f}"


def anew(one: Contestant) -> None:
    """Started anew while phones come, by a signal or from outside; two of them in turn."""
    kind = KINDS[one.name]
    if kind.reload:
        with staged(one) as stage:
            process, sent = stage.running[0].process, kind.reload
            failed = asyncio.run(_watched(one, stage, lambda: process.send_signal(sent)))
        one.rows["journeys that failed: SIGHUP"] = failed
    with staged(one) as stage:
        failed = asyncio.run(_watched(one, stage, lambda: _again(stage)))
    one.rows["journeys that failed: SIGTERM, then started"] = failed
    if one.behind_nginx:
        with staged(one, servers=2) as stage:
            failed = asyncio.run(_watched(one, stage, lambda: _again(stage)))
        one.rows["journeys that failed: one after the other of two"] = failed


def _again(stage: Stage) -> None:
    for running in stage.running:
        running.end()
        running.start()
        time.sleep(2.5)  # until nginx, where it is, asks this one again


async def _watched(one: Contestant, stage: Stage, action: Callable[[], object]) -> str:
    phones = Phones(stage.port, one.world)
    await phones.warm(200)
    playing = asyncio.create_task(phones.play(Pace(round(RATE * WATCHED), WATCHED, fast=False)))
    await asyncio.sleep(1)
    await asyncio.to_thread(action)
    await playing
    errors = phones.load.errors
    why = ", ".join(f"{count} × {words}" for words, count in errors.most_common(3))
    return f"{errors.total()}" + (f" ({why})" if why else "")


# ------------------------------------------------------------------ all of it


@click.command()
@click.option("--python", default=sys.executable, help="That has waitress and gunicorn.")
@click.option("--rounds", default=3, show_default=True, help="Storms of each, in turn.")
@click.option("--seconds", default=4.0, show_default=True, help="Of one storm.")
@click.option("--only", multiple=True, type=click.Choice(list(KINDS)), help="Not all servers.")
def main(python: str, rounds: int, seconds: float, only: tuple[str, ...]) -> None:
    """Play the same journeys on each server and print one table."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended too
    click.echo(f"{time.strftime('%F')}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        contestants = list(_contestants(Path(folder), only or tuple(KINDS), python))
        for _ in range(rounds):  # in turn, because the machine is now busier and now less
            for one in contestants:
                storm(one, seconds)
        for one in contestants:
            stalled(one)
            anew(one)
    click.echo(f"load {os.getloadavg()[0]:.0f} at the end\n\n{_table(contestants)}")


def _contestants(folder: Path, names: Sequence[str], python: str) -> Iterator[Contestant]:
    for name in names:
        for behind_nginx in (False, True):
            instance = folder / f"{name.split()[0]}{'-nginx' * behind_nginx}"
            world = make_world(instance, 4, f"sqlite:///{instance / 'survey.sqlite'}")
            yield Contestant(name, instance, world, behind_nginx, python)


def _table(contestants: Sequence[Contestant]) -> str:
    """Rows of Markdown. CPU also as a multiple of the first one's in the same round."""
    first = contestants[0]
    for one in contestants:
        ratio = median(own / its for own, its in zip(one.cpu, first.cpu, strict=True))
        one.rows = {
            "journeys a second": f"{median(one.rates):.0f}",
            "CPU, ms a journey, nginx's in it": f"{median(one.cpu):.3f}",
            f"  as a multiple of {first.name}": f"{ratio:.2f}",
        } | one.rows
    names = dict.fromkeys(name for one in contestants for name in one.rows)
    lines = [["", *(one.title for one in contestants)], ["---"] * (len(contestants) + 1)]
    lines += [[name, *(one.rows.get(name, "–") for one in contestants)] for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    main()
