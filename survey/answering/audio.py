"""A question read aloud: fetched when somebody taps, and kept by the phone."""

import os
import re
import threading
from pathlib import Path

from flask import Response, abort, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from survey import db
from survey.access.guards import public
from survey.answering.room import bp
from survey.gateway import send_from
from survey.papers.queries import load_recording, recording_type

_DIGEST = re.compile(r"[0-9a-f]{64}")


@bp.get("/A/<digest>")
@public
def recording(digest: str) -> AnyResponse:
    """For whoever knows the digest, which can't be guessed: pages of all doors share one address,
    and the desk listens at the same."""
    kind = recording_type(db.session(), digest) if _DIGEST.fullmatch(digest) else None
    file = _file_of(digest) if kind else None
    if file is None:
        abort(404)
    send_from(file)
    answer = Response(file.read_bytes(), mimetype=kind)
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    answer.set_etag(digest)
    # Browsers ask for sounds by ranges, and some play nothing without them.
    length = answer.content_length
    return answer.make_conditional(request, accept_ranges=True, complete_length=length)


def _file_of(digest: str) -> Path | None:
    """Beside the store, written by the first who taps; there whole or not at all. None where the
    recording was removed in this moment."""
    file = Path(current_app.instance_path) / "recordings" / digest
    if file.exists():
        return file
    found = load_recording(db.session(), digest)
    if found is None:
        return None
    file.parent.mkdir(exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    part.write_bytes(found.content)
    part.replace(file)
    return file
