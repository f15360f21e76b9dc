"""The slip that a page carries: which door, which order of questions, when it was issued.

The phone brings it back with its answers, so that starting costs no write and handing in needs
no memory of who was shown what. It is signed, not secret, and it is never stored.

Keyed BLAKE2 (RFC 7693) signs: HMAC of OpenSSL lets go of the interpreter at every call, and in a
hall some other thread takes it.
"""

import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime
from hashlib import blake2b
from hmac import compare_digest
from itertools import count
from os import getpid, urandom
from typing import NamedTuple

_SHAPE = struct.Struct(">IIIH8s")  # door, edition, seconds since 1970, seed, chance
# Bytes of each MAC that are sent. With 17 a slip is 39 bytes, so its base64 has no padding.
_SLIP_MAC, _RECEIPT_MAC = 17, 12
_LENGTH = (_SHAPE.size + _SLIP_MAC) * 4 // 3


class BadToken(Exception):
    """Not a slip of ours, or one that was tampered with."""


class Token(NamedTuple):
    door_id: int
    edition_id: int
    issued_at: datetime
    seed: int
    chance: bytes

    @property
    def receipt(self) -> bytes:
        """The receipt of a phone that made none itself (scripts off): one a page."""
        return _receipt(self.chance + self.seed.to_bytes(2, "big"), b"page")


def receipt_of(made_on_phone: str) -> bytes:
    """The key of a sheet: a hash of the 32 characters that its phone made at random."""
    return _receipt(made_on_phone.encode(), b"phone")


def _receipt(chance: bytes, made_by: bytes) -> bytes:
    return blake2b(chance, digest_size=16, person=made_by).digest()


class Tokens:
    def __init__(self, secret_key: str) -> None:
        self._pages = derive(secret_key, b"page")
        self._receipts = derive(secret_key, b"receipt")
        self._drawn, self._chance = count(), urandom(32)

    def issue(self, *, door_id: int, edition_id: int, seed: int, now: datetime) -> str:
        slip = _SHAPE.pack(door_id, edition_id, int(now.timestamp()), seed, self._draw())
        return urlsafe_b64encode(slip + self._mac(slip)).decode()

    def _draw(self) -> bytes:
        """Eight bytes of chance. The process is in it for one that was forked off."""
        drawn = b"%d %d" % (getpid(), next(self._drawn))
        return blake2b(drawn, key=self._chance, digest_size=8).digest()

    def read(self, text: str) -> Token:
        try:
            packed = urlsafe_b64decode(text) if len(text) == _LENGTH else b""
        except (NotBase64, ValueError) as error:
            raise BadToken from error
        slip, mac = packed[: _SHAPE.size], packed[_SHAPE.size :]
        # A slip goes back into a page, so it must be base64 to its last letter: decoding skips
        # what is none, and then the MAC comes out too short.
        if not compare_digest(mac, self._mac(slip)):
            raise BadToken
        door_id, edition_id, issued, seed, chance = _SHAPE.unpack(slip)
        return Token(door_id, edition_id, datetime.fromtimestamp(issued, UTC), seed, chance)

    def _mac(self, slip: bytes) -> bytes:
        return blake2b(slip, key=self._pages, digest_size=_SLIP_MAC).digest()

    def acknowledge(self, receipt: bytes) -> str:
        """What only this server can say of a receipt: a wifi portal's 200 cannot."""
        mac = blake2b(receipt, key=self._receipts, digest_size=_RECEIPT_MAC).digest()
        return urlsafe_b64encode(mac).decode()


def derive(secret_key: str, use: bytes) -> bytes:
    """A key of its own for each use (at most 16 bytes of name), so that no signature serves for
    another."""
    return blake2b(secret_key.encode(), digest_size=32, person=use).digest()
