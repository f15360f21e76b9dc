"""Pieces compressed apart are one gzip file together."""

import gzip
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from survey.answering.packing import LONGEST_STORED, gzip_of, packed, plain_of, stored
from tests.world import World

kinds = st.sampled_from([packed, stored])
pieces = st.lists(st.builds(lambda kind, plain: kind(plain), kinds, st.binary(max_size=3000)))


@given(pieces)
def test_what_is_joined_is_what_is_unpacked(parts: list[object]) -> None:
    assert gzip.decompress(gzip_of(parts)) == plain_of(parts)  # type: ignore[arg-type]


def test_the_longest_stored_piece_holds() -> None:
    longest = stored(bytes(LONGEST_STORED))
    assert gzip.decompress(gzip_of([longest, packed(b"end")])) == bytes(LONGEST_STORED) + b"end"


@pytest.mark.usefixtures("clock")
def test_the_page_travels_compressed_and_is_one_response_of_at_most_14_kb(
    client: FlaskClient, plan: Callable[..., int], key_of: Callable[..., str], world: World
) -> None:
    address = f"/D/{key_of(plan(), hall=world.halls[0])}"
    page = client.get(address, headers={"Accept-Encoding": "gzip, deflate, br"})
    assert page.headers["Content-Encoding"] == "gzip"
    assert page.headers["Vary"] == "Accept-Encoding"
    assert len(page.data) <= 14_000
    text = gzip.decompress(page.data).decode()
    assert text.endswith("</html>\n")
    plain = client.get(address)
    assert "Content-Encoding" not in plain.headers
    assert len(plain.text) == pytest.approx(len(text), abs=50)
