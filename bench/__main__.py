"""`python -m bench SCENARIO`: play it, check that nothing was lost, print the figures."""

import asyncio
import signal
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

import click

from bench import figures, servers
from bench.figures import Measured
from bench.phones import Pace, Phones
from bench.world import make_world
from survey import db

# What is started under each name of a column.
APPLICATIONS = {
    "survey": servers.PRODUCT,
    "PostgreSQL": servers.PRODUCT,
    "SQLite": servers.PRODUCT,
    "bare WSGI": "wsgi",
    "bare Flask": "flask",
}
MANY = 10_000_000  # more than any time allows
NATION = 1_930_000
LAPS = 10


class Scenario(NamedTuple):
    about: str
    pace: Pace
    against: tuple[str, ...] = ()
    laps: int = 1
    warm: int = 0  # pages fetched before it counts
    halls: int = 4


SCENARIOS = {
    "storm": Scenario(
        "as fast as it goes, and the two baselines for a third of the time each",
        Pace(MANY, 60, fast=True),
        against=("bare WSGI", "bare Flask"),
        warm=300,
    ),
    "hall": Scenario("1,000 phones within 10 s, nothing warmed up", Pace(1000, 10, fast=False)),
    "trickle": Scenario("3 sheets a second", Pace(180, 60, fast=False), warm=300),
    "province": Scenario("200 sheets a second for 5 minutes", Pace(60_000, 300, fast=False)),
    "nation": Scenario(
        f"{NATION:,} sheets, in {LAPS} laps that are printed as they end",
        Pace(NATION, 2 * 3600, fast=True),
        laps=LAPS,
        warm=300,
    ),
    "postgresql": Scenario(
        "the storm on PostgreSQL, and on SQLite for a third of the time",
        Pace(MANY, 60, fast=True),
        against=("SQLite",),
        warm=300,
    ),
}


@click.command(epilog=" ".join(f"{name}: {s.about}." for name, s in SCENARIOS.items()))
@click.argument("scenario", type=click.Choice([*SCENARIOS, "check"]))
@click.option("--seconds", type=float, help="How long at most; phones come no faster.")
@click.option("--sheets", type=int, help="How many sheets at most.")
@click.option("--halls", default=4, show_default=True, help="Doors by which phones come.")
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
    halls: int,
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
    chosen = bounded(SCENARIOS[scenario], seconds, sheets)._replace(halls=halls)
    with nullcontext(folder) if folder else tempfile.TemporaryDirectory() as place:
        measured = _measure_all(Path(place), scenario, () if alone else chosen.against, chosen)
    click.echo(f"{scenario}: {chosen.about}; {halls} halls")
    click.echo(figures.table(measured))
    _conclude([fault for one in measured for fault in one.faults])


def bounded(scenario: Scenario, seconds: float | None, sheets: int | None) -> Scenario:
    """Shorter, and never faster: fewer phones of a stream come in less time."""
    journeys, usual, fast = scenario.pace
    asked = [sheets or journeys, journeys]
    if fast:
        return scenario._replace(pace=Pace(min(asked), seconds or usual, fast))
    rate = journeys / usual
    journeys = min(*asked, round(rate * (seconds or usual)))
    return scenario._replace(pace=Pace(journeys, journeys / rate, fast))


def _measure_all(
    folder: Path, scenario: str, against: tuple[str, ...], chosen: Scenario
) -> list[Measured]:
    first: list[Measured]
    if scenario == "postgresql":
        with servers.postgresql() as database:
            first = [_measure("PostgreSQL", folder, chosen, database)]
    else:
        first = [_measure("survey", folder, chosen, None)]
    shorter = chosen._replace(pace=chosen.pace._replace(seconds=chosen.pace.seconds / 3))
    return first + [_measure(name, folder, shorter, None) for name in against]


def _measure(
    name: str, folder: Path, scenario: Scenario, database: servers.Database | None
) -> Measured:
    """One server on a new store: start, load, look, check, end."""
    instance = folder / name
    instance.mkdir(parents=True)
    url = database.url if database else f"sqlite:///{instance / 'survey.sqlite'}"
    world = make_world(instance, scenario.halls, url)
    engine = db.make_engine(url)
    empty = figures.store_bytes(engine)
    with servers.served(APPLICATIONS[name], instance, database) as server:
        phones = Phones(server.port, world)
        asyncio.run(phones.warm(scenario.warm))
        before, own = servers.usage(server), time.process_time()
        elapsed = _laps(phones, server, scenario)
        after, own = servers.usage(server), time.process_time() - own
    (instance / "acknowledged").write_bytes(phones.load.acknowledged)
    (instance / "errors").write_text(str(phones.load.errors.total()))
    measured = Measured(
        name=name,
        load=phones.load,
        elapsed=elapsed,
        before=before,
        after=after,
        generator=own,
        disk=figures.store_bytes(engine) - empty,
        stored=figures.check(engine, bytes(phones.load.acknowledged)),
    )
    engine.dispose()
    return measured


def _laps(phones: Phones, server: servers.Server, scenario: Scenario) -> float:
    """Seconds of all laps. What a lap costs shows whether a full store is slower."""
    pace = scenario.pace._replace(
        journeys=-(-scenario.pace.journeys // scenario.laps),
        seconds=scenario.pace.seconds / scenario.laps,
    )
    elapsed = 0.0
    for _ in range(scenario.laps):
        before, done = servers.usage(server), len(phones.load.sheets)
        took = asyncio.run(phones.play(pace))
        elapsed += took
        after, played = servers.usage(server), len(phones.load.sheets) - done
        if scenario.laps > 1:
            cpu = 1000 * (after.server - before.server) / max(1, played)
            click.echo(
                f"{len(phones.load.sheets):>9} sheets  {played / took:6.0f} a second  "
                f"{cpu:.3f} ms CPU  {after.memory / 1e6:.0f} MB"
            )
    return elapsed


def _check_again(folder: Path) -> list[str]:
    """The stores that a run has kept against the receipts that it has kept."""
    faults = []
    stores = sorted(folder.glob("*/survey.sqlite"))
    if not stores:
        raise click.UsageError(f"no store in {folder}")
    for store in stores:
        instance = store.parent
        engine = db.make_engine(f"sqlite:///{store}")
        stored = figures.check(engine, (instance / "acknowledged").read_bytes())
        engine.dispose()
        click.echo(f"{instance.name}: {stored.acknowledged} / {stored.stored}")
        errors = int((instance / "errors").read_text())
        faults += [f"{instance.name}: {fault}" for fault in stored.faults(errors)]
    return faults


def _conclude(faults: list[str]) -> None:
    for fault in faults:
        click.echo(f"FAULT {fault}")
    if faults:
        sys.exit(1)
    click.echo("every acknowledged sheet is stored once")


if __name__ == "__main__":
    main()
