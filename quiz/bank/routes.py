"""What trainers see of the bank: every lesson and item, with its key beside it."""

from flask import Blueprint, abort, render_template
from flask.typing import ResponseReturnValue

from quiz.accounts.service import REVIEWERS
from quiz.bank import service
from quiz.domain.items import DIFFICULTIES, KINDS
from quiz.domain.paper import in_file_order, sheet
from quiz.web.bank import bank, lesson_or_404
from quiz.web.guards import for_roles

bp = Blueprint("bank", __name__, url_prefix="/bank")
reviewers_only = for_roles(*REVIEWERS)


@bp.get("")
@reviewers_only
def index() -> ResponseReturnValue:
    """All lessons with how many items of each kind they have."""
    return render_template(
        "bank/index.html", bank=bank(), kinds=KINDS, counts=service.counts(bank())
    )


@bp.get("/lessons/<code>")
@reviewers_only
def lesson(code: str) -> ResponseReturnValue:
    """One lesson in both languages, and its items."""
    return render_template(
        "bank/lesson.html",
        lesson=lesson_or_404(code),
        bank=bank(),
        difficulties=DIFFICULTIES,
    )


@bp.get("/items/<code>")
@reviewers_only
def item(code: str) -> ResponseReturnValue:
    """One item as a learner sees it, and its key and feedback."""
    found = bank().items.get(code)
    if found is None:
        abort(404)
    codes = list(bank().items)
    place = codes.index(code)
    return render_template(
        "bank/item.html",
        item=found,
        sheet=sheet(found, in_file_order(found)),
        lesson=bank().lessons[found.lesson],
        bank=bank(),
        previous=codes[place - 1] if place else None,
        following=codes[place + 1] if place + 1 < len(codes) else None,
    )
