"""An uploaded recording: what it is, told by its bytes alone, and how long it takes to hear.

Taken is what browsers of phones play: MP3, AAC (as M4A or by itself), Opus and Vorbis in Ogg.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from struct import error as TooShort
from struct import unpack_from

MOST_BYTES = 1024 * 1024
MOST_SECONDS = 125  # "about two minutes"

_LEAST_FRAMES = 3  # two bytes of sync come up by chance; three frames end to end do not
_MP3_KBITS = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),  # MPEG 1, layer III
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),  # MPEG 2 and 2.5
)
_MP3_RATES = (44100, 48000, 32000)
_MP3_SLOWER = {0: 4, 2: 2, 3: 1}  # MPEG 2.5, 2 and 1
_AAC_RATES = (
    96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
)  # fmt: skip
_OPUS_RATE = 48000  # of its positions, whatever was recorded


class SoundError(Exception):
    """A file that is no recording to be heard on phones. `code` is one of: empty, too_big,
    too_long, video, not_a_sound, broken."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Sound:
    media_type: str
    content: bytes

    @property
    def digest(self) -> str:
        """What the recording is known by: SHA-256 of its bytes, in hexadecimal."""
        return sha256(self.content).hexdigest()


def read_sound(content: bytes) -> Sound:
    """The recording in an uploaded file; SoundError for one that can't be taken."""
    if not content:
        raise SoundError("empty")
    if len(content) > MOST_BYTES:
        raise SoundError("too_big")
    try:
        media_type, seconds = _recognised(content)
    except (TooShort, IndexError) as error:
        raise SoundError("broken") from error
    if seconds > MOST_SECONDS:
        raise SoundError("too_long")
    return Sound(media_type, content)


def _recognised(content: bytes) -> tuple[str, float]:
    """(media type, seconds)."""
    if content[4:8] == b"ftyp":
        return "audio/mp4", _mp4_seconds(content)
    if content.startswith(b"OggS"):
        return "audio/ogg", _ogg_seconds(content)
    for media_type, frame in (("audio/mpeg", _mp3_frame), ("audio/aac", _aac_frame)):
        seconds = _frames_seconds(content, frame)
        if seconds is not None:
            return media_type, seconds
    raise SoundError("broken" if content.startswith(b"ID3") else "not_a_sound")


# ------------------------------------------------------------------ frames end to end

Frame = tuple[int, float]  # its length in bytes, its seconds


def _frames_seconds(content: bytes, frame: Callable[[bytes], Frame | None]) -> float | None:
    """The seconds of all frames from the first one on; None where there are none."""
    at, frames, seconds = _after_tag(content), 0, 0.0
    while (found := frame(content[at : at + 7])) is not None:
        at, frames, seconds = at + found[0], frames + 1, seconds + found[1]
    return seconds if frames >= _LEAST_FRAMES else None


def _after_tag(content: bytes) -> int:
    """Where the frames begin: after title, singer and cover, and what fills up behind them."""
    at = 0
    if content.startswith(b"ID3"):
        size = content[6:10].ljust(4, b"\0")
        at = 10 + sum(
            (byte & 127) << shift for byte, shift in zip(size, (21, 14, 7, 0), strict=True)
        )
    while content[at : at + 1] == b"\0":
        at += 1
    return at


def _mp3_frame(head: bytes) -> Frame | None:
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:  # sync, layer III
        return None
    slower, rate = _MP3_SLOWER.get(head[1] >> 3 & 3), head[2] >> 2 & 3
    kbits, newer = head[2] >> 4, slower != 1
    if slower is None or kbits in (0, 15) or rate == 3:
        return None
    hertz = _MP3_RATES[rate] // slower
    samples = 576 if newer else 1152
    length = samples // 8 * _MP3_KBITS[newer][kbits] * 1000 // hertz + (head[2] >> 1 & 1)
    return length, samples / hertz


def _aac_frame(head: bytes) -> Frame | None:
    if len(head) < 7 or head[0] != 0xFF or head[1] & 0xF6 != 0xF0:
        return None
    rate = head[2] >> 2 & 15
    length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
    if rate >= len(_AAC_RATES) or length < 7:
        return None
    return length, 1024 * ((head[6] & 3) + 1) / _AAC_RATES[rate]


# ------------------------------------------------------------------ boxes within boxes


def _mp4_seconds(content: bytes) -> float:
    """Of a file with AAC in it and nothing to look at. A file in fragments does not tell its
    length and counts as 0."""
    film = next(_boxes(content, b"moov"), None)
    if film is None:
        raise SoundError("broken")
    tracks = [next(_boxes(track, b"mdia"), b"") for track in _boxes(film, b"trak")]
    kinds = [next(_boxes(track, b"hdlr"), b"")[8:12] for track in tracks]
    if b"vide" in kinds:
        raise SoundError("video")
    if [_codec(track) for track, kind in zip(tracks, kinds, strict=True) if kind == b"soun"] != [
        b"mp4a"
    ]:
        raise SoundError("not_a_sound")
    times = next(_boxes(film, b"mvhd"), b"")
    wide = times[:1] == b"\1"
    scale, length = unpack_from(">IQ", times, 20) if wide else unpack_from(">II", times, 12)
    return float(length / scale) if scale else 0.0


def _codec(track: bytes) -> bytes:
    for kind in (b"minf", b"stbl", b"stsd"):
        track = next(_boxes(track, kind), b"")
    return track[12:16]


def _boxes(within: bytes, wanted: bytes) -> Iterator[bytes]:
    """What is in the boxes of this kind, of those that stand side by side."""
    at = 0
    while at + 8 <= len(within):
        size, kind = unpack_from(">I4s", within, at)
        begins = 8
        if size == 1:
            size, begins = unpack_from(">Q", within, at + 8)[0], 16
        elif size == 0:  # to the end
            size = len(within) - at
        if size < begins:
            raise SoundError("broken")
        if kind == wanted:
            yield within[at + begins : at + size]
        at += size


# ------------------------------------------------------------------ pages


def _ogg_seconds(content: bytes) -> float:
    at, rate, skipped, last = 0, 0, 0, 0
    while content.startswith(b"OggS", at):
        begins, position = content[at + 5] & 2, unpack_from("<q", content, at + 6)[0]
        body = at + 27 + content[at + 26]
        if begins:
            rate, skipped = _ogg_codec(content[body : body + 19])
        last = max(last, position)
        at = body + sum(content[at + 27 : body])
    if not rate or at > len(content):
        raise SoundError("broken")
    return (last - skipped) / rate


def _ogg_codec(packet: bytes) -> tuple[int, int]:
    """(positions a second, those not heard) by the first packet of a stream."""
    if packet.startswith(b"OpusHead"):
        return _OPUS_RATE, unpack_from("<H", packet, 10)[0]
    if packet.startswith(b"\1vorbis"):
        return unpack_from("<I", packet, 12)[0], 0
    raise SoundError("video" if packet.startswith(b"\x80theora") else "not_a_sound")
