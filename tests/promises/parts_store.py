"""What the store must bear at the size of a release, each with a planted fault in small."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from survey import create_app, db
from survey.answering import sealing as writing_anew
from survey.answering.models import Sheet
from survey.results import sealing
from tests.conftest import SETTINGS
from tests.promises import (
    closings,
    faults,
    histories_planted,
    histories_run,
    kills,
    power,
    receipts,
    unlinkable,
)
from tests.promises.histories_run import MADE_UP, RECORDED
from tests.promises.part import Said, plant
from tests.promises.phones import Count
from tests.promises.stage import instance

TEN_MINUTES = timedelta(minutes=10)
ATTACKS = 12  # on whom a sheet is whose, at the least; each says another thing of everybody


PLAN = kills.Plan(5_000, 500, sheets=50_000, seconds=100 * 60)


def killed(storms: int = 2, plan: kills.Plan = PLAN) -> Said:
    """Side by side, for a server that starts keeps no more than one core busy."""
    with ProcessPoolExecutor(storms) as processes:
        played = list(processes.map(_killed, [plan] * storms))
    count = Count(*map(sum, zip(*(one.count for one in played), strict=True)))
    made, whole = sum(one.kills for one in played), sum(one.whole for one in played)
    enough = (made, whole) == (storms * plan.kills, storms * plan.whole)
    enough = enough and count.acknowledged >= storms * plan.sheets
    figures = f"{made:,} + {whole:,} kills in {storms} storms, {count}"
    return Said(enough and not count, figures)


def killed_planted() -> bool:
    few = kills.Plan(12, 1)
    lost, doubled = (
        _killed(few, plant).count
        for plant in ("acknowledge_before_commit", "receipt_of_the_server")
    )
    return bool(lost.lost and doubled.doubled)


def _killed(plan: kills.Plan, plant: str = "") -> kills.Outcome:
    with instance() as (folder, world):
        return kills.play(folder, world, plan, plant=plant)


def power_cut(storms: int = 20, cuts: int = 500) -> Said:
    outcomes = []
    for _ in range(storms):
        with instance() as (folder, world):
            outcomes.append(power.play(folder, world, cuts=cuts, seconds=4))
    unopened, lost, doubled, half, sealed, unsealed, told, synced = (
        sum(getattr(outcome, name) for outcome in outcomes)
        for name in "unopened lost doubled half sealed unsealed acknowledged synced".split()
    )
    made = sum(sum(outcome.cuts.values()) for outcome in outcomes)
    within = sum(outcome.cuts[stage] for outcome in outcomes for stage in power.WORK)
    # Or a storm in which nothing happens would pass.
    busy = all(one.acknowledged > 300 and one.synced > 100 for one in outcomes)
    busy = busy and within > made / 3 and min(sealed, unsealed) > made / 20
    return Said(
        busy and made == storms * cuts and not (unopened or lost or doubled or half),
        f"{made:,} cuts in {storms} storms of {told:,} sheets and {synced:,} syncs, "
        f"{within:,} of them while a sitting was closed, sealed and swept ({sealed:,} found it "
        f"sealed, {unsealed:,} closed and not sealed): {unopened} not opened, {lost} with a loss, "
        f"{doubled} with a double, {half} with part of a seal",
    )


def power_cut_planted() -> bool:
    """In one of a few short storms: what is between two commits is soon over."""
    return any(_power_cut("synchronous_normal").lost for _ in range(8)) and any(
        _power_cut("sealed_in_two_steps").half for _ in range(8)
    )


def _power_cut(plant: str) -> power.Outcome:
    with instance() as (folder, world):
        return power.play(folder, world, cuts=60, seconds=2, plant=plant)


def failing_disk(step: int = 1) -> Said:
    """Each call of a whole sitting in every way; in the steps of a sitting nothing is renamed."""
    outcome = faults.play(step=step, every_way=True)
    numbers = range(1, outcome.calls + 1, step)
    every = outcome.trials == len(numbers) * len(faults.WAYS) and outcome.calls > 300
    noticed = min(outcome.refusing, outcome.at_once) > outcome.trials / 5
    return Said(every and noticed and not outcome.faults and not outcome.renamed, str(outcome))


def failing_disk_planted() -> bool:
    told, halved = (
        faults.play(step=24, plant=plant)
        for plant in ("success_when_it_failed", "sealed_in_two_steps")
    )
    return bool(told.lost and halved.half)


def history(made_up: int = 10_000, steps: int = 100, recorded: int = 10_000) -> Said:
    """`made_up` histories of so many steps, then `recorded` at the real server."""
    invented = histories_run.made_up(made_up, steps=steps)
    heard = histories_run.recorded(recorded, sealed=100)
    wrong = histories_run.faults(invented + heard)
    lacks = histories_run.missing(invented, MADE_UP) + histories_run.missing(heard, RECORDED)
    whole = (invented["steps"], heard["histories"]) == (made_up * steps, recorded)
    return Said(
        whole and not (wrong or lacks),
        f"{invented['steps']:,} steps in {invented['histories']:,} made-up histories "
        f"({invented['sealed']:,} sealed), {heard['histories']:,} recorded by HTTP "
        f"({heard['sealed']:,} sealed): {wrong or 'no'} faults"
        + (f", too seldom: {', '.join(lacks)}" if lacks else ""),
    )


def history_planted() -> bool:
    every = [bool(histories_planted.seen(name)) for name in histories_planted.PLANTED]
    return all(every) and bool(
        histories_run.faults(histories_run.recorded(12, plant="no_idempotency"))
    )


# ------------------------------------------------------------------ closing, receipts, linking


@contextmanager
def _engine(url: str | None = None) -> Iterator[Engine]:
    """Of an empty store; on SQLite where there is no address."""
    settings = SETTINGS | ({"DATABASE_URL": url} if url else {})
    with TemporaryDirectory(prefix="promises-") as name:
        engine: Engine = create_app(settings, instance=Path(name)).extensions["survey_engine"]
        db.Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def closing() -> Said:
    """Half of them on PostgreSQL, where hosts really wait for one another."""
    played = []
    with unlinkable.postgresql() as server:
        for skew, count in ((timedelta(0), 1500), (TEN_MINUTES, 500), (-TEN_MINUTES, 500)):
            with _engine() as engine:
                played.append(closings.play(count, engine, skew=skew))
            with unlinkable.blank_database(server) as url, _engine(url) as engine:
                played.append(closings.play(count, engine, skew=skew))
    told, late, busy, wrong = (
        sum(getattr(one, name) for one in played)
        for name in ("acknowledged", "late", "busy", "faults")
    )
    return Said(
        not wrong and busy > 0,
        f"5,000 closings, half of them on PostgreSQL: {told:,} acknowledged, {late:,} of them "
        f"late, {busy:,} asked to come again while they were sealed, {wrong} faults",
    )


def closing_planted() -> bool:
    with _engine() as engine:
        return closings.play(20, engine, closings.AskFirst).faults > 0


def linking(occasions: int = 20, people: int = 1000) -> Said:
    """Every fifth of them on PostgreSQL."""
    outcomes = []
    with unlinkable.postgresql() as server:
        for number in range(occasions):
            with TemporaryDirectory(prefix="promises-") as name, ExitStack() as stack:
                other = number % 5 == 4
                url = stack.enter_context(unlinkable.blank_database(server)) if other else None
                outcomes.append(unlinkable.play(people, Path(name), url))
    pool = sum((one.pool for one in outcomes), unlinkable.Pool())
    beyond = sum(len(one.beyond) for one in outcomes)
    left = sum(len(one.traces) for one in outcomes)
    enough = pool.guesses >= ATTACKS * people * occasions
    return Said(
        enough and pool.is_chance and not (beyond or left),
        f"{occasions} × {people:,} people at the real server, every fifth time on "
        f"PostgreSQL, {min(one.attacks for one in outcomes)} attacks or more on each: {pool}; "
        f"{beyond} attacks beyond chance, {left} traces of people",
    )


def linking_planted() -> bool:
    """A log with the path of what failed; and the order of rows left in place."""
    with TemporaryDirectory(prefix="promises-") as name:
        logged = unlinkable.play(20, Path(name), plant="log_the_path")
    plant(writing_anew, "_lot", lambda _: Sheet.receipt)
    with TemporaryDirectory(prefix="promises-") as name:
        ordered = unlinkable.play(200, Path(name))
    return bool(logged.traces and ordered.beyond and not ordered.pool.is_chance)


def receipt(sittings: int = 4, people: int = 25_000) -> Said:
    with ProcessPoolExecutor(sittings) as processes:  # each waits for the disk most of its time
        played = list(processes.map(_receipts, [people] * sittings))
    told = sum(one.acknowledged for one in played)
    wrong = sum(one.missing + one.extra + len(one.telling) for one in played)
    figures = f"{told:,} receipts, {wrong} missing, extra or telling"
    return Said(told == sittings * people and not wrong, figures)


def _receipts(people: int) -> receipts.Played:
    with TemporaryDirectory(prefix="promises-") as name:
        return receipts.play(people, Path(name))


def receipt_planted() -> bool:
    with TemporaryDirectory(prefix="promises-") as name:
        telling = receipts.play(40, Path(name), receipts.tell_the_answers).telling
    plant(sealing, "rewrite", receipts.forgetful)
    with TemporaryDirectory(prefix="promises-") as name:
        return bool(telling) and receipts.play(40, Path(name)).missing > 0
