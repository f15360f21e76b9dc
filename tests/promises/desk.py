"""The desk: an administrator who is signed in."""

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from survey import db, web
from survey.access.models import Account, Role


def administrator(app: Flask) -> FlaskClient:
    """The browser of somebody who may see everything."""
    kept = new_account(app)
    browser = app.test_client()
    with browser.session_transaction() as cookie:
        cookie["account"] = kept
    return browser


def new_account(app: Flask) -> list[int]:
    """What the cookie of a new administrator says."""
    with Session(app.extensions["survey_engine"]) as session, db.writing(session):
        account = Account(
            login="quantri", name="Q", role=Role.ADMINISTRATOR, unit_id=None, created_at=web.now()
        )
        session.add(account)
        session.flush()
        return [account.id, account.generation]
