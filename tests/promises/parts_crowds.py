"""Crowds, hosts and long runs at the size of a release, each with a planted fault in small."""

import re
import subprocess
import sys

from bench.phones import Pace
from tests.promises import (
    crowds,
    hosts,
    soak,
)
from tests.promises.part import Said
from tests.promises.stage import ROOT, instance

MANY = 10_000_000
GROWTH, DESCRIPTORS = 0.05, 8


def _seen(seen: crowds.Seen, *, within: float, a_second: float = 0.0) -> Said:
    return Said(
        seen.is_whole and seen.slowest <= within and seen.a_second >= a_second,
        f"{seen.phones:,} told at {seen.a_second:.0f} a second, {seen.refused.total()} refused, "
        f"{seen.lost} lost, {seen.doubled} doubled; p99 page {1000 * seen.page:.0f} ms, "
        f"hand-in {1000 * seen.sheet:.0f} ms"
        + (f"; reloads {dict(seen.reloads)}" if seen.reloads else "")
        + (f"; guesses {dict(seen.guesses)}" if seen.guesses else ""),
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
    said = _seen(seen, within=1)
    return Said(
        said.held and seen.longest <= 1, f"{said.figures}; the longest {1000 * seen.longest:.0f} ms"
    )


def silent_planted() -> bool:
    with instance() as (folder, world):
        few, pace = crowds.THREADED, Pace(20, 1, fast=False)
        seen = crowds.silent(folder, world, each=100, kinds="bodies", pace=pace, granian=few)
    return bool(seen.refused)


# ------------------------------------------------------------------ several hosts


def several_hosts() -> Said:
    _, real = hosts.play(kills=20, cuts=5)
    fine = not (real.count or real.slips_lost or real.slips_spent_twice)
    return Said(
        fine and sum(real.noticed.values()) < 2 * real.kills,
        f"{real.kills} kills of a host, {real.cuts} times the database cut off for 3 s, for 12 s "
        f"and at once: {real.count}, {real.slips} slips in two hands each, {real.slips_lost} lost, "
        f"{real.slips_spent_twice} spent twice",
    )


def several_hosts_planted() -> bool:
    (told_too_early, forgetful), _ = hosts.play(kills=0, cuts=0)
    return bool(told_too_early.count.lost and forgetful.count.doubled)


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
