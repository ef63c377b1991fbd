"""Lessons, and what each person has read."""

import segno
from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from markupsafe import Markup

from quiz.config import COURSE_TEST_SIZE, PRACTICE_SIZE
from quiz.domain.mastery import ENOUGH
from quiz.domain.practice import SMALLEST_GROUP
from quiz.lessons import service
from quiz.practice import service as practice
from quiz.web.bank import bank, lesson_or_404
from quiz.web.clock import now
from quiz.web.forms import BaseForm
from quiz.web.guards import me
from quiz.web.offline import kept_offline

bp = Blueprint("lessons", __name__, url_prefix="/lessons")


@bp.get("")
def index() -> ResponseReturnValue:
    """All lessons, with what I know of each, and the paths through them."""
    states = service.states(service.masteries(me().person_id, bank(), now()))
    return render_template(
        "lessons/index.html",
        bank=bank(),
        states=states,
        paths=[(path, service.done(states, path.lessons)) for path in bank().paths.values()],
    )


@bp.get("/paths/<code>")
def path(code: str) -> ResponseReturnValue:
    """One way through the lessons, with how far I am."""
    found = bank().paths.get(code)
    if found is None:
        abort(404)
    states = service.states(service.masteries(me().person_id, bank(), now()))
    following = service.next_of(found, states)
    return render_template(
        "lessons/path.html",
        path=found,
        bank=bank(),
        states=states,
        done=service.done(states, found.lessons),
        stages=[(stage, service.done(states, stage.lessons)) for stage in found.stages],
        following=bank().lessons[following] if following else None,
        tests=practice.course_tests(me().person_id, code),
        test_size=COURSE_TEST_SIZE,
        smallest_group=SMALLEST_GROUP,
    )


@bp.get("/mastery")
def mastery() -> ResponseReturnValue:
    """How well I know each lesson, why, and what to do next."""
    found = service.masteries(me().person_id, bank(), now())
    return render_template("lessons/mastery.html", bank=bank(), masteries=found, enough=ENOUGH)


@bp.get("/poster")
def poster() -> ResponseReturnValue:
    """All 17 pairs on one printed page."""
    return render_template("lessons/poster.html", bank=bank(), qr=_qr(".index"))


@bp.get("/<code>/handout")
def handout(code: str) -> ResponseReturnValue:
    """One lesson on one printed page."""
    lesson = lesson_or_404(code)
    return render_template(
        "lessons/handout.html", lesson=lesson, bank=bank(), qr=_qr(".show", code=code)
    )


@bp.get("/<code>")
def show(code: str) -> ResponseReturnValue:
    """One lesson."""
    lesson = lesson_or_404(code)
    codes = list(bank().lessons)
    place = codes.index(code)
    read_at = service.read_at(me().person_id).get(code)
    is_read = read_at is not None
    page = render_template(
        "lessons/show.html",
        lesson=lesson,
        bank=bank(),
        read_at=read_at,
        mastery=service.mastery_of(me().person_id, lesson, bank(), is_read, now()),
        practice_size=PRACTICE_SIZE,
        previous=bank().lessons[codes[place - 1]] if place else None,
        following=bank().lessons[codes[place + 1]] if place + 1 < len(codes) else None,
    )
    return kept_offline(page)


@bp.post("/<code>/read")
def read(code: str) -> ResponseReturnValue:
    """I have read this lesson."""
    lesson = lesson_or_404(code)
    if not BaseForm().accepted():
        abort(400)
    service.mark_read(me().person_id, lesson.code, now())
    flash(gettext("Đã ghi nhận Anh/Chị đọc xong bài này."))
    return redirect(url_for(".show", code=code))


def _qr(endpoint: str, **values: str) -> Markup:
    """The address of a page as a QR code, in SVG."""
    address = url_for(endpoint, _external=True, **values)
    code = segno.make(address, error="m", micro=False)
    return Markup(code.svg_inline(border=0, omitsize=True))  # noqa: S704
