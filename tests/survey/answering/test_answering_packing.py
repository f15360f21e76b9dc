"""Pieces compressed apart are one gzip file together."""

import gzip
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from survey.answering.packing import LONGEST_TAIL, gzip_of, packed, plain_of
from tests.world import World

plains = st.lists(st.binary(max_size=3000))


@given(plains, st.binary(max_size=3000))
def test_what_is_joined_is_what_is_unpacked(plain: list[bytes], tail: bytes) -> None:
    """`gzip.decompress` checks the sum and the length that stand at the end."""
    page = gzip_of([packed(part) for part in plain], tail)
    assert gzip.decompress(page) == b"".join(plain) + tail == plain_of(page)


def test_the_longest_tail_holds() -> None:
    longest = bytes(LONGEST_TAIL)
    assert gzip.decompress(gzip_of([packed(b"begin")], longest)) == b"begin" + longest


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
