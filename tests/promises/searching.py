"""Bytes on a disk, and what may not stand in them."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from tests.promises.people import OPTIONS, QUESTIONS, Person

Files = Mapping[Path, bytes]
SAID = rf"([0-{OPTIONS - 1}](?:;[0-{OPTIONS - 1}]){{{QUESTIONS - 1}}})"
SHEET = re.compile(SAID.encode())
# With the phone that it came by, and at most the byte between that tells a length.
WITH_PHONE = re.compile(rf"(?:own|shared)[\x00-\xff]?{SAID}".encode("latin-1"), re.DOTALL)
TRACE = re.compile(rb"127\.51\.\d+\.\d+|Zalo/7\d{5}\.7")


def files_of(folder: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.stat().st_size > 1
    }


def traces(files: Files, people: Sequence[Person]) -> list[str]:
    """Addresses, user agents, what phones made up, and codes as typed, printed or in capitals, that
    stand in any file; and sheets that say what phone they came by."""
    known = {form for one in people for form in (one.address, one.agent)}
    forms = list(zip(*((one.said, *_forms(one.ticket)) for one in people), strict=True))
    left: set[str] = set()
    for content in files.values():
        left |= {found.decode() for found in TRACE.findall(content)} & known
        left |= {f"phone of {found.decode()}" for found in WITH_PHONE.findall(content)}
        for form in forms:
            keys = {key.encode() for key in form}
            left |= {key.decode() for key, _ in occurrences(content, keys)}
    return sorted(left)


def _forms(ticket: str) -> tuple[str, ...]:
    dashed = "-".join((ticket[:4], ticket[4:8], ticket[8:]))
    return ticket, dashed, ticket.lower(), dashed.lower()


def occurrences(content: bytes, keys: Collection[bytes]) -> Iterator[tuple[bytes, int]]:
    """Where these keys stand, all of one length: looked up only where two bytes fit."""
    begins = np.zeros(2**16, dtype=bool)
    begins[[int.from_bytes(key[:2], "little") for key in keys]] = True
    length = len(next(iter(keys)))
    for odd in (0, 1):
        pairs = np.frombuffer(content, "<u2", (len(content) - odd) // 2, odd)
        for at in (np.flatnonzero(begins[pairs]) * 2 + odd).tolist():
            if (key := content[at : at + length]) in keys:
                yield key, at
