"""Recordings of silence, made byte by byte."""

from struct import pack

FRAME_SECONDS = 1152 / 44100


def mp3(frames: int = 40, *, tag: bytes = b"") -> bytes:
    """MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes a frame."""
    return _tagged(tag) + (b"\xff\xfb\x90\x64" + bytes(413)) * frames


def _tagged(tag: bytes) -> bytes:
    if not tag:
        return b""
    size = bytes(len(tag) >> shift & 127 for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + size + tag


def slow_mp3(frames: int) -> bytes:
    """MPEG 2 layer III, 8 kbit/s, 24 kHz: 24 bytes and 24 ms a frame."""
    return (b"\xff\xf3\x14\xc4" + bytes(20)) * frames


def aac(frames: int = 40) -> bytes:
    """AAC by itself, 44.1 kHz: frames of 16 bytes."""
    return (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)) * frames


def box(kind: bytes, *inside: bytes) -> bytes:
    body = b"".join(inside)
    return pack(">I4s", 8 + len(body), kind) + body


def m4a(
    seconds: float = 2, *, codec: bytes = b"mp4a", kinds: tuple[bytes, ...] = (b"soun",)
) -> bytes:
    """The boxes of an MP4 file with a track of each of these kinds."""
    tracks = [
        box(
            b"trak",
            box(
                b"mdia",
                box(b"hdlr", bytes(8), kind, bytes(13)),
                box(b"minf", box(b"stbl", box(b"stsd", pack(">II", 0, 1), box(codec, bytes(28))))),
            ),
        )
        for kind in kinds
    ]
    times = box(b"mvhd", bytes(12), pack(">II", 1000, round(seconds * 1000)), bytes(80))
    return (
        box(b"ftyp", b"M4A \0\0\0\0isom") + box(b"mdat", bytes(64)) + box(b"moov", times, *tracks)
    )


def page(packet: bytes, position: int, *, first: bool = False) -> bytes:
    """An Ogg page with one short packet."""
    head = b"OggS\0" + bytes([2 if first else 0]) + pack("<q", position) + pack("<III", 7, 0, 0)
    return head + bytes([1, len(packet)]) + packet


def opus(seconds: float = 2) -> bytes:
    head = b"OpusHead\1\1" + pack("<HIH", 312, 48000, 0) + b"\0"
    return page(head, 0, first=True) + page(bytes(9), 312 + round(48000 * seconds))


def vorbis(seconds: float = 2) -> bytes:
    head = b"\1vorbis" + pack("<IBI", 0, 1, 16000) + bytes(14)
    return page(head, 0, first=True) + page(bytes(9), round(16000 * seconds))


def wav() -> bytes:
    return b"RIFF" + pack("<I", 36) + b"WAVEfmt " + pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8)
