"""What every page shares: language, numbers and dates, headers, forms, error pages, links."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.numbers import format_decimal
from flask import Flask, Response, current_app, g, render_template, request, session
from flask_babel import Babel, get_locale, gettext
from flask_babel import lazy_gettext as _l
from flask_wtf import CSRFProtect, FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from werkzeug.exceptions import HTTPException
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.routing import IntegerConverter, Map
from wtforms import FileField

LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NO_BREAK = "\u00a0"

# Rooms whose pages set no cookie and whose forms are protected by something else than one.
COOKIELESS = {"answering"}

csrf = CSRFProtect()

CSP: Mapping[str, str] = {
    "default-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'none'",
}


def now() -> datetime:
    """The server's clock, which alone decides; views read it and hand it down."""
    return datetime.now(UTC)


# ------------------------------------------------------------------ language


def choose_language() -> str:
    """The address's `lang`, else what this browser chose before, else Vietnamese."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        if request.blueprint not in COOKIELESS and session.get("lang") != asked:
            session["lang"] = asked
        return asked
    if request.blueprint in COOKIELESS:
        return "vi"
    kept = session.get("lang")
    return kept if kept in LANGUAGES else "vi"


def language() -> str:
    return str(get_locale() or "vi")[:2]


def _languages() -> list[dict[str, Any]]:
    rest = [(k, v) for k, v in request.args.items(multi=True) if k != "lang"]
    return [
        {
            "code": code,
            "label": label,
            "url": f"{request.path}?{urlencode([*rest, ('lang', code)])}",
            "current": code == language(),
        }
        for code, label in LANGUAGES.items()
    ]


# ------------------------------------------------------------------ numbers and dates


def number(value: float | Decimal | None, places: int | None = None) -> str:
    """`1234.5` -> `1.234,5` (`1,234.5` in English); None -> a dash."""
    if value is None:
        return "–"
    pattern = "#,##0.###" if places is None else "#,##0" + ("." + "0" * places if places else "")
    return format_decimal(value, format=pattern, locale=language())


def percentage(value: float | Decimal | None, places: int = 1) -> str:
    """A figure of 0-100 with its sign: `86,3 %` (`86.3%` in English); None -> a dash."""
    if value is None:
        return "–"
    gap = NO_BREAK if language() == "vi" else ""
    return number(value, places) + gap + "%"


def moment(value: datetime | None) -> str:
    """`10:42 05/12/2026`, by the clock of Việt Nam."""
    return "–" if value is None else _moment(value.replace(second=0, microsecond=0))


@lru_cache(maxsize=1024)
def _moment(minute: datetime) -> str:
    """Remembered, as every phone of a hall is told the same minute."""
    return minute.astimezone(ZONE).strftime("%H:%M %d/%m/%Y")


def day(value: date | datetime | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(ZONE)
    return value.strftime("%d/%m/%Y")


# ------------------------------------------------------------------ links


def public_url(path: str) -> str:
    """The address that goes into a QR: from the configuration, never from the Host header."""
    address = current_app.config["PUBLIC_ADDRESS"]
    if not address:
        raise RuntimeError("PUBLIC_ADDRESS is not configured")
    return f"{address}{path}"


def public_host() -> str:
    """The public address as it is read out: without the scheme."""
    return str(current_app.config["PUBLIC_ADDRESS"]).split("://", 1)[-1]


# ------------------------------------------------------------------ forms

_FORM_MESSAGES = {
    "This field is required.": _l("Cần điền ô này."),
    "Not a valid choice": _l("Lựa chọn này không có trong danh sách."),
    "Not a valid choice.": _l("Lựa chọn này không có trong danh sách."),
    "Invalid Choice: could not coerce.": _l("Lựa chọn này không có trong danh sách."),
    "Invalid choice(s): one or more data inputs could not be coerced.": _l(
        "Lựa chọn này không có trong danh sách."
    ),
    "Not a valid integer value.": _l("Cần điền một số nguyên."),
    "Not a valid decimal value.": _l("Cần điền một số."),
    "Not a valid date value.": _l("Ngày chưa đúng, ví dụ đúng: 05/12/2026."),
    "Not a valid datetime value.": _l("Ngày giờ chưa đúng."),
    "Not a valid time value.": _l("Giờ chưa đúng, ví dụ đúng: 10:42."),
    "Invalid input.": _l("Nội dung chưa đúng."),
    "Invalid URL.": _l("Địa chỉ trang chưa đúng, cần bắt đầu bằng https://"),
    "CSRF token missing": _l("Trang đã cũ. Đồng chí tải lại trang rồi làm lại."),
    "The CSRF token is missing.": _l("Trang đã cũ. Đồng chí tải lại trang rồi làm lại."),
    "The CSRF token is invalid.": _l("Trang đã cũ. Đồng chí tải lại trang rồi làm lại."),
    "The CSRF session token is missing.": _l("Trang đã cũ. Đồng chí tải lại trang rồi làm lại."),
}


class _Messages:
    """WTForms speaks English; what it says is looked up here and then in our catalogue."""

    def gettext(self, string: str) -> str:
        return str(_FORM_MESSAGES.get(string, string))

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return self.gettext(singular if n == 1 else plural)


class Form(FlaskForm):
    """The base of every form on a signed-in page."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: object) -> _Messages:
            return _Messages()

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Files only where a file is asked for: sent in place of a text it is nothing."""
            wrapped = super().wrap_formdata(form, formdata)
            if wrapped is formdata or not isinstance(wrapped, CombinedMultiDict):
                return wrapped  # given by the view, or without files
            wanted = {field.name for field in form if isinstance(field, FileField)}
            files = [pair for pair in request.files.items(multi=True) if pair[0] in wanted]
            return CombinedMultiDict([MultiDict(files), request.form])


# ------------------------------------------------------------------ pages


class IdConverter(IntegerConverter):
    """`<int:…>` of an address: what no store can hold is not found, and no fault."""

    def __init__(self, map: Map, **options: Any) -> None:
        super().__init__(map, **({"max": 2**31 - 1} | options))


def _error_page(error: HTTPException) -> tuple[str, int]:
    code = error.code or 500
    g.csp = {}  # an attendee's page has a policy of its own, and this page another sheet
    if code >= 500:
        g.account = None  # whatever failed, asking the store again who is here may fail too
    return render_template("error.html", code=code), code


def safe_headers(policy: Mapping[str, str]) -> dict[str, str]:
    """What every answer says to browsers; `policy` is what a page's own CSP changes."""
    return {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in {**CSP, **policy}.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=(), browsing-topics=()",
    }


def _headers(response: Response) -> Response:
    policy: Mapping[str, str] = getattr(g, "csp", {})
    named = _header_list(tuple(policy.items()))
    if "Cache-Control" in response.headers or request.endpoint == "static":
        named = named[1:]
    response.headers.extend(named)
    return response


@lru_cache(maxsize=16)
def _header_list(policy: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Put together once for each policy; no view sets one of them itself, but the first."""
    return tuple(safe_headers(dict(policy)).items())


def init_app(app: Flask) -> None:
    if app.config["PROXIES"]:
        hops = int(app.config["PROXIES"])
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops)  # type: ignore[method-assign]
    Babel(app, locale_selector=choose_language)
    csrf.init_app(app)
    app.url_map.converters["int"] = IdConverter
    app.register_error_handler(HTTPException, _error_page)
    app.after_request(_headers)
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # half the bytes of Vietnamese
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    filters: Sequence[Callable[..., str]] = (number, percentage, moment, day)
    app.jinja_env.filters.update({f.__name__: f for f in filters})
    app.jinja_env.globals.update(language=language, _=gettext)

    @app.context_processor
    def shared() -> dict[str, Any]:
        return {"languages": _languages(), "moment_now": now()}
