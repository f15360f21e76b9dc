"""Flask, but for what is written down of a request whose view fails."""

from itertools import chain
from traceback import format_tb
from types import TracebackType

from flask import Flask, request

Raised = tuple[type, BaseException, TracebackType] | tuple[None, None, None]


class Application(Flask):
    def log_exception(self, exc_info: Raised) -> None:
        """Where it went wrong and with what. Neither the address, in which stand a door's key and
        a person's ticket, nor what the exceptions say, which may be what was sent."""
        self.logger.error(
            "Exception in %s [%s]\n%s", request.endpoint, request.method, _frames(exc_info[1])
        )


def _frames(error: BaseException | None) -> str:
    """The traceback as Python gives it, the first cause first, each exception by its name."""
    told: list[list[str]] = []
    while error is not None:
        kind = type(error)
        # What the system and SQLite call it: a full disk is no other class than a broken one.
        code = getattr(error, "sqlite_errorname", None) or getattr(error, "strerror", None)
        name = f"{kind.__module__}.{kind.__qualname__}" + (f": {code}" if code else "")
        told.append([*format_tb(error.__traceback__), name + "\n"])
        error = error.__cause__ or error.__context__
    return "".join(chain.from_iterable(reversed(told)))
