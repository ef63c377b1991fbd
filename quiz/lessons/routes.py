"""Lessons, and what each person has read."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from quiz.lessons import service
from quiz.web.bank import bank, lesson_or_404
from quiz.web.clock import now
from quiz.web.forms import BaseForm
from quiz.web.guards import me

bp = Blueprint("lessons", __name__, url_prefix="/lessons")


@bp.get("")
def index() -> ResponseReturnValue:
    """All 26, with what I know of each."""
    return render_template(
        "lessons/index.html",
        bank=bank(),
        states=service.states(me().person_id, bank()),
    )


@bp.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """One lesson."""
    lesson = lesson_or_404(code)
    codes = list(bank().lessons)
    place = codes.index(code)
    progress = service.progress_of(me().person_id).get(code)
    return render_template(
        "lessons/show.html",
        lesson=lesson,
        bank=bank(),
        progress=progress,
        state=service.mastery(progress),
        previous=bank().lessons[codes[place - 1]] if place else None,
        following=bank().lessons[codes[place + 1]] if place + 1 < len(codes) else None,
    )


@bp.post("/<code>/read")
def read(code: str) -> ResponseReturnValue:
    """I have read this lesson."""
    lesson = lesson_or_404(code)
    if not BaseForm().accepted():
        abort(400)
    service.mark_read(me().person_id, lesson.code, now())
    flash(gettext("Đã ghi nhận Anh/Chị đọc xong bài này."))
    return redirect(url_for(".show", code=code))
