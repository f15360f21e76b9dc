"""Gzip by the piece: what a thousand pages share is compressed once.

Deflate data that ends in a full flush stands on a byte boundary and refers to nothing before it,
so such pieces can be joined in any order (RFC 1951); the little that differs goes between them as
a stored block. Only the checksum is computed for each page.
"""

import struct
import zlib
from collections.abc import Iterable
from typing import NamedTuple

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # deflate, no name, no time, best, unknown
_END = b"\x03\x00"  # an empty last block
_STORED = struct.Struct("<BHH")
_TRAILER = struct.Struct("<II")
LONGEST_STORED = 0xFFFF


class Piece(NamedTuple):
    """A part of a page: as it is, and as it travels."""

    plain: bytes
    packed: bytes


def packed(plain: bytes) -> Piece:
    """A piece that is used many times."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return Piece(plain, packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH))


def stored(plain: bytes) -> Piece:
    """A short piece that is used once (at most LONGEST_STORED bytes)."""
    length = len(plain)
    return Piece(plain, _STORED.pack(0, length, length ^ 0xFFFF) + plain)


def plain_of(pieces: Iterable[Piece]) -> bytes:
    return b"".join(piece.plain for piece in pieces)


def gzip_of(pieces: Iterable[Piece]) -> bytes:
    """One gzip member (RFC 1952) of all pieces in this order."""
    crc = size = 0
    parts = [_HEADER]
    for piece in pieces:
        crc = zlib.crc32(piece.plain, crc)
        size += len(piece.plain)
        parts.append(piece.packed)
    parts += (_END, _TRAILER.pack(crc, size & 0xFFFFFFFF))
    return b"".join(parts)
