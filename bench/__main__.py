"""`python -m bench SCENARIO`: play it, check that nothing was lost, print the figures."""

import asyncio
import signal
import sys
import tempfile
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import NamedTuple

import click

from bench import figures, servers
from bench.column import Column
from bench.figures import Measured
from bench.phones import Pace
from bench.world import fill_store, make_world

MANY = 10_000_000  # more than any time allows
NATION = 1_930_000
TICKETS = 150_000
LAPS = 10


class Kind(NamedTuple):
    """What is started for a column, and on what."""

    application: str = servers.PRODUCT
    on_postgresql: bool = False
    stored: int = 0  # sheets that are there before
    tickets: int = 0  # by which people are let in


class Scenario(NamedTuple):
    about: str
    pace: Pace
    columns: dict[str, Kind]
    laps: int = 1
    turns: int = 1  # in which the columns come by turns, each for a third of the first one's time
    warm: int = 0  # pages fetched before it counts
    halls: int = 4


ALONE = {"survey": Kind()}
SCENARIOS = {
    "storm": Scenario(
        "as fast as it goes for a minute; what it is compared with, a third of that each",
        Pace(MANY, 60, fast=True),
        {
            "survey": Kind(),
            "bare WSGI": Kind("wsgi"),
            "its Flask views": Kind("views"),
            "bare Flask": Kind("flask"),
        },
        turns=3,
        warm=300,
    ),
    "hall": Scenario(
        "1,000 phones within 10 s, nothing warmed up", Pace(1000, 10, fast=False), ALONE
    ),
    "trickle": Scenario("3 sheets a second", Pace(180, 60, fast=False), ALONE, warm=300),
    "province": Scenario(
        "200 sheets a second for 5 minutes", Pace(60_000, 300, fast=False), ALONE, halls=900
    ),
    "nation": Scenario(
        f"{NATION:,} sheets, in {LAPS} laps that are printed as they end",
        Pace(NATION, 2 * 3600, fast=True),
        ALONE,
        laps=LAPS,
        warm=300,
    ),
    "growth": Scenario(
        "sheets only, on a store of a million and on one of ten thousand",
        Pace(MANY, 30, fast=True, sheets_only=True),
        {"1,000,000 stored": Kind(stored=1_000_000), "10,000 stored": Kind(stored=10_000)},
        turns=3,
        warm=300,
    ),
    "tickets": Scenario(
        "the same with a typed ticket for each sheet",
        Pace(TICKETS, 30, fast=True, sheets_only=True),
        {
            "1,000,000 stored": Kind(stored=1_000_000, tickets=TICKETS),
            "10,000 stored": Kind(stored=10_000, tickets=TICKETS),
        },
        turns=3,
        warm=300,
    ),
    "postgresql": Scenario(
        "the storm on PostgreSQL, and on SQLite for a third of the time",
        Pace(MANY, 60, fast=True),
        {"PostgreSQL": Kind(on_postgresql=True), "SQLite": Kind()},
        turns=3,
        warm=300,
    ),
}


@click.command(epilog=" ".join(f"{name}: {s.about}." for name, s in SCENARIOS.items()))
@click.argument("scenario", type=click.Choice([*SCENARIOS, "check"]))
@click.option("--seconds", type=float, help="How long at most; phones come no faster.")
@click.option("--sheets", type=int, help="How many sheets at most.")
@click.option("--halls", type=int, help="Doors by which phones come.")
@click.option("--alone", is_flag=True, help="Without the servers that it is compared with.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Keep stores and receipts here; `check` then compares them again.",
)
def main(
    scenario: str,
    *,
    seconds: float | None,
    sheets: int | None,
    halls: int | None,
    alone: bool,
    folder: Path | None,
) -> None:
    """Play whole journeys (page, then sheet) against the real server on the loopback."""
    if scenario == "check":
        if folder is None:
            raise click.UsageError("check needs --folder")
        _conclude(_check_again(folder))
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers are ended too
    chosen = bounded(SCENARIOS[scenario], seconds, sheets)
    chosen = chosen._replace(halls=halls or chosen.halls)
    if alone:
        chosen = chosen._replace(columns=dict(list(chosen.columns.items())[:1]))
    with nullcontext(folder) if folder else tempfile.TemporaryDirectory() as place:
        measured = _measure(Path(place), chosen)
    click.echo(f"{scenario}: {chosen.about}; {chosen.halls} halls")
    click.echo(figures.table(measured))
    _conclude([fault for one in measured for fault in one.faults])


