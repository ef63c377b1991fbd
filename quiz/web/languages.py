"""Vietnamese first, English second: the visitor's cookie decides, never the network."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

from flask import Flask, has_request_context, request
from flask_babel import Babel, force_locale, get_translations, ngettext
from markupsafe import Markup
from werkzeug import Response

LANGUAGES = ("vi", "en")
THEMES = ("light", "dark")

_spoken: ContextVar[str] = ContextVar("spoken", default="")


def init_app(app: Flask) -> None:
    """Choose the language and the theme of each page."""
    Babel(app, locale_selector=chosen_language)
    app.before_request(_listen)
    app.teardown_request(_forget)
    # A paper says some hundred sentences, and Jinja's own way costs several times as much.
    app.jinja_env.globals.update(_=said, ngettext=said_of_many)
    app.context_processor(
        lambda: {
            "locale": language(),
            "theme": chosen_theme(),
            "demo": app.config["DEMO"],
        }
    )


def _listen() -> None:
    _spoken.set(chosen_language())


def _forget(_error: BaseException | None) -> None:
    _spoken.set("")


def said(message: str, **places: object) -> Markup:
    """A sentence in the language of the page, with its places filled."""
    sentence = _catalogued(language(), message)
    return sentence % places if places else sentence


def said_of_many(singular: str, plural: str, count: int) -> Markup:
    """A sentence about this many, in the language of the page."""
    return Markup(ngettext(singular, plural, count))  # noqa: S704


@lru_cache(maxsize=4_096)
def _catalogued(_language: str, message: str) -> Markup:
    """What the catalogue has, in the language that the page has now."""
    return Markup(get_translations().ugettext(message))  # noqa: S704


def language() -> str:
    """The language of the page, "vi" or "en": asked some hundred times a page."""
    return _spoken.get() or chosen_language()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak this language, whatever that of the page is."""
    token = _spoken.set(language)
    try:
        with force_locale(language):
            yield
    finally:
        _spoken.reset(token)


def chosen_language() -> str:
    """The language asked for, or Vietnamese."""
    asked = request.cookies.get("language", "") if has_request_context() else ""
    return asked if asked in LANGUAGES else "vi"


def chosen_theme() -> str:
    """The theme asked for, or light."""
    asked = request.cookies.get("theme", "")
    return asked if asked in THEMES else "light"


def remember(response: Response, choice: str, value: str) -> None:
    """Keep the visitor's "language" or "theme" for a year, in a cookie that says nothing else."""
    response.set_cookie(
        choice,
        value,
        max_age=365 * 24 * 3600,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
