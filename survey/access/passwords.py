"""Password hashing by the OWASP profile of argon2id; the default would cost 64 MiB a sign-in."""

import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# Checked when the login is unknown, so that the answer takes as long as for a known one.
_NOBODY = _HASHER.hash("nobody has this password")

SHORTEST = 10


def make_hash(password: str) -> str:
    return _HASHER.hash(_composed(password))


def matches(stored: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(stored or _NOBODY, _composed(password)) and stored is not None
    except (VerificationError, InvalidHashError):
        return False


def _composed(password: str) -> str:
    """One form for what two keyboards write differently: `ế` may come as one character or three."""
    return unicodedata.normalize("NFC", password)
