"""The words of this room as people read them."""

from flask_babel import lazy_gettext as _l

from survey.sittings import operations
from survey.sittings.models import Kind, Show

KINDS = {
    Kind.BEFORE: _l("Trước hội nghị"),
    Kind.AFTER: _l("Sau hội nghị"),
    Kind.CHECK: _l("Kiểm tra tại chi bộ"),
}
SHOWS = {
    Show.THANKS: _l("Chỉ lời cảm ơn"),
    Show.SCORE: _l("Số câu trả lời đúng"),
    Show.ANSWERS: _l("Số câu đúng, đáp án và giải thích"),
}
# Whether a sitting takes tickets; with what each way cannot do.
ENTRANCES = {
    False: _l(
        "Cửa mở: mỗi điện thoại một phiếu trả lời. "
        "Không phân biệt được một người với hai điện thoại."
    ),
    True: _l(
        "Phiếu mã một lần: in phiếu cho từng chi bộ, mỗi phiếu dùng một lần. "
        "Không phân biệt được người rút phiếu với bạn được đưa phiếu."
    ),
}
REFUSALS: dict[type[operations.WrongState], object] = {
    operations.SittingPlanned: _l("Đợt khảo sát chưa mở."),
    operations.SittingOpen: _l("Đợt khảo sát đang mở."),
    operations.SittingPaused: _l("Đợt khảo sát đang tạm dừng."),
    operations.SittingClosed: _l("Đợt khảo sát đã kết thúc nên không đổi được nữa."),
}
