"""What a door, and a ticket through it, look like on paper: the QR, the address, the code."""

from functools import lru_cache
from itertools import groupby

from markupsafe import Markup

from survey import web
from survey.sittings.models import Door
from survey.sittings.queries import DoorSeen


def door_link(door: Door | DoorSeen) -> str:
    """`HTTPS://KHAOSAT.EXAMPLE.VN/D/<KEY>`: all in capitals, so that the QR can say it in its
    alphanumeric mode and is a version smaller. Host names do not know small letters."""
    return web.public_url(f"/D/{door.key}").upper()


def ticket_link(door: Door | DoorSeen, ticket: str) -> str:
    """The same door for whoever holds this ticket: `HTTPS://HOST/D/<KEY>/<TICKET>`."""
    return f"{door_link(door)}/{ticket}"


def qr_matrix(text: str, mask: int | None = None) -> list[list[bool]]:
    """The modules of the QR, row by row, with the quiet zone of four around it.

    Level Q: a quarter of it may be creased, stained or under somebody's thumb. `mask` None:
    the best of the eight, for which all eight are tried.
    """
    import qrcode

    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_Q, border=4, mask_pattern=mask)
    code.add_data(text)
    code.make(fit=True)
    matrix: list[list[bool]] = code.get_matrix()
    return matrix


@lru_cache(maxsize=512)
def qr_svg(text: str) -> Markup:
    return drawing(qr_matrix(text))


def ticket_svg(text: str) -> Markup:
    """One of thousands, held at arm's length: any mask will do, at a seventh of the time. Not
    kept: nobody asks for it twice, and a code has no business in memory."""
    return drawing(qr_matrix(text, mask=3))


def drawing(rows: list[list[bool]]) -> Markup:
    """The QR as a drawing that scales; black on its own white, whatever the page's colours.

    Neighbouring modules of a row are one rectangle: a fifth of the length of module by module,
    and no hairlines between them on a projector.
    """
    size = len(rows)
    bars = []
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            width = len(list(run))
            if dark:
                bars.append(f"M{x} {y}h{width}v1h-{width}z")
            x += width
    return Markup(  # noqa: S704  whole numbers only
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
        f'shape-rendering="crispEdges" aria-hidden="true">'
        f'<path fill="#fff" d="M0 0h{size}v{size}H0z"/><path d="{"".join(bars)}"/></svg>'
    )
