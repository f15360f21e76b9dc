"""Comprehension surveys and quizzes on resolutions, for conferences and cell meetings."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from survey.application import Application


def create_app(
    overrides: dict[str, Any] | None = None, *, instance: str | Path | None = None
) -> "Application":
    """The application; see survey/app.py. Loaded only when it is asked for: a child process that
    reads one upload stays small."""
    from survey.app import create_app

    return create_app(overrides, instance=instance)
