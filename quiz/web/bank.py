"""The bank that this process has loaded. A malformed file stops the start."""

from flask import Flask, abort, current_app

from quiz.domain.bank import Bank, Lesson
from quiz.domain.bank_files import load


def init_app(app: Flask) -> None:
    """Load the bank once; it changes only with a release."""
    app.extensions["bank"] = load(app.config["QUESTIONS"])


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
