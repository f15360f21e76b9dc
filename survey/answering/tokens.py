"""The slip that a page carries: which door, which order of questions, when it was issued.

The phone brings it back with its answers, so that starting costs no write and handing in needs
no memory of who was shown what. It is signed, not secret, and it is never stored.
"""

import secrets
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from itsdangerous import BadSignature, Signer

_SHAPE = struct.Struct(">IIIH8s")  # door, edition, seconds since 1970, seed, chance
_MAC_LENGTH = 12  # bytes of the acknowledgement's MAC that are sent


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
        self._pages = Signer(secret_key, salt="answering.page", digest_method=sha256)
        self._receipts = Signer(secret_key, salt="answering.receipt", digest_method=sha256)

    def issue(self, *, door_id: int, edition_id: int, seed: int, now: datetime) -> str:
        packed = _SHAPE.pack(
            door_id, edition_id, int(now.timestamp()), seed, secrets.token_bytes(8)
        )
        return self._pages.sign(urlsafe_b64encode(packed)).decode()

    def read(self, text: str) -> Token:
        try:
            signed = text.encode()
            packed = urlsafe_b64decode(value := self._pages.unsign(signed))
            door_id, edition_id, issued, seed, chance = _SHAPE.unpack(packed)
        except (BadSignature, ValueError, struct.error) as error:
            raise BadToken from error
        # Base64 forgives what follows its end; a slip goes back into a page, so it is one only
        # when it is to the letter what was issued.
        if self._pages.sign(value) != signed:
            raise BadToken
        return Token(door_id, edition_id, datetime.fromtimestamp(issued, UTC), seed, chance)

    def acknowledge(self, receipt: bytes) -> str:
        """What only this server can say of a receipt: a wifi portal's 200 cannot."""
        return urlsafe_b64encode(self._receipts.get_signature(receipt)[:_MAC_LENGTH]).decode()
