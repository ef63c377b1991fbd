"""Pieces of pages that many people see: made once per process, while they are asked for."""

from functools import lru_cache

from flask import Flask
from jinja2.runtime import Macro

from quiz.web.languages import language

KEPT = 8_192  # pieces of about a kilobyte


def init_app(app: Flask) -> None:
    """Let templates say `macro | once(argument, …)`; calling a macro costs more than a filter."""
    app.jinja_env.filters["once"] = once


def once(macro: Macro, *arguments: object) -> str:
    """What an imported macro makes of these arguments, in the language of the page.

    Such a macro sees its arguments and nothing else, so equal arguments give equal text, for
    whoever asks. They must be hashable, and should not be about one person: nobody asks again.
    """
    return _made(macro, language(), arguments)


@lru_cache(maxsize=KEPT)
def _made(macro: Macro, _language: str, arguments: tuple[object, ...]) -> str:
    made: str = macro(*arguments)
    return made
