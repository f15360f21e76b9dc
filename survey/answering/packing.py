"""Gzip by the piece: what a thousand pages share is compressed once.

Deflate data that ends in a full flush stands on a byte boundary and refers to nothing before it,
so such pieces can be joined in any order (RFC 1951); the little that differs goes behind them as
a stored block. The checksum of the whole follows from those of its pieces.
"""

import struct
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

_HEADER = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff"  # deflate, no name, no time, best, unknown
_STORED = struct.Struct("<BHH")
_TRAILER = struct.Struct("<II")
_GZIP = 31  # zlib's number for a gzip header and trailer
LONGEST_TAIL = 0xFFFF


class Piece(NamedTuple):
    """A part of a page that is used many times, as it travels."""

    packed: bytes
    crc: int
    size: int  # bytes unpacked
    shift: int  # what multiplies the checksum of all that comes before this piece


def packed(plain: bytes) -> Piece:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    content = packer.compress(plain) + packer.flush(zlib.Z_FULL_FLUSH)
    return Piece(content, zlib.crc32(plain), len(plain), _shift(len(plain)))


def gzip_of(pieces: Sequence[Piece], tail: bytes = b"") -> bytes:
    """One gzip member (RFC 1952) of these pieces and a short tail of this page alone (at most
    LONGEST_TAIL bytes)."""
    crc = size = 0
    for piece in pieces:
        crc = _shifted(piece.shift, crc) ^ piece.crc
        size += piece.size
    length = len(tail)
    last = _STORED.pack(1, length, length ^ LONGEST_TAIL)
    trailer = _TRAILER.pack(zlib.crc32(tail, crc), size + length & 0xFFFFFFFF)
    return b"".join((_HEADER, *[piece.packed for piece in pieces], last, tail, trailer))


def plain_of(page: bytes) -> bytes:
    """The page for a browser that takes no gzip."""
    return zlib.decompress(page, _GZIP)


# ---- Checksums of joined pieces. A CRC is a polynomial over GF(2), bits reflected: that of A
# followed by B is crc(A) * x^(8 * len(B)) + crc(B), modulo the polynomial of RFC 1952.

_POLYNOMIAL = 0xEDB88320
_ONE, _X = 1 << 31, 1 << 30


@lru_cache(8192)
def _shifted(shift: int, crc: int) -> int:
    """Remembered, as the same pieces meet again and again."""
    return _times(shift, crc) if crc else 0


def _times(a: int, b: int) -> int:
    """The product of two polynomials modulo that of the CRC."""
    product = 0
    bit = _ONE
    while bit:
        if a & bit:
            product ^= b
        b = (b >> 1) ^ _POLYNOMIAL if b & 1 else b >> 1
        bit >>= 1
    return product


def _shift(length: int) -> int:
    """x^(8 * length), by squaring."""
    result, power, bits = _ONE, _X, 8 * length
    while bits:
        if bits & 1:
            result = _times(power, result)
        power = _times(power, power)
        bits >>= 1
    return result
