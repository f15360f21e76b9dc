"""What results are called on the screen and in files, and the sentence that sums up a page."""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from quizzes.disclosure import LEAST
from survey.answering.models import Seal
from survey.results.figures import Score
from survey.results.queries import Gap, Standing
from survey.web import number, percentage

BANDS = {"good": _l("Tốt"), "fair": _l("Khá"), "pass": _l("Đạt"), "below": _l("Chưa đạt")}
KINDS = {
    "before": _l("Trước hội nghị"),
    "after": _l("Sau hội nghị"),
    "check": _l("Kiểm tra chi bộ"),
}
LEVELS = {
    "recall": _l("Nhận biết"),
    "understanding": _l("Thông hiểu"),
    "application": _l("Vận dụng"),
}


def gap_words(gap: Gap) -> str:
    """Why there are no scores, in place of them."""
    match gap:
        case Gap.NOBODY:
            words = _("Chưa có người trả lời")
        case Gap.SOON:
            words = _("Chưa đủ phiếu để hiện khi đang mở")
        case Gap.FEW:
            words = _("Không hiển thị do số người trả lời dưới %(least)d", least=LEAST)
        case Gap.SHIELD:
            words = _("Không hiển thị để không suy ra được nhóm dưới %(least)d người", least=LEAST)
    return str(words)


def score_words(score: Score) -> str:
    """`71,4 (70,6–72,2)`."""
    mean = number(score.mean, 1)
    if score.interval is None:
        return mean
    low, high = score.interval
    return f"{mean} ({number(low, 1)}–{number(high, 1)})"


def signed(value: Decimal) -> str:
    """`+4,2`, `-4,2` with a true minus, `0,0`."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return sign + number(abs(value), 1)


def summary(own: Standing, score: Score | None) -> str:
    """The one sentence that a page says."""
    if own.expected is None or own.uncounted:
        who = _("%(answered)s người trả lời", answered=number(own.answered))
    else:
        who = _(
            "%(answered)s/%(expected)s người trả lời (%(share)s)",
            answered=number(own.answered),
            expected=number(own.expected),
            share=percentage(own.participation),
        )
    if score is not None:
        what = _("điểm trung bình %(score)s", score=score_words(score))
    else:
        what = _("chưa có điểm để hiện") if own.gap in (None, Gap.NOBODY) else gap_words(own.gap)
        what = what[:1].lower() + what[1:]
    return str(_("%(name)s: %(who)s, %(what)s.", name=own.name, who=who, what=what))


def seal_words(seal: Seal, sheets: int | None = None) -> str:
    """That what is shown was sealed, and by what that can be checked; or, loudly, that it is not
    what was sealed. `sheets` only for those who see the whole. No semicolon, for it goes into
    CSV."""
    if not seal.intact:
        words = _(
            "CẢNH BÁO: dữ liệu không còn khớp mã kiểm tra lúc niêm phong %(digest)s. "
            "Không dùng số liệu này, báo ngay người quản trị hệ thống.",
            digest=seal.digest,
        )
    elif sheets is None:
        words = _("Đã niêm phong, mã kiểm tra %(digest)s.", digest=seal.digest)
    else:
        words = ngettext(
            "Đã niêm phong: %(count)s phiếu, mã kiểm tra %(digest)s.",
            "Đã niêm phong: %(count)s phiếu, mã kiểm tra %(digest)s.",
            sheets,
            count=number(sheets),
            digest=seal.digest,
        )
    return str(words)


# What the templates of this room know besides their figures.
FOR_PAGES: dict[str, Any] = {
    "bands": BANDS,
    "kinds": KINDS,
    "levels": LEVELS,
    "gap_words": gap_words,
    "score_words": score_words,
    "seal_words": seal_words,
    "signed": signed,
    "least": LEAST,
}
