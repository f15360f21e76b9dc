"""Wrong codes and tickets are answered at one pace, and slower when there are many.

A guess that is near a real one takes as long as one that is far, so nothing is learned from the
clock. Beyond a budget for each sitting wrong guesses wait longer. Whoever has a right one never
waits: what keeps guessing hopeless is the length of a ticket (52 bits), and a limit that a right
one could meet would let one guesser lock a hall, which is one address to us. Who types the code of
a poster, while a process holds as many guesses as it can, is asked to come again, right or wrong;
a door by its QR is not.
"""

import threading
import time
from collections.abc import Hashable

PACE = 0.3  # seconds from the question to the answer
SLOW = 2.0  # the same when the budget is spent
BUDGET = 60  # wrong guesses at once, a sitting
REFILL = 1.0  # a second
ABOUT = 5000  # sittings that are remembered


class Guesses:
    """One a process: several processes make the budget so many times as large."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left: dict[Hashable, tuple[float, float]] = {}  # (wrong guesses left, as of when)

    def pace(self, about: Hashable, began: float) -> float:
        """Seconds for which the answer to a wrong guess is to be held back from now on. `began`:
        time.monotonic() when it came."""
        pace = PACE if self._take(about, began) else SLOW
        return max(0.0, began + pace - time.monotonic())

    def _take(self, about: Hashable, now: float) -> bool:
        with self._lock:
            left, then = self._left.pop(about, (BUDGET, now))
            left = min(BUDGET, left + (now - then) * REFILL)
            self._left[about] = (max(0.0, left - 1), now)
            if len(self._left) > ABOUT:
                del self._left[next(iter(self._left))]
            return left >= 1
