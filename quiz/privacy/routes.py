"""My data: what is kept about me, to read and to take away."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from quiz.privacy import service
from quiz.privacy.service import Row
from quiz.web.clock import now
from quiz.web.formatting import PROBLEM_NAMES, STATUS_NAMES, moment, points
from quiz.web.guards import me

bp = Blueprint("privacy", __name__, url_prefix="/my-data")

TABLE_NAMES = {
    "person": _("Hồ sơ"),
    "posting": _("Nơi công tác"),
    "role_grant": _("Vai trò được giao"),
    "sign_in": _("Các phiên đăng nhập"),
    "one_time_code": _("Mã dùng một lần đã cấp"),
    "roster_entry": _("Tên trong danh sách dự thi"),
    "attempt": _("Các lượt thi và thi thử"),
    "save": _("Nhật ký lưu câu trả lời"),
    "refused_save": _("Lần lưu không được nhận"),
    "response": _("Câu trả lời đã chấm"),
    "lesson_progress": _("Bài đã đọc"),
    "standing": _("Kết quả cao nhất của từng đợt"),
    "certificate": _("Giấy chứng nhận"),
    "item_report": _("Câu hỏi Anh/Chị đã báo"),
    "card": _("Thẻ ôn tập"),
    "audit_event": _("Nhật ký hệ thống về Anh/Chị"),
}
COLUMN_NAMES = {
    "id": _("Mã số"),
    "staff_code": _("Mã cán bộ"),
    "staff_code_key": _("Mã cán bộ để so trùng"),
    "full_name": _("Họ và tên"),
    "sort_key": _("Khóa sắp xếp theo tên"),
    "folded_name": _("Tên không dấu để tìm"),
    "is_active": _("Đang hoạt động"),
    "is_ranked": _("Được xếp hạng"),
    "pseudonym": _("Tên hiển thị với người khác"),
    "extra_time_percent": _("Thời gian thêm, phần trăm"),
    "created_at": _("Tạo lúc"),
    "person_id": _("Mã số của Anh/Chị"),
    "agency_id": _("Đơn vị"),
    "since": _("Từ ngày"),
    "until": _("Đến ngày"),
    "role": _("Vai trò"),
    "granted_at": _("Giao lúc"),
    "last_seen_at": _("Thao tác gần nhất"),
    "expires_at": _("Hết hạn lúc"),
    "ended_at": _("Kết thúc lúc"),
    "used_at": _("Dùng lúc"),
    "campaign_id": _("Đợt thi"),
    "excused_reason": _("Lý do được miễn"),
    "lesson_code": _("Bài học"),
    "number": _("Lượt"),
    "state": _("Trạng thái"),
    "started_at": _("Bắt đầu"),
    "deadline_at": _("Hạn nộp"),
    "finished_at": _("Nộp lúc"),
    "submit_op_id": _("Mã lần nộp"),
    "lease_id": _("Phiên đang giữ lượt"),
    "graded_at": _("Chấm lúc"),
    "paper": _("Câu hỏi"),
    "score": _("Điểm"),
    "op_id": _("Mã lần lưu"),
    "attempt_id": _("Lượt"),
    "position": _("Câu số"),
    "revision": _("Lần sửa"),
    "is_stale": _("Đã có câu mới hơn"),
    "saved_at": _("Lưu lúc"),
    "answer": _("Câu trả lời"),
    "confidence": _("Mức chắc chắn"),
    "reason": _("Lý do"),
    "size": _("Số byte"),
    "refused_at": _("Thời điểm"),
    "item_code": _("Mã câu hỏi"),
    "mark_numerator": _("Điểm câu (tử số)"),
    "mark_denominator": _("Điểm câu (mẫu số)"),
    "read_at": _("Đọc xong lúc"),
    "practice": _("Loại thi thử"),
    "remembered_at": _("Ghi vào phần ôn tập lúc"),
    "grade": _("Mức nhớ"),
    "stability": _("Độ bền nhớ, ngày"),
    "difficulty": _("Độ khó với Anh/Chị"),
    "answered_at": _("Trả lời lúc"),
    "due_at": _("Hẹn ôn lúc"),
    "attempts": _("Số lượt thi"),
    "best_score": _("Điểm cao nhất"),
    "problem": _("Điều chưa ổn"),
    "status": _("Tình trạng"),
    "reply": _("Trả lời"),
    "replied_at": _("Trả lời lúc"),
    "reply_seen_at": _("Xem trả lời lúc"),
    "code": _("Số"),
    "issuer_name": _("Nơi cấp"),
    "campaign_name": _("Tên đợt thi"),
    "agency_name": _("Tên đơn vị"),
    "issued_at": _("Ngày cấp"),
    "happened_at": _("Thời điểm"),
    "action": _("Việc"),
    "object_kind": _("Loại đối tượng"),
    "object_id": _("Đối tượng"),
    "details": _("Chi tiết"),
    "request_id": _("Mã yêu cầu"),
}
VALUE_NAMES = {
    "state": {
        "open": _("đang làm"),
        "submitted": _("đã nộp, chờ chấm"),
        "graded": _("đã chấm"),
        "annulled": _("đã hủy"),
    },
    "role": {
        "coordinator": _("đầu mối"),
        "trainer": _("cán bộ tập huấn"),
        "organiser": _("Ban Tổ chức"),
        "auditor": _("kiểm tra"),
    },
    "confidence": {
        "unsure": _("Không chắc"),
        "fairly": _("Khá chắc"),
        "sure": _("Chắc chắn"),
    },
    "grade": {
        "again": _("chưa nhớ"),
        "hard": _("nhớ mà chưa chắc"),
        "good": _("nhớ"),
        "easy": _("nhớ chắc"),
    },
    "problem": PROBLEM_NAMES,
    "status": STATUS_NAMES,
}
SCORES = {"score", "best_score"}


@dataclass(frozen=True)
class Section:
    """One table in words: its name, and for each row the named values."""

    name: str
    rows: list[list[tuple[str, list[str]]]]


@bp.get("")
def show() -> ResponseReturnValue:
    """Everything that is kept about me, in words."""
    return render_template("privacy/show.html", sections=_sections(), moment=now())


@bp.get("/export.html")
def as_html() -> ResponseReturnValue:
    """The same as one file that any browser opens."""
    page = render_template("privacy/export.html", sections=_sections(), moment=now())
    return _file(page, "text/html; charset=utf-8", "du-lieu-cua-toi.html")


@bp.get("/export.json")
def as_json() -> ResponseReturnValue:
    """The same for machines."""
    text = service.as_json(service.export(me().person_id, now()), now())
    return _file(text, "application/json", "du-lieu-cua-toi.json")


def _file(content: str, mimetype: str, name: str) -> Response:
    response = Response(content, content_type=mimetype)
    response.headers["Content-Disposition"] = f"attachment; filename={name}"
    return response


def _sections() -> list[Section]:
    tables = service.export(me().person_id, now())
    return [
        Section(str(TABLE_NAMES[name]), [_named(row) for row in rows])
        for name, rows in tables.items()
    ]


def _named(row: Row) -> list[tuple[str, list[str]]]:
    shown = [(column, _in_words(column, value)) for column, value in row.values.items()]
    held_back = [(column, [gettext("chưa công bố")]) for column in row.withheld]
    return [(str(COLUMN_NAMES[column]), words) for column, words in shown + held_back]


def _in_words(column: str, value: Any) -> list[str]:
    """The value as people read it, a line per part."""
    if isinstance(value, list):
        return [str(part) for part in value]
    if value is None or value == {}:
        return ["–"]
    if column in SCORES:
        return [points(value)]
    if column in VALUE_NAMES:
        return [str(VALUE_NAMES[column][value])]
    words: Mapping[type, Callable[[Any], str]] = {
        bool: lambda one: gettext("có") if one else gettext("không"),
        datetime: moment,
        date: lambda one: one.strftime("%d/%m/%Y"),
        bytes: bytes.hex,
        dict: lambda one: json.dumps(one, ensure_ascii=False),
    }
    return [words.get(type(value), str)(value)]
