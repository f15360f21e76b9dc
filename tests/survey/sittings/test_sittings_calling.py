"""Pasted lines and the units that they mean."""

from unicodedata import normalize

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.sittings.calling import MANY, Register
from survey.units.queries import Node, Tree

TREE = Tree(
    [
        Node(1, "QN", "province", "Đảng bộ tỉnh Quảng Ngãi", None),
        Node(2, "QN-1", "commune", "Đảng bộ xã Đăk Tô", 1),
        Node(3, "QN-1-T1", "cell", "Chi bộ thôn 1", 2),
        Node(4, "QN-1-T10", "cell", "Chi bộ thôn 10", 2),
        Node(5, "QN-2", "commune", "Đảng bộ xã Ba Tơ", 1),
        Node(6, "QN-2-T1", "cell", "Chi bộ thôn 1", 5),
        Node(7, "QN-2-T2", "cell", "Chi bộ Trường Mầm non Tuổi Hoa", 5),
    ]
)


@pytest.fixture
def register() -> Register:
    return Register(TREE, [1])


def ids(nodes: tuple[Node, ...]) -> list[int]:
    return [node.id for node in nodes]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("QN-1-T10", [4]),
        ("qn-1-t10 ", [4]),
        ("Đảng bộ xã Đăk Tô", [2]),
        ("dang uy xa dak to", [2]),
        ("xã Đăk Tô", [2]),
        ("Chi bộ thôn 1, Đảng bộ xã Đăk Tô", [3]),
        ("chi bộ thôn 1 - xã Đăk Tô", [3]),
        ("thôn 10", [4]),
        ("mầm non tuổi hoa", [7]),
        ("Chi bộ thôn 1", [6, 3]),
        ("chi bo", [6, 7, 3, 4]),
        ("thôn 100", []),
        ("Đảng bộ xã Đăk Hà", []),
        ("", []),
        ("???", []),
    ],
)
def test_a_unit_is_meant_by_its_code_its_name_or_its_name_and_place(
    register: Register, text: str, meant: list[int]
) -> None:
    assert ids(register.find(text)) == meant


def test_a_name_in_torn_off_marks_is_the_same_name(register: Register) -> None:
    assert ids(register.find(normalize("NFD", "Đảng bộ xã Đăk Tô"))) == [2]


def test_only_units_below_the_given_ones_are_meant() -> None:
    below = Register(TREE, [5])
    assert ids(below.find("Chi bộ thôn 1")) == [6]
    assert below.find("QN-1-T10") == ()
    assert Register(TREE, [99]).find("QN") == ()


def test_lines_keep_their_order_and_blank_or_repeated_ones_go(register: Register) -> None:
    lines = register.read(["  thôn   10 ", "", "không có", "thôn 10", "QN-2"])
    assert [(line.text, ids(line.found)) for line in lines] == [
        ("thôn 10", [4]),
        ("không có", []),
        ("QN-2", [5]),
    ]


def test_a_line_that_means_too_much_is_cut_one_above_the_limit() -> None:
    cells = [Node(i, f"C{i}", "cell", "Chi bộ thôn 1", 1) for i in range(2, 60)]
    tree = Tree([Node(1, "QN", "province", "Đảng bộ tỉnh", None), *cells])
    assert len(Register(tree, [1]).find("Chi bộ thôn 1")) == MANY + 1


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(text=st.text(max_size=40) | st.sampled_from([node.name for node in TREE]))
def test_whatever_is_pasted_means_units_of_the_register(register: Register, text: str) -> None:
    assert set(register.find(text)) <= set(TREE)
