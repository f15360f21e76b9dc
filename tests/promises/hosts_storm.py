"""What happens inside: phones, kills and cuts.

unshare … python -m tests.promises.hosts_storm FOLDER '[a plan, …]'
"""

import asyncio
import json
import random
import ssl
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

from bench.world import World, make_world
from survey.config import secret_key
from tests.promises.hosts import Outcome, Plan
from tests.promises.hosts_network import (
    DATABASE,
    HOSTS,
    Host,
    ask,
    lay_wire,
    plug_in,
    start_database,
    start_nginx,
    started,
    unplug,
    until,
    url_of,
)
from tests.promises.hosts_pairs import (
    Bowl,
    Pairs,
    lay_bowl,
    sheets_sent_twice,
    slips_in_two_hands,
)
from tests.promises.phones import Crowd, run

LONGEST = 60  # seconds without an acknowledgement, after which nothing goes on any more
RECEIPTS = "SELECT encode(receipt, 'hex') FROM sheet"
SLIPS = 3000  # in the bowl
# Seconds without the database's cable. What was sent meanwhile comes late, or, beyond the ten that
# a host waits, never, and nobody knows whether it was committed.
CUTS = (3.0, 12.0)
BACK = 2.5  # seconds after which nginx asks a host again that was dead
# What a host does in the middle of letting sheets in, for as long as it takes to pull its cable.
LETTING_IN = """
import sys, time
from survey import db
from survey.sittings.holding import share_sitting
with db.make_engine(sys.argv[1]).begin() as connection:
    share_sitting(connection, int(sys.argv[2]))
    print("held", flush=True)
    time.sleep(600)
"""
BUTTON = "SET statement_timeout = '45s'; SELECT pg_advisory_xact_lock(1, {})"


class Storm:
    def __init__(
        self, plan: Plan, hosts: Sequence[Host], crowd: Crowd, database: str, folder: Path
    ) -> None:
        self._plan, self._hosts, self.crowd, self._database = plan, hosts, crowd, database
        self._folder = folder
        self.noticed: dict[str, int] = {}
        self.held_up = 0.0

    async def play(self, world: World, bowl: Bowl) -> Pairs:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.crowd.play(self._plan.phones))
            group.create_task(sheets_sent_twice(self.crowd, world.halls[0]))
            pairs = group.create_task(slips_in_two_hands(self.crowd, bowl))
            await self._go_on()
            for turn in range(self._plan.kills):
                await self._kill(self._hosts[turn % len(self._hosts)])
            self.noticed = self._failed()
            for _ in range(self._plan.cuts):
                for seconds in CUTS:
                    unplug(DATABASE)
                    await asyncio.sleep(seconds)
                    plug_in(DATABASE)
                    await self._go_on()
                await asyncio.to_thread(self._end_connections)
                await self._go_on()
            if self._plan.vanishes:
                await self._lose(self._hosts[0].address, world.sitting_id)
            self.crowd.stopped.set()
        return pairs.result()

    async def _kill(self, host: Host) -> None:
        killed = await asyncio.to_thread(host.kill)
        assert killed > 1, "a server and its workers"
        await self._go_on()  # with the others alone
        if not self._plan.plant:
            await asyncio.to_thread(host.start)
            await asyncio.sleep(BACK)
            await self._go_on()

    async def _lose(self, address: str, sitting: int) -> None:
        log, hold = self._folder / "letting in.log", [sys.executable, "-c", LETTING_IN]
        started(address, [*hold, url_of(self._database), str(sitting)], log)
        await asyncio.to_thread(until, lambda: "held" in log.read_text(), log)
        unplug(address)
        began = time.monotonic()
        await asyncio.to_thread(self._press, sitting)
        self.held_up = round(time.monotonic() - began, 1)
        await self._go_on()

    def _press(self, sitting: int) -> None:
        """What a button waits for: that nobody lets a sheet of this sitting in."""
        ask(BUTTON.format(sitting), database=self._database)

    def _end_connections(self) -> None:
        ended = ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            self._database,
        )
        assert ended, "there were connections to end"

    async def _go_on(self) -> None:
        """Until sheets have come in again."""
        told = self.crowd.ledger.acknowledged
        target, deadline = len(told) + random.randrange(50, 150), time.monotonic() + LONGEST
        while len(told) < target:
            assert time.monotonic() < deadline, f"nothing goes on: {self.crowd.ledger.tries}"
            await asyncio.sleep(0.01)

    def _failed(self) -> dict[str, int]:
        tries = self.crowd.ledger.tries
        return {words: count for words, count in tries.items() if words != "answered"}


def storm(folder: Path, world: World, bowl: Bowl, plan: Plan) -> Outcome:
    """On a database of its own."""
    started, name = time.monotonic(), f"storm_{plan.plant}"
    ask(f"CREATE DATABASE {name} TEMPLATE survey")
    environment = {
        "SURVEY_DATABASE_URL": url_of(name),
        "SURVEY_SECRET_KEY": secret_key(folder / "world"),
        "SURVEY_PUBLIC_ADDRESS": "https://khaosat.test",
        "SURVEY_PROXIES": "1",
    }
    hosts = [Host(address, folder, environment, plan.plant) for address in HOSTS]
    with ThreadPoolExecutor() as pool:
        list(pool.map(Host.start, hosts))
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    play = Storm(plan, hosts, Crowd(443, world, tls=anybody), name, folder)
    pairs = run(play.play(world, bowl))
    for host in hosts:
        host.kill()
    stored = [bytes.fromhex(str(key)) for (key,) in ask(RECEIPTS, database=name)]
    by_slip = set().union(*pairs.sent)
    return Outcome(
        plant=plan.plant,
        count=play.crowd.ledger.compare([key for key in stored if key not in by_slip]),
        kills=plan.kills,
        cuts=plan.cuts,
        noticed=play.noticed,
        slips=len(pairs.sent),
        slips_lost=pairs.lost(set(stored)),
        slips_spent_twice=pairs.spent_twice(set(stored)),
        held_up=play.held_up,
        seconds=round(time.monotonic() - started, 1),
    )


def main(folder: Path, asked: str) -> None:
    plans = [Plan(**told) for told in json.loads(asked)]
    lay_wire()
    start_database(folder)
    ask("CREATE DATABASE survey")
    world = make_world(folder / "world", 4, url_of("survey"))
    bowl = lay_bowl(folder / "world", world, url_of("survey"), SLIPS)
    start_nginx(folder)
    for plan in plans:
        told = storm(folder, world, bowl, plan)
        print(json.dumps(asdict(told)), flush=True)  # noqa: T201  the answer


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
