"""Password hashing by the OWASP profile of argon2id; the default would cost 64 MiB a sign-in.

A hash takes 19 MiB and keeps a core busy for 24 ms, and anybody may ask for one by making up a
login. So few are made at once, and not many may wait: the same process takes in sheets.
"""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST = 10
AT_ONCE = 2  # hashes
WAITING = 16  # each holds one of the 32 threads in which pages are made
PATIENCE = 5.0  # seconds

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when the login is unknown, so that the answer takes as long as for a known one.
_NOBODY = _HASHER.hash("nobody has this password")
_inside = threading.BoundedSemaphore(AT_ONCE + WAITING)
_hashing = threading.BoundedSemaphore(AT_ONCE)


class Crowded(Exception):
    """More are signing in at once than can be served."""


@contextmanager
def turn() -> Iterator[None]:
    """To be taken before a password is hashed or looked at. Raises Crowded."""
    if not _inside.acquire(blocking=False):
        raise Crowded
    try:
        if not _hashing.acquire(timeout=PATIENCE):
            raise Crowded
        try:
            yield
        finally:
            _hashing.release()
    finally:
        _inside.release()


def make_hash(password: str) -> str:
    return _HASHER.hash(composed(password))


def matches(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _NOBODY, composed(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def composed(password: str) -> str:
    """One form for what two keyboards write differently: `ế` may come as one character or three."""
    return unicodedata.normalize("NFC", password)