def bounded(scenario: Scenario, seconds: float | None, sheets: int | None) -> Scenario:
    """Shorter, and never faster: fewer phones of a stream come in less time."""
    pace = scenario.pace
    journeys = min(sheets or pace.journeys, pace.journeys)
    if pace.fast:
        return scenario._replace(
            pace=pace._replace(journeys=journeys, seconds=seconds or pace.seconds)
        )
    rate = pace.journeys / pace.seconds
    journeys = min(journeys, round(rate * (seconds or pace.seconds)))
    return scenario._replace(pace=pace._replace(journeys=journeys, seconds=journeys / rate))


def _measure(folder: Path, scenario: Scenario) -> list[Measured]:
    """All servers are started, each on a new store; then they are played on by turns, because the
    machine is now busier and now less; and when they have ended everything is looked up."""
    with ExitStack() as databases:
        columns = []
        with ExitStack() as running:
            for name, kind in scenario.columns.items():
                database = databases.enter_context(_database(kind))
                columns.append(
                    _column(running, folder / name, name, kind, database, scenario.halls)
                )
                asyncio.run(columns[-1].phones.warm(scenario.warm))
            for _ in range(scenario.turns):
                for number, column in enumerate(columns):
                    _play(column, _turn(scenario, 3 if number else 1), scenario.laps)
        return [column.measured() for column in columns]


def _turn(scenario: Scenario, share: int) -> Pace:
    """Of one turn, or of one lap of it."""
    parts = scenario.turns * scenario.laps
    pace = scenario.pace
    return pace._replace(journeys=-(-pace.journeys // parts), seconds=pace.seconds / parts / share)


def _play(column: Column, pace: Pace, laps: int) -> None:
    for _ in range(laps):
        lap = column.play(pace)
        if laps > 1:  # what a lap costs shows whether a full store is slower
            click.echo(
                f"{len(column.phones.load.sheets):>9} sheets  {lap.rate:6.0f} a second  "
                f"{lap.cpu:.3f} ms CPU  {column.memory / 1e6:.0f} MB"
            )


def _database(kind: Kind) -> AbstractContextManager[servers.Database | None]:
    return servers.postgresql() if kind.on_postgresql else nullcontext()


def _column(
    running: ExitStack,
    instance: Path,
    name: str,
    kind: Kind,
    database: servers.Database | None,
    halls: int,
) -> Column:
    instance.mkdir(parents=True)
    url = database.url if database else f"sqlite:///{instance / 'survey.sqlite'}"
    world = make_world(instance, halls, url, kind.tickets)
    fill_store(url, world, kind.stored)
    server = running.enter_context(servers.served(kind.application, instance, database))
    return Column(name, instance, world, server, url, kind.stored)


def _check_again(folder: Path) -> list[str]:
    """The stores that a run has kept against the receipts that it has kept."""
    faults = []
    stores = sorted(folder.glob("*/survey.sqlite"))
    if not stores:
        raise click.UsageError(f"no store in {folder}")
    for store in stores:
        stored = figures.check_kept(store.parent, f"sqlite:///{store}")
        click.echo(f"{store.parent.name}: {stored.acknowledged} / {stored.stored}")
        faults += [f"{store.parent.name}: {fault}" for fault in stored.faults]
    return faults


def _conclude(faults: list[str]) -> None:
    for fault in faults:
        click.echo(f"FAULT {fault}")
    if faults:
        sys.exit(1)
    click.echo("every acknowledged sheet is stored once")


if __name__ == "__main__":
    main()
