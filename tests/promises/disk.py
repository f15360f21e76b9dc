"""The library disk.c, and what a disk may hold after the power went: a model of its log."""

import atexit
import os
import random
import shutil
import struct
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

FILES = ("survey.sqlite", "survey.sqlite-wal", "survey.sqlite-journal")
HEAD = struct.Struct("<IIqq")
SECTOR = 512
MARK, STAGE = "MS"  # not of the library: what a phone was told, what is begun


@cache
def library() -> Path:
    """disk.c built into a folder of its own."""
    folder = mkdtemp(prefix="promises-disk-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    built = Path(folder) / "disk.so"
    source = Path(__file__).with_name("disk.c")
    command = ["cc", "-O2", "-shared", "-fPIC", "-o", str(built), str(source), "-ldl"]
    subprocess.run(command, check=True)
    return built


def preloaded(*, log: Path | None = None, delay: float = 0) -> dict[str, str]:
    """The environment of a process whose disk is this one; `delay`: seconds each sync takes."""
    return (
        {"LD_PRELOAD": str(library())}
        | ({"DISK_LOG": str(log)} if log else {})
        | ({"DISK_DELAY": str(round(delay * 1e6))} if delay else {})
    )


class Marks:
    """Writes acknowledgements, and what is begun, into the same log, so that their order among the
    calls is known."""

    def __init__(self, log: Path) -> None:
        self._file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def __call__(self, receipt: bytes) -> None:
        self._note(MARK, receipt)

    def begin(self, stage: str) -> None:
        self._note(STAGE, stage.encode())

    def _note(self, kind: str, data: bytes) -> None:
        os.write(self._file, HEAD.pack(ord(kind), 0, 0, len(data)) + data)

    def close(self) -> None:
        os.close(self._file)


class Record(NamedTuple):
    kind: str
    file: str
    at: int
    data: bytes


def read_log(log: Path) -> Iterator[Record]:
    with log.open("rb") as told:
        while head := told.read(HEAD.size):
            kind, file, at, length = HEAD.unpack(head)
            data = told.read(length) if chr(kind) in "WMS" else b""
            yield Record(chr(kind), FILES[file - 1] if file else "", at, data)


class File:
    """One file: what is surely on the disk, and what was asked for since."""

    def __init__(self, content: bytes | None) -> None:
        self.durable = None if content is None else bytearray(content)
        self.waiting: list[Record] = []
        self._begun: dict[int, int] = {}  # number of a sync -> how much waited when it began

    def take(self, record: Record) -> None:
        if record.kind == "B":
            self._begun[record.at] = len(self.waiting)
        elif record.kind == "E":
            synced = self._begun.pop(record.at)
            self.durable = _written(self.durable, self.waiting[:synced]) or bytearray()
            del self.waiting[:synced]
            self._begun = {number: max(0, n - synced) for number, n in self._begun.items()}
        else:
            self.waiting.append(record)

    def after_cut(self, chance: random.Random) -> bytearray | None:
        """What may be there: each call that was not synced is lost, kept, or torn by sectors."""
        likely = chance.choice((0.0, 0.5, 1.0))  # all lost and all kept are the edges to see
        kept = [part for record in self.waiting for part in _torn(record, likely, chance)]
        return _written(None if self.durable is None else bytearray(self.durable), kept)


def _torn(record: Record, likely: float, chance: random.Random) -> Iterator[Record]:
    if record.kind != "W" or chance.random() < 0.5:
        if chance.random() < likely:
            yield record
        return
    # Sectors begin at multiples of their size in the file, not at the start of the call.
    start = record.at
    while start < record.at + len(record.data):
        end = min((start // SECTOR + 1) * SECTOR, record.at + len(record.data))
        if chance.random() < likely:
            yield Record("W", record.file, start, record.data[start - record.at : end - record.at])
        start = end


def _written(content: bytearray | None, records: list[Record]) -> bytearray | None:
    for record in records:
        if record.kind == "U":
            content = None
            continue
        content = bytearray() if content is None else content
        if record.kind == "T":
            content = content[: record.at] + bytes(max(0, record.at - len(content)))
        else:
            content += bytes(max(0, record.at - len(content)))
            content[record.at : record.at + len(record.data)] = record.data
    return content


class Disk:
    """The store's files as they were when the log began, and then as the log tells."""

    def __init__(self, folder: Path) -> None:
        contents = {name: folder / name for name in FILES}
        self.files = {
            name: File(path.read_bytes() if path.exists() else None)
            for name, path in contents.items()
        }
        self.told: set[bytes] = set()  # what phones were told before this moment

    def take(self, record: Record) -> None:
        if record.kind == MARK:
            self.told.add(record.data)
        elif record.file:
            self.files[record.file].take(record)

    def cut(self, folder: Path, chance: random.Random) -> None:
        """Lay down in `folder` what the next start may find."""
        for name, file in self.files.items():
            content = file.after_cut(chance)
            (folder / name).unlink(missing_ok=True)
            if content is not None:
                (folder / name).write_bytes(content)
        (folder / "survey.sqlite-shm").unlink(missing_ok=True)
