"""One promise at the size of a release: what is played, and the fault that must be caught first."""

from collections.abc import Callable
from typing import NamedTuple


class Said(NamedTuple):
    held: bool
    figures: str


def plant(module: object, name: str, fault: object) -> None:
    """For good: a planted fault is played in a process of its own."""
    setattr(module, name, fault)


class Part(NamedTuple):
    promise: str
    minutes: float  # at most
    play: Callable[[], Said]
    planted: Callable[[], bool]
