"""From what was seen to figures, and whether every acknowledged sheet is stored once."""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sqlalchemy import Engine, select, text

from bench.phones import Load
from bench.world import fillings
from survey import db
from survey.answering.models import Sheet
from survey.answering.tokens import receipt_of


class Stored(NamedTuple):
    acknowledged: int
    stored: int
    lost: int  # acknowledged, not stored
    unasked: int  # stored under a receipt that no phone sent

    @property
    def faults(self) -> list[str]:
        found = []
        if self.lost:
            found.append(f"{self.lost} of {self.acknowledged} acknowledged sheets are not stored")
        if self.unasked:
            found.append(f"{self.unasked} sheets stored that nobody sent")
        return found


def check(engine: Engine, acknowledged: bytes, sent: bytes, filled: int = 0) -> Stored:
    """Compare receipts (16 bytes each) with the table. `filled`: how many it was filled with
    before. A receipt is the key of a sheet, so one stored a second time would show as one that
    nobody sent."""
    told, known, before = _keys(acknowledged), _keys(sent), set(fillings(filled))
    stored = unasked = 0
    with engine.connect().execution_options(yield_per=5000) as connection:
        for receipt in connection.scalars(select(Sheet.receipt)):
            if receipt in before:
                continue
            stored += 1
            told.discard(receipt)
            unasked += receipt not in known
    return Stored(len(acknowledged) // 16, stored, lost=len(told), unasked=unasked)


def check_kept(instance: Path, url: str) -> Stored:
    engine = db.make_engine(url)
    acknowledged, sent = (instance / name for name in ("acknowledged", "sent"))
    stored = check(engine, acknowledged.read_bytes(), sent.read_bytes())
    engine.dispose()
    return stored


def _keys(receipts: bytes) -> set[bytes]:
    return {receipt_of(receipts[at : at + 16].hex()) for at in range(0, len(receipts), 16)}


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
    """One server under one load; seconds, bytes."""

    name: str
    load: Load
    elapsed: float
    used: float  # CPU of the server
    used_by_database: float
    used_by_phones: float
    peak: int  # memory of the worker
    own: int  # of it, at the end, shared with no other process
    laps: Sequence[float]  # CPU milliseconds a journey in each turn, database included
    disk: int  # what the store grew by
    stored: Stored

    @property
    def journeys(self) -> int:
        return len(self.load.sheets)

    @property
    def faults(self) -> list[str]:
        return [f"{self.name}: {fault}" for fault in self.stored.faults]

    @property
    def errors(self) -> int:
        return self.load.errors.total()

    def _each(self, seconds: float) -> float:
        return 1000 * seconds / max(1, self.journeys)

    def rows(self) -> list[tuple[str, str]]:
        count = max(1, self.journeys)
        return [
            ("journeys", f"{self.journeys}"),
            ("journeys a second", f"{self.journeys / self.elapsed:.0f}"),
            ("server CPU, ms a journey", f"{self._each(self.used + self.used_by_database):.3f}"),
            ("  of it the database", f"{self._each(self.used_by_database):.3f}"),
            ("page, ms: p50 p95 p99 max", spread(self.load.pages)),
            ("hand-in, ms: p50 p95 p99 max", spread(self.load.sheets)),
            ("worker's peak memory, MB", f"{self.peak / 1e6:.0f}"),
            ("  shared with no other process", f"{self.own / 1e6:.0f}"),
            ("bytes to the phone, a sheet", f"{self.load.down / count:.0f}"),
            ("bytes from the phone, a sheet", f"{self.load.up / count:.0f}"),
            ("bytes on disk, a sheet", f"{self.disk / count:.0f}"),
            ("generator's CPU, ms a journey", f"{self._each(self.used_by_phones):.3f}"),
            ("errors", f"{self.errors}"),
            ("acknowledged / stored", f"{self.stored.acknowledged} / {self.stored.stored}"),
            ("lost / stored unasked", f"{self.stored.lost} / {self.stored.unasked}"),
        ]


def spread(times: "array[float] | Sequence[float]") -> str:
    """Milliseconds at the 50th, 95th, 99th of a hundred, and the longest."""
    ordered = sorted(times) or [math.nan]
    places = [math.ceil(len(ordered) * share) - 1 for share in (0.5, 0.95, 0.99, 1)]
    return " ".join(f"{1000 * ordered[place]:.1f}" for place in places)


def _times(one: Measured, other: Measured) -> str:
    """How many times as much the one needs: in the turn in the middle, and in each."""
    each = [own / its for own, its in zip(one.laps, other.laps, strict=True) if its]
    turns = f" ({', '.join(f'{ratio:.2f}' for ratio in each)})" if len(each) > 1 else ""
    return f"{median(each):.2f}{turns}" if each else "–"


def table(measured: Sequence[Measured]) -> str:
    """One column a server; below it the first one's CPU as a multiple of the others', in the
    turn in the middle."""
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
        f"CPU a journey: {first.name} = {_times(first, other)} × {other.name}" for other in others
    ]
    shown += [
        f"errors of {one.name}: {count} × {words}"
        for one in measured
        for words, count in one.load.errors.items()
    ]
    return "\n".join(shown)
