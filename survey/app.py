"""The only place where all rooms meet."""

import os
from pathlib import Path
from typing import Any

from flask import Flask

from survey import config, db, web
from survey.access import guards
from survey.access import views as access
from survey.answering import views as answering
from survey.application import Application
from survey.demo import cli as demo_cli
from survey.desk import accounts, check, projector
from survey.desk import cli as desk_cli
from survey.desk import views as desk
from survey.desk.counts import Counts
from survey.papers import views as papers
from survey.results import views as results
from survey.roll import views as roll
from survey.sittings import views as sittings
from survey.units import views as units

ROOT = Path(__file__).resolve().parent.parent


def create_app(
    overrides: dict[str, Any] | None = None, *, instance: str | Path | None = None
) -> Application:
    """The application: the only place where all rooms meet.

    `instance` is the folder of settings and store; by default $SURVEY_INSTANCE or `instance/`.
    """
    folder = Path(instance or os.environ.get("SURVEY_INSTANCE") or ROOT / "instance").resolve()
    app = Application("survey", instance_path=str(folder), static_folder=str(ROOT / "static"))
    config.load(app, overrides)
    db.init_app(app)
    web.init_app(app)
    app.extensions["counts"] = Counts()
    _register_rooms(app)
    return app


ROOMS = (
    access,
    units,
    papers,
    sittings,
    roll,
    answering,
    results,
    desk,
    check,
    projector,
    accounts,
)


def _register_rooms(app: Flask) -> None:
    for room in ROOMS:
        app.register_blueprint(room.bp)
    for commands in (desk_cli, demo_cli):
        commands.register(app)
    guards.require_rules(app)
