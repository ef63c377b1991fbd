"""Error pages: what happened, what to do, and a reference number."""

import logging
import math
import secrets
from dataclasses import dataclass

from flask import (
    Flask,
    Response,
    current_app,
    g,
    make_response,
    redirect,
    render_template,
    request,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from flask_login import AnonymousUserMixin
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, MethodNotAllowed, TooManyRequests

from quiz.audit.service import request_id
from quiz.domain.errors import N_, Refused
from quiz.models import transactions
from quiz.web.formatting import moment

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Explanation:
    """What a person reads when a request fails."""

    title: str
    sentence: str


EXPLANATIONS = {
    400: Explanation(
        N_("Yêu cầu chưa đúng"),
        N_("Máy chủ không hiểu yêu cầu này. Hãy quay lại trang trước, tải lại rồi thử lần nữa."),
    ),
    401: Explanation(
        N_("Anh/Chị cần đăng nhập"),
        N_("Phiên làm việc đã kết thúc. Hãy đăng nhập lại để làm tiếp; những gì đã lưu vẫn còn."),
    ),
    403: Explanation(
        N_("Trang này dành cho vai trò khác"),
        N_(
            "Tài khoản của Anh/Chị chưa được giao quyền xem trang này. "
            "Nếu cần, hãy liên hệ đầu mối của đơn vị."
        ),
    ),
    404: Explanation(
        N_("Không tìm thấy trang"),
        N_(
            "Địa chỉ này không có hoặc không dành cho Anh/Chị. "
            "Hãy kiểm tra lại đường dẫn, hoặc về trang chủ."
        ),
    ),
    405: Explanation(
        N_("Thao tác chưa đúng"),
        N_("Trang này không nhận thao tác vừa gửi. Hãy quay lại trang trước rồi thử lần nữa."),
    ),
    413: Explanation(
        N_("Nội dung gửi lên quá lớn"),
        N_("Nội dung vừa gửi vượt giới hạn nên chưa được lưu. Hãy rút gọn rồi gửi lại."),
    ),
    429: Explanation(
        N_("Anh/Chị thử hơi nhiều lần"),
        N_("Để giữ an toàn cho tài khoản, hãy chờ vài phút rồi thử lại. Tài khoản không bị khóa."),
    ),
    500: Explanation(
        N_("Hệ thống gặp lỗi"),
        N_(
            "Lỗi đã được ghi lại. Những câu trả lời đã lưu vẫn còn nguyên. Hãy thử lại sau ít phút."
        ),
    ),
    503: Explanation(
        N_("Hệ thống tạm thời bận"),
        N_("Câu trả lời vừa gửi chưa được lưu. Hãy giữ trang này và thử lại sau ít giây."),
    ),
}


def init_app(app: Flask) -> None:
    """Give every request a reference number and every failure a page."""
    app.before_request(_number_request)
    app.register_error_handler(Refused, _refused)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(PoolTimeout, _database)
    app.register_error_handler(Exception, _bug)
    app.after_request(_show_number)
    app.teardown_appcontext(lambda _error: _let_go())


def wants_json() -> bool:
    """Whether a script asked, not a person."""
    return request.headers.get("Accept") == "application/json"


def said(refusal: Refused) -> str:
    """What a refusal tells whoever reads this page."""
    return refusal.sentence(gettext, moment)


def error_page(status: int, title: str, sentence: str, reason: str = "") -> Response:
    """The page, or its JSON for a script, which may act on the name of the refusal."""
    if wants_json():
        response = make_response(
            {"error": sentence, "reason": reason, "reference": g.request_id}, status
        )
    else:
        response = make_response(
            render_template(
                "errors/page.html",
                status=status,
                title=title,
                sentence=sentence,
                reference=g.request_id,
            ),
            status,
        )
    return response


def _number_request() -> None:
    g.request_id = secrets.token_hex(5)
    request_id.set(g.request_id)


def _show_number(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    return response


def _refused(error: Refused) -> ResponseReturnValue:
    _let_go()
    title = EXPLANATIONS[404].title if error.status == 404 else N_("Chưa thực hiện được")
    return error_page(error.status, gettext(title), said(error), type(error).__name__)


def http_error(error: HTTPException) -> ResponseReturnValue:
    """The page of a failure that HTTP has a number for."""
    if error.code is None or error.code < 400:  # a redirect that routing raised
        return error
    _let_go()
    if isinstance(error, MethodNotAllowed) and (page := _page_of_form()):
        return redirect(page)
    explanation = EXPLANATIONS.get(error.code) or EXPLANATIONS[500 if error.code >= 500 else 400]
    response = error_page(
        error.code,
        gettext(explanation.title),
        _when_to_retry(error) or gettext(explanation.sentence),
        type(error).__name__,
    )
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _when_to_retry(error: HTTPException) -> str:
    """The sentence of a limit that says when it ends."""
    if not isinstance(error, TooManyRequests) or not isinstance(error.retry_after, int):
        return ""
    minutes = math.ceil(error.retry_after / 60)
    sentence = ngettext(
        "Để giữ an toàn cho tài khoản, hãy thử lại sau %(num)d phút. Tài khoản không bị khóa.",
        "Để giữ an toàn cho tài khoản, hãy thử lại sau %(num)d phút. Tài khoản không bị khóa.",
        minutes,
    )
    return str(sentence)


def _page_of_form() -> str | None:
    """The page of a form, when somebody reloads the address to which it was sent."""
    if request.method != "GET":
        return None
    page, addresses = request.path.rpartition("/")[0], current_app.create_url_adapter(request)
    return page if addresses and addresses.test(page, "GET") else None


def _database(error: Exception) -> ResponseReturnValue:
    if isinstance(error, IntegrityError):  # a rule we did not foresee: a bug, not a lost server
        return _bug(error)
    logger.exception("%s: database not reachable", g.request_id)
    _let_go()
    g._login_user = AnonymousUserMixin()  # the page must not ask the database who is there
    response = error_page(
        503, gettext(EXPLANATIONS[503].title), gettext(EXPLANATIONS[503].sentence)
    )
    response.headers["Retry-After"] = "5"
    return response


def _bug(error: Exception) -> ResponseReturnValue:
    logger.exception("%s: %s %s", g.request_id, request.method, request.path, exc_info=error)
    _let_go()
    g._login_user = AnonymousUserMixin()
    return error_page(500, gettext(EXPLANATIONS[500].title), gettext(EXPLANATIONS[500].sentence))


def _let_go() -> None:
    """End the transaction. If the database is lost by now, the answer is as good without it."""
    try:
        transactions.rollback()
    except DBAPIError:
        logger.exception("%s: database lost at the end of a request", g.get("request_id", ""))
        transactions.abandon()
