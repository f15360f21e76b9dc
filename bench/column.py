"""One server, its store, and the phones that come to it; what it used while they did."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from bench import figures, servers
from bench.figures import Measured
from bench.phones import Pace, Phones
from bench.world import World
from survey import db


class Lap(NamedTuple):
    rate: float  # journeys a second
    cpu: float  # milliseconds a journey, database included


@dataclass
class Column:
    name: str
    instance: Path
    world: World
    server: servers.Server
    url: str
    filled: int  # sheets that are in the store already
    phones: Phones = field(init=False)
    laps: list[Lap] = field(default_factory=list)
    elapsed: float = 0.0
    used: float = 0.0  # CPU seconds of the server
    used_by_database: float = 0.0
    used_by_phones: float = 0.0
    memory: int = 0
    peak: int = 0
    own: int = 0

    def __post_init__(self) -> None:
        self.phones = Phones(self.server.port, self.world)
        self._engine = db.make_engine(self.url)
        self._before = figures.store_bytes(self._engine)

    def play(self, pace: Pace) -> Lap:
        done, own = len(self.phones.load.sheets), time.process_time()
        before = servers.usage(self.server)
        elapsed = asyncio.run(self.phones.play(pace))
        after = servers.usage(self.server)
        self.used_by_phones += time.process_time() - own
        self.elapsed += elapsed
        self.used += after.server - before.server
        self.used_by_database += after.database - before.database
        self.memory, self.peak, self.own = after.memory, after.peak, after.own
        journeys = len(self.phones.load.sheets) - done
        spent = after.server - before.server + after.database - before.database
        self.laps.append(Lap(journeys / elapsed, 1000 * spent / max(1, journeys)))
        return self.laps[-1]

    def measured(self) -> Measured:
        load = self.phones.load
        (self.instance / "acknowledged").write_bytes(load.acknowledged)
        (self.instance / "sent").write_bytes(load.sent)
        measured = Measured(
            name=self.name,
            load=load,
            elapsed=self.elapsed,
            used=self.used,
            used_by_database=self.used_by_database,
            used_by_phones=self.used_by_phones,
            peak=self.peak,
            own=self.own,
            laps=[lap.cpu for lap in self.laps],
            disk=figures.store_bytes(self._engine) - self._before,
            stored=figures.check(
                self._engine, bytes(load.acknowledged), bytes(load.sent), self.filled
            ),
        )
        self._engine.dispose()
        return measured
