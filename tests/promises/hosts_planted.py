"""The product's application with a fault planted in it, for the server to import."""

import os

from survey import server
from survey.answering.front import Front
from tests.promises.program import BEFORE


def worker() -> Front:
    BEFORE[os.environ["PLANT"]]()
    return server.worker()
