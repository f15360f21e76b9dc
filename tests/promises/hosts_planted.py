"""The product's application with a fault planted in it, for the server to import."""

import os
from wsgiref.types import WSGIApplication

from survey import create_app
from tests.promises.program import BEFORE


def worker() -> WSGIApplication:
    BEFORE[os.environ["PLANT"]]()
    return create_app()
