"""A question read aloud: fetched when somebody taps, and kept by the phone."""

import re

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from survey import db
from survey.access.guards import public
from survey.answering.room import bp
from survey.papers.queries import load_recording

_DIGEST = re.compile(r"[0-9a-f]{64}")


@bp.get("/A/<digest>")
@public
def recording(digest: str) -> AnyResponse:
    """For whoever knows the digest, which can't be guessed: pages of all doors share one address,
    and the desk listens at the same."""
    found = load_recording(db.session(), digest) if _DIGEST.fullmatch(digest) else None
    if found is None:
        abort(404)
    # In one piece: a server's thread is not held by a phone that takes minutes over it.
    answer = Response(found.content, mimetype=found.media_type)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.set_etag(digest)
    # Browsers ask for sounds by ranges, and some play nothing without them.
    length = len(found.content)
    return answer.make_conditional(request, accept_ranges=True, complete_length=length)
