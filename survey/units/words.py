"""What this room says: names of kinds, and why a change, a row or a file was not taken."""

from flask_babel import lazy_gettext as _l

from survey.units import rules
from survey.units.listing import Fault, Reason
from survey.units.tree import Kind

KINDS = {
    Kind.PROVINCE: _l("Cấp tỉnh"),
    Kind.DISTRICT: _l("Cấp huyện"),
    Kind.COMMUNE: _l("Cấp xã"),
    Kind.COMMITTEE: _l("Đảng bộ"),
    Kind.SECTION: _l("Đảng bộ bộ phận"),
    Kind.CELL: _l("Chi bộ"),
}


def kind_label(kind: str) -> str:
    """A kind on the screen; one without a word of ours stands as the list had it."""
    return str(KINDS[Kind(kind)]) if kind in set(Kind) else kind


# ------------------------------------------------------------------ changes

# The field of the form that the refusal stands at, and what it says there.
_REFUSALS = {
    rules.CodeTaken: ("code", _l("Mã này đã có tổ chức khác dùng.")),
    rules.NameTaken: (
        "name",
        _l("Dưới cùng cấp trên đã có tổ chức tên này. Thêm chữ để phân biệt."),
    ),
    rules.NotStanding: (
        "on",
        _l("Vào ngày này tổ chức hoặc cấp trên của nó chưa có, hoặc đã định ngày kết thúc."),
    ),
    rules.PastDay: (
        "on",
        _l("Chọn hôm nay hoặc ngày sau: kết quả đã có giữ nguyên tên và cấp trên cũ."),
    ),
    rules.LaterEntry: ("on", _l("Đã ghi một thay đổi từ ngày sau đó. Chọn ngày ấy hoặc muộn hơn.")),
    rules.WouldCircle: (
        "parent_id",
        _l("Không chuyển được: tổ chức sẽ nằm dưới chính nó."),
    ),
    rules.BelowCell: ("parent_id", _l("Dưới chi bộ không có tổ chức nào khác.")),
    rules.HasChildren: (
        "on",
        _l("Còn tổ chức bên dưới. Chuyển hoặc kết thúc các tổ chức ấy trước."),
    ),
    rules.NotCell: ("total", _l("Chỉ ghi số đảng viên ở chi bộ; cấp trên là tổng các chi bộ.")),
}


def refusal(error: rules.Refused) -> tuple[str, str]:
    """At which field, and what to say."""
    field, message = _REFUSALS[type(error)]
    return field, str(message)


# ------------------------------------------------------------------ rows of a list

_FAULTS = {
    Reason.NO_CODE: _l("Thiếu mã."),
    Reason.NO_NAME: _l("Thiếu tên."),
    Reason.TOO_LONG: _l("Quá dài: “%(about)s…”."),
    Reason.DUPLICATE: _l("Trùng mã với dòng %(about)s."),
    Reason.NOT_A_NUMBER: _l("“%(about)s” không phải số đảng viên."),
    Reason.NEGATIVE: _l("Số đảng viên âm: %(about)s."),
    Reason.TOO_MANY: _l("Số đảng viên quá lớn: %(about)s."),
    Reason.ELIGIBLE_ABOVE_TOTAL: _l("Số thuộc diện lớn hơn tổng số: %(about)s."),
    Reason.NO_TOTAL: _l("Có số thuộc diện nhưng thiếu tổng số."),
    Reason.ORPHAN: _l("Không có cấp trên mang mã “%(about)s” vào ngày này."),
    Reason.CYCLE: _l("Vòng lặp: cấp trên “%(about)s” lại nằm dưới chính tổ chức này."),
    Reason.BELOW_CELL: _l("Cấp trên “%(about)s” là chi bộ; dưới chi bộ không có tổ chức khác."),
    Reason.SAME_NAME: _l("Cùng cấp trên đã có tên này (mã “%(about)s”)."),
    Reason.OUTSIDE: _l("Ngoài phạm vi đồng chí phụ trách."),
    Reason.NEW_ROOT: _l("Không có cấp trên: chỉ quản trị lập được tổ chức cao nhất."),
    Reason.OTHER_KIND: _l("Đã ghi là “%(about)s”; chi bộ không đổi thành loại khác. Lập mã mới."),
    Reason.NOT_STANDING: _l("Mã của một tổ chức đã kết thúc, hoặc chưa bắt đầu vào ngày này."),
    Reason.SETTLED: _l("Đã ghi một thay đổi từ ngày sau đó."),
    Reason.PAST_DAY: _l("Đổi tên hoặc cấp trên chỉ ghi được từ hôm nay. Chọn lại ngày."),
}


def fault(found: Fault) -> str:
    about = kind_label(found.about) if found.reason is Reason.OTHER_KIND else found.about
    return str(_FAULTS[found.reason]) % {"about": about}


# ------------------------------------------------------------------ files

SHEETS = {
    "empty": _l("Tệp không có dòng nào."),
    "too_big": _l("Tệp lớn quá 10 MB. Chỉ giữ bảng danh sách rồi thử lại."),
    "too_many_rows": _l("Bảng dài quá 20.000 dòng. Tách thành nhiều tệp."),
    "too_many_columns": _l("Bảng rộng quá 100 cột. Chỉ giữ các cột cần nhập."),
    "old_excel": _l("Tệp Excel đời cũ (.xls). Mở bằng Excel rồi lưu lại dạng .xlsx."),
    "encrypted": _l("Tệp đặt mật khẩu. Bỏ mật khẩu rồi lưu lại."),
    "word": _l("Đây là tệp Word. Chép bảng sang Excel rồi lưu dạng .xlsx."),
    "pdf": _l("Đây là tệp PDF. Cần tệp .xlsx hoặc .csv."),
    "image": _l("Đây là tệp ảnh. Cần tệp .xlsx hoặc .csv."),
    "old_letters": _l(
        "Chữ trong tệp theo bảng mã cũ (TCVN3, VNI hoặc cp1258), không đọc chắc được. "
        "Chuyển sang Unicode rồi lưu lại dạng .xlsx hoặc CSV UTF-8."
    ),
    "not_a_table": _l("Tệp này không phải bảng. Cần tệp .xlsx hoặc .csv."),
    "broken": _l("Tệp hỏng, không đọc được. Mở bằng Excel rồi lưu lại."),
    "too_heavy": _l("Tệp mở ra quá nặng nên đã dừng đọc. Chép riêng bảng sang tệp mới."),
}


def sheet_error(code: str) -> str:
    return str(SHEETS[code])
