"""What an uploaded recording is, told by its bytes."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.papers import sound
from survey.papers.sound import MOST_BYTES, MOST_SECONDS, SoundError, read_sound
from survey.papers.words import SOUNDS
from tests.survey.papers.sounds import (
    FRAME_SECONDS,
    aac,
    box,
    m4a,
    mp3,
    opus,
    page,
    slow_mp3,
    vorbis,
    wav,
)

TAG = b"TIT2" + bytes(300) + b"\xff\xfb\x90\x64"


def refusal(content: bytes) -> str:
    with pytest.raises(SoundError) as refused:
        read_sound(content)
    return refused.value.code


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (mp3(), "audio/mpeg"),
        (mp3(tag=TAG), "audio/mpeg"),
        (mp3(tag=TAG) + b"TAG" + bytes(125), "audio/mpeg"),
        (slow_mp3(40), "audio/mpeg"),
        (aac(), "audio/aac"),
        (m4a(), "audio/mp4"),
        (opus(), "audio/ogg"),
        (vorbis(), "audio/ogg"),
    ],
    ids=["mp3", "mp3 with a title", "mp3 tagged twice", "slow mp3", "aac", "m4a", "opus", "vorbis"],
)
def test_a_recording_is_told_by_its_bytes(content: bytes, media_type: str) -> None:
    taken = read_sound(content)
    assert (taken.media_type, taken.content) == (media_type, content)


def test_a_recording_is_known_by_the_digest_of_its_bytes() -> None:
    # sha256sum of forty frames.
    assert read_sound(mp3()).digest == (
        "cb42a51af11d2386859b2d77870c308e0b14b2ea329cda284093c3117d703a4d"
    )


@pytest.mark.parametrize(
    "content",
    [
        wav(),
        b"#!AMR\n" + bytes(500),
        b"\x1a\x45\xdf\xa3" + bytes(500),
        b"%PDF-1.7\n" + bytes(500),
        "Câu 1: Mấy?".encode(),
        b"\xff\xfb\x90\x64" + b"x" * 500,
        mp3(2),
        m4a(codec=b"alac"),
        m4a(codec=b"samr"),
        m4a(kinds=()),
        page(b"\x7fFLAC", 0, first=True),
    ],
    ids=["wav", "amr", "webm", "pdf", "text", "one sync", "two frames", "lossless", "3gp",
         "no track", "flac"],
)  # fmt: skip
def test_what_phones_do_not_all_play_is_refused(content: bytes) -> None:
    assert refusal(content) == "not_a_sound"


@pytest.mark.parametrize(
    "content",
    [m4a(kinds=(b"soun", b"vide")), page(b"\x80theora", 0, first=True)],
    ids=["mp4", "ogg"],
)
def test_a_film_is_refused_by_its_name(content: bytes) -> None:
    assert refusal(content) == "video"


def test_an_empty_file_is_refused() -> None:
    assert refusal(b"") == "empty"


def test_a_megabyte_is_taken_and_a_byte_more_is_not() -> None:
    full = mp3().ljust(MOST_BYTES, b"x")
    assert len(read_sound(full).content) == 1024 * 1024
    assert refusal(full + b"x") == "too_big"


@pytest.mark.parametrize(
    ("make", "a_second"),
    [
        (slow_mp3, 1000 / 24),
        (aac, 44100 / 1024),
        (m4a, 1),
        (opus, 1),
        (vorbis, 1),
    ],
)
def test_two_minutes_are_taken_and_ten_seconds_more_are_not(
    make: Callable[[int], bytes], a_second: float
) -> None:
    assert read_sound(make(round(120 * a_second))).media_type.startswith("audio/")
    assert refusal(make(round((MOST_SECONDS + 5) * a_second))) == "too_long"


def test_the_length_of_frames_is_that_of_the_standard() -> None:
    content = mp3(100)
    assert sound._recognised(content) == ("audio/mpeg", pytest.approx(100 * FRAME_SECONDS))


@pytest.mark.parametrize(
    "content",
    [
        m4a()[:60],
        opus()[:40],
        opus()[:-1],
        box(b"ftyp", b"M4A ") + bytes(8),
        box(b"ftyp", b"M4A ") + b"\0\0\0\1moov",
        b"ID3\x04\0\0\0\0",
    ],
    ids=["m4a", "ogg packet", "ogg end", "empty box", "half a size", "title alone"],
)
def test_a_file_that_did_not_arrive_whole_is_refused(content: bytes) -> None:
    assert refusal(content) == "broken"


BEGINNINGS = st.sampled_from([b"", b"ID3\4\0\0", b"\0\0\0\x18ftyp", b"OggS\0\2", b"\xff\xfb\x90"])
WHOLE = st.sampled_from([mp3(4), aac(4), m4a(), opus(), vorbis()])


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """A recording with some of its bytes changed."""
    content = bytearray(draw(WHOLE))
    for at in draw(st.lists(st.integers(0, len(content) - 1), max_size=8)):
        content[at] = draw(st.integers(0, 255))
    return bytes(content[: draw(st.integers(0, len(content)))])


@given(spoilt() | st.builds(bytes.__add__, BEGINNINGS, st.binary(max_size=400)))
def test_whatever_is_uploaded_there_is_a_sentence_for_it(content: bytes) -> None:
    try:
        said = read_sound(content).media_type
    except SoundError as error:
        said = str(SOUNDS[error.code])
    assert said
