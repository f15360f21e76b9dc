"""From what was seen to figures, and whether every acknowledged sheet is stored once."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from sqlalchemy import Engine, select, text

from bench.phones import Load
from bench.servers import Usage
from survey.answering.models import Sheet


class Stored(NamedTuple):
    acknowledged: int
    stored: int
    lost: int  # acknowledged, not stored
    unasked: int  # stored, never acknowledged

    def faults(self, errors: int) -> list[str]:
        """A phone that got no answer may have been stored: so many, and no more."""
        found = []
        if self.lost:
            found.append(f"{self.lost} of {self.acknowledged} acknowledged sheets are not stored")
        if self.unasked > errors:
            found.append(f"{self.unasked} sheets stored that nobody was told of, {errors} errors")
        return found


def check(engine: Engine, acknowledged: bytes) -> Stored:
    """Compare receipts (16 bytes each) with the table. A receipt is the key of a sheet, so one
    stored a second time would show as a sheet that nobody was told of."""
    told = {
        sha256(b"phone" + acknowledged[at : at + 16].hex().encode()).digest()[:16]
        for at in range(0, len(acknowledged), 16)
    }
    stored = unasked = 0
    with engine.connect().execution_options(yield_per=5000) as connection:
        for receipt in connection.scalars(select(Sheet.receipt)):
            stored += 1
            unasked += receipt not in told
    return Stored(len(told), stored, lost=len(told) - (stored - unasked), unasked=unasked)


def store_bytes(engine: Engine) -> int:
    """Bytes that the store takes on disk, its log written back first."""
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            size = connection.execute(text("SELECT pg_total_relation_size('sheet')"))
            return int(size.scalar_one())
    # The engine begins a transaction at once, and inside one the log is not written back.
    raw = engine.raw_connection()
    cursor = raw.cursor()
    values = [
        cursor.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("wal_checkpoint(TRUNCATE)", "page_count", "page_size")
    ]
    raw.close()
    return int(values[1] * values[2])


@dataclass(frozen=True, slots=True)
class Measured:
    """One server under one load."""

    name: str
    load: Load
    elapsed: float
    before: Usage
    after: Usage
    generator: float  # its own CPU seconds
    disk: int  # bytes that the store grew by
    stored: Stored

    @property
    def journeys(self) -> int:
        return len(self.load.sheets)

    @property
    def faults(self) -> list[str]:
        return [f"{self.name}: {fault}" for fault in self.stored.faults(self.errors)]

    @property
    def errors(self) -> int:
        return self.load.errors.total()

    @property
    def cpu(self) -> float:
        """Milliseconds of CPU a journey, database included."""
        return self._each(self.server_seconds + self.after.database - self.before.database)

    @property
    def server_seconds(self) -> float:
        return self.after.server - self.before.server

    def _each(self, seconds: float) -> float:
        return 1000 * seconds / max(1, self.journeys)

    def rows(self) -> list[tuple[str, str]]:
        count = max(1, self.journeys)
        return [
            ("journeys", f"{self.journeys}"),
            ("journeys a second", f"{self.journeys / self.elapsed:.0f}"),
            ("server CPU, ms a journey", f"{self.cpu:.3f}"),
            (
                "  of it the database",
                f"{self._each(self.after.database - self.before.database):.3f}",
            ),
            ("page, ms: p50 p95 p99 max", spread(self.load.pages)),
            ("hand-in, ms: p50 p95 p99 max", spread(self.load.sheets)),
            ("worker's peak memory, MB", f"{self.after.peak / 1e6:.0f}"),
            ("bytes to the phone, a sheet", f"{self.load.down / count:.0f}"),
            ("bytes from the phone, a sheet", f"{self.load.up / count:.0f}"),
            ("bytes on disk, a sheet", f"{self.disk / count:.0f}"),
            ("generator's CPU, ms a journey", f"{self._each(self.generator):.3f}"),
            ("errors", f"{self.errors}"),
            ("acknowledged / stored", f"{self.stored.acknowledged} / {self.stored.stored}"),
            ("lost / stored unasked", f"{self.stored.lost} / {self.stored.unasked}"),
        ]


def spread(times: "array[float] | Sequence[float]") -> str:
    """Milliseconds at the 50th, 95th, 99th of a hundred, and the longest."""
    ordered = sorted(times) or [math.nan]
    places = [math.ceil(len(ordered) * share) - 1 for share in (0.5, 0.95, 0.99, 1)]
    return " ".join(f"{1000 * ordered[place]:.1f}" for place in places)


def table(measured: Sequence[Measured]) -> str:
    """One column a server; below it the first one's CPU as a multiple of the others'."""
    columns = [one.rows() for one in measured]
    lines = [["", *(one.name for one in measured)]]
    lines += [[rows[0][0], *(value for _, value in rows)] for rows in zip(*columns, strict=True)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    shown = [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in lines
    ]
    first, *others = measured
    shown += [
        f"CPU a journey: {first.name} = {first.cpu / other.cpu:.2f} × {other.name}"
        for other in others
        if other.cpu
    ]
    shown += [
        f"errors of {one.name}: {count} × {words}"
        for one in measured
        for words, count in one.load.errors.items()
    ]
    return "\n".join(shown)
