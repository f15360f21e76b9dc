"""The promises at the size of a release: each a function that says whether it held, and figures.

The second function of a part plays a planted fault in small, and says whether it was caught.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete
from sqlalchemy.orm import Session

from bench.phones import Pace
from survey import create_app, db
from survey.answering import intake
from survey.answering.models import Seal, SealedReceipt
from survey.answering.sealing import rewrite
from survey.results import sealing
from survey.sittings.tickets import hold_tickets
from tests.conftest import SETTINGS
from tests.promises import (
    closings,
    crowds,
    faults,
    histories,
    kills,
    power,
    receipts,
    soak,
    unlinkable,
)
from tests.promises.phones import Count
from tests.promises.stage import ROOT, instance

TEN_MINUTES = timedelta(minutes=10)
MANY = 10_000_000
GROWTH, DESCRIPTORS = 0.05, 8


class Said(NamedTuple):
    held: bool
    figures: str


def _put(module: object, name: str, fault: object) -> None:
    """For good: a planted fault is played in a process of its own."""
    setattr(module, name, fault)


class Part(NamedTuple):
    promise: str
    minutes: float  # at most
    play: Callable[[], Said]
    planted: Callable[[], bool]


# ------------------------------------------------------------------ crowds


def _seen(seen: crowds.Seen, *, within: float, a_second: float = 0.0) -> Said:
    fine = not seen.refused and not seen.lost and not seen.doubled
    return Said(
        fine and seen.slowest <= within and seen.a_second >= a_second,
        f"{seen.phones:,} told at {seen.a_second:.0f} a second, {seen.refused.total()} refused, "
        f"{seen.lost} lost, {seen.doubled} doubled; p99 page {1000 * seen.page:.0f} ms, "
        f"hand-in {1000 * seen.sheet:.0f} ms"
        + (f"; others {dict(seen.rest)}" if seen.rest else ""),
    )


def hall() -> Said:
    with instance() as (folder, world):
        pace = Pace(5000, 60, fast=False)
        seen = crowds.hall(folder, world, pace, reloads=15_000, guesses=500)
    return _seen(seen, within=2)


def hall_planted() -> bool:
    with instance() as (folder, world):
        pace = Pace(600, 4, fast=False)
        return bool(crowds.hall(folder, world, pace, plant="limit_per_address").refused)


def slow_disk() -> Said:
    with instance() as (folder, world):
        seen = crowds.hall(folder, world, Pace(MANY, 60, fast=True), delay=0.02)
    return _seen(seen, within=1, a_second=100)


def slow_disk_planted() -> bool:
    with instance() as (folder, world):
        pace = Pace(MANY, 5, fast=True)
        seen = crowds.hall(folder, world, pace, delay=0.02, plant="one_commit_a_sheet")
    return seen.a_second < 100


def weak_network() -> Said:
    with instance() as (folder, world):
        count, p99 = crowds.weak(folder, world, phones=1000, within=30)
    return Said(count == (1000, 0, 0, 0) and p99 <= 45, f"{count}, p99 {p99:.1f} s")


def weak_network_planted() -> bool:
    with instance() as (folder, world):
        plant = "receipt_of_the_server"
        count, _ = crowds.weak(folder, world, phones=40, within=1, plant=plant)
    return bool(count.doubled)


def silent() -> Said:
    with instance() as (folder, world):
        seen = crowds.silent(folder, world, each=1000, pace=Pace(3000, 60, fast=False))
    return _seen(seen, within=1)


def silent_planted() -> bool:
    with instance() as (folder, world):
        few, pace = {"blocking_threads": 64}, Pace(20, 1, fast=False)
        seen = crowds.silent(folder, world, each=100, kinds="bodies", pace=pace, granian=few)
    return bool(seen.refused)


# ------------------------------------------------------------------ kills, disks, histories


def killed() -> Said:
    plan = kills.Plan(10_000, 1_000, sheets=100_000, seconds=50 * 60)
    with instance() as (folder, world):
        outcome = kills.play(folder, world, plan)
    whole = (outcome.kills, outcome.whole) == (plan.kills, plan.whole)
    enough = outcome.count.acknowledged >= plan.sheets
    figures = f"{outcome.kills:,} + {outcome.whole:,} kills, {outcome.count}"
    return Said(whole and enough and not outcome.count, figures)


def killed_planted() -> bool:
    lost, doubled = (
        _killed(plant) for plant in ("acknowledge_before_commit", "receipt_of_the_server")
    )
    return bool(lost.lost and doubled.doubled)


def _killed(plant: str) -> Count:
    with instance() as (folder, world):
        return kills.play(folder, world, kills.Plan(12, 1), plant=plant).count


def power_cut(storms: int = 20, cuts: int = 500) -> Said:
    outcomes = []
    for _ in range(storms):
        with instance() as (folder, world):
            outcomes.append(power.play(folder, world, cuts=cuts, seconds=5))
    unopened, lost, doubled, told = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in ("unopened", "lost", "doubled", "acknowledged")
    )
    return Said(
        not (unopened or lost or doubled),
        f"{storms * cuts:,} cuts in {storms} storms of {told:,} sheets: "
        f"{unopened} not opened, {lost} with a loss, {doubled} with a double",
    )


def power_cut_planted() -> bool:
    with instance() as (folder, world):
        return power.play(folder, world, cuts=60, seconds=2, plant="synchronous_normal").lost > 0


def failing_disk() -> Said:
    with instance() as (folder, _):
        outcomes = [
            faults.play(folder, last=300, every_way=True),
            faults.play(folder, last=2000),
        ]
    return Said(not any(outcome.faults for outcome in outcomes), "; ".join(map(str, outcomes)))


def failing_disk_planted() -> bool:
    with instance() as (folder, _):
        return faults.play(folder, last=20, plant="success_when_it_failed").lost > 0


def history() -> Said:
    found = histories.play(10_000, steps=100)
    wrong = {what: count for what, count in found.items() if what.startswith("fault")}
    figures = f"{found['histories']:,} histories, {found['steps']:,} steps, {wrong or 'no'} faults"
    return Said(not wrong and found["steps"] >= 1_000_000, figures)


def history_planted() -> bool:
    def unspent(connection: Connection, wanted: Collection[Any]) -> dict[Any, Any]:
        held = hold_tickets(connection, wanted)
        return {key: ticket._replace(spent=False) for key, ticket in held.items()}

    _put(intake, "hold_tickets", unspent)
    with histories.ground(seed=1) as ground:
        return any("TicketSpent" in what for what in ground.play(30) if what.startswith("fault"))


# ------------------------------------------------------------------ closing, receipts, linking


@contextmanager
def _engine() -> Iterator[Engine]:
    with TemporaryDirectory(prefix="promises-") as name:
        engine: Engine = create_app(SETTINGS, instance=Path(name)).extensions["survey_engine"]
        db.Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def closing() -> Said:
    played = []
    for skew, count in ((timedelta(0), 3000), (TEN_MINUTES, 1000), (-TEN_MINUTES, 1000)):
        with _engine() as engine:
            played.append(closings.play(count, engine, skew=skew))
    told = sum(one.acknowledged for one in played)
    wrong = sum(one.faults for one in played)
    return Said(not wrong, f"5,000 closings, {told:,} acknowledged, {wrong} faults")


def closing_planted() -> bool:
    with _engine() as engine:
        return closings.play(20, engine, closings.AskFirst).faults > 0


def linking() -> Said:
    hits: list[object] = []
    for _ in range(20):
        with TemporaryDirectory(prefix="promises-") as name:
            found, traces = unlinkable.play(1000, Path(name))
            hits += [*found, *traces]
    return Said(not hits, f"20 × 1,000 people, {len(hits)} hits or traces beyond chance")


def linking_planted() -> bool:
    with TemporaryDirectory(prefix="promises-") as name:
        found, _ = unlinkable.play(200, Path(name), seals=False, sweeps=False)
    return bool(found)


def receipt() -> Said:
    wrong, told = 0, 0
    for _ in range(10):
        with TemporaryDirectory(prefix="promises-") as name:
            played = receipts.play(10_000, Path(name))
        told += played.acknowledged
        wrong += played.missing + played.extra + len(played.telling)
    return Said(not wrong, f"{told:,} receipts, {wrong} missing, extra or telling")


def receipt_planted() -> bool:
    """A seal that forgets a receipt; forty people are enough to see it."""

    def forgetful(session: Session, sitting_id: int, *, now: datetime) -> Seal:
        seal = rewrite(session, sitting_id, now=now)
        session.execute(delete(SealedReceipt).where(SealedReceipt.receipt < b"\x40"))
        return seal

    _put(sealing, "rewrite", forgetful)
    with TemporaryDirectory(prefix="promises-") as name:
        return receipts.play(40, Path(name)).missing > 0


# ------------------------------------------------------------------ long runs


def nation() -> Said:
    command = [sys.executable, "-m", "bench", "nation", "--alone", "--seconds", "1800"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    rows = dict(re.findall(r"^(\S.*?) {2,}(\S.*)$", done.stdout, re.MULTILINE))
    memory = float(rows.get("worker's peak memory, MB", "inf"))
    sheets = int(rows.get("journeys", 0))
    kept = ("journeys", "journeys a second", "worker's peak memory, MB", "lost / stored unasked")
    figures = ", ".join(f"{name} {rows.get(name, '?')}" for name in kept)
    fine = done.returncode == 0 and sheets >= 1_930_000 and memory <= 600 * 2**20 / 1e6
    return Said(fine, figures)


def nation_planted() -> bool:
    """Acknowledged and not stored: the bench compares receipts with the store at its end."""
    with instance() as (folder, world):
        seen = crowds.hall(folder, world, Pace(50, 1, fast=False), plant="receipt_of_the_server")
    return seen.lost > 0


def soaked() -> Said:
    with instance() as (folder, world):
        outcome = soak.play(folder, world, periods=2, seconds=3600, a_second=20)
    fine = outcome.growth <= GROWTH and outcome.descriptors <= DESCRIPTORS
    return Said(
        fine and not outcome.count,
        f"{outcome.seconds / 3600:.1f} h, {outcome.count.acknowledged:,} sheets, memory "
        f"{outcome.memory / 2**20:.0f} MiB and {100 * outcome.growth:+.1f} %, descriptors "
        f"{outcome.descriptors:+d}, {outcome.count}",
    )


def soaked_planted() -> bool:
    with instance() as (folder, world):
        plant = "keep_everything"
        outcome = soak.play(folder, world, periods=1, seconds=10, a_second=150, plant=plant)
    return outcome.growth > GROWTH and outcome.descriptors > DESCRIPTORS


# In this order; the soak goes on beside the others.
PARTS = {
    "hall": Part(
        "One hall of 5,000 behind one address, wrong codes meanwhile", 4, hall, hall_planted
    ),
    "slow disk": Part("A disk of 20 ms a sync", 3, slow_disk, slow_disk_planted),
    "weak network": Part(
        "A network that loses a fifth of the acknowledgements",
        5,
        weak_network,
        weak_network_planted,
    ),
    "silent": Part("3,000 clients that stop half-way", 5, silent, silent_planted),
    "kills": Part("kill -9 of workers and of the server", 55, killed, killed_planted),
    "power": Part("Power cuts", 16, power_cut, power_cut_planted),
    "faults": Part("Calls to the disk that fail", 18, failing_disk, failing_disk_planted),
    "histories": Part("Histories against a model", 35, history, history_planted),
    "closing": Part("Closings in a storm", 10, closing, closing_planted),
    "linking": Part("Nobody can tie a person to a sheet", 10, linking, linking_planted),
    "receipts": Part("Receipts are listed, and lead to no sheet", 10, receipt, receipt_planted),
    "nation": Part("A nation's sheets", 33, nation, nation_planted),
}
SOAK = Part("Two hours, started anew each hour", 125, soaked, soaked_planted)
