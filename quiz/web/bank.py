"""The bank that this process has loaded. A malformed file stops the start."""

import sys

from flask import Flask, abort, current_app

from quiz.domain.bank import Bank, Lesson
from quiz.domain.bank_files import BankFaults, load


def init_app(app: Flask) -> None:
    """Load the bank once; it changes only with a release."""
    try:
        app.extensions["bank"] = load(app.config["QUESTIONS"])
    except BankFaults:
        if not _is_checking_bank():
            raise


def _is_checking_bank() -> bool:
    """Whether this is `flask bank …`, which names the faults itself."""
    return sys.argv[0].endswith("flask") and "bank" in sys.argv[1:]


def bank() -> Bank:
    """The question bank."""
    loaded: Bank = current_app.extensions["bank"]
    return loaded


def lesson_or_404(code: str) -> Lesson:
    """The lesson with this code."""
    lesson = bank().lessons.get(code)
    if lesson is None:
        abort(404)
    return lesson
