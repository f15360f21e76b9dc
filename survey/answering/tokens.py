"""The slip that a page carries: which door, which order of questions, when it was issued.

The phone brings it back with its answers, so that starting costs no write and handing in needs
no memory of who was shown what. It is signed, not secret, and it is never stored.
"""

import hmac
import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

_SHAPE = struct.Struct(">IIIH8s")  # door, edition, seconds since 1970, seed, chance
# Bytes of each MAC that are sent. With 17 a slip is 39 bytes, so its base64 has no padding.
_SLIP_MAC, _RECEIPT_MAC = 17, 12
_LENGTH = (_SHAPE.size + _SLIP_MAC) * 4 // 3


class BadToken(Exception):
    """Not a slip of ours, or one that was tampered with."""


@dataclass(frozen=True, slots=True)
class Token:
    door_id: int
    edition_id: int
    issued_at: datetime
    seed: int
    chance: bytes

    @property
    def receipt(self) -> bytes:
        """The receipt of a phone that made none itself (scripts off): one a page."""
        return sha256(b"page" + self.chance + self.seed.to_bytes(2, "big")).digest()[:16]


class Tokens:
    def __init__(self, secret_key: str) -> None:
        self._pages = _derive(secret_key, b"answering.page")
        self._receipts = _derive(secret_key, b"answering.receipt")

    def issue(self, *, door_id: int, edition_id: int, seed: int, now: datetime) -> str:
        slip = _SHAPE.pack(door_id, edition_id, int(now.timestamp()), seed, secrets.token_bytes(8))
        return urlsafe_b64encode(slip + self._mac(slip)).decode()

    def read(self, text: str) -> Token:
        try:
            packed = urlsafe_b64decode(text) if len(text) == _LENGTH else b""
        except (NotBase64, ValueError) as error:
            raise BadToken from error
        slip, mac = packed[: _SHAPE.size], packed[_SHAPE.size :]
        # A slip goes back into a page, so it must be base64 to its last letter: decoding skips
        # what is none, and then the MAC comes out too short.
        if not hmac.compare_digest(mac, self._mac(slip)):
            raise BadToken
        door_id, edition_id, issued, seed, chance = _SHAPE.unpack(slip)
        return Token(door_id, edition_id, datetime.fromtimestamp(issued, UTC), seed, chance)

    def _mac(self, slip: bytes) -> bytes:
        return hmac.digest(self._pages, slip, "sha256")[:_SLIP_MAC]

    def acknowledge(self, receipt: bytes) -> str:
        """What only this server can say of a receipt: a wifi portal's 200 cannot."""
        mac = hmac.digest(self._receipts, receipt, "sha256")
        return urlsafe_b64encode(mac[:_RECEIPT_MAC]).decode()


def _derive(secret_key: str, use: bytes) -> bytes:
    """A key of its own for each use, so that no signature serves for another."""
    return hmac.digest(secret_key.encode(), use, "sha256")
