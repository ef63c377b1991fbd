"""Vietnamese first, English second: the visitor's cookie decides, never the network."""

from flask import Flask, request
from flask_babel import Babel, get_locale
from werkzeug import Response

LANGUAGES = ("vi", "en")
THEMES = ("light", "dark")


def init_app(app: Flask) -> None:
    """Choose the language and the theme of each page."""
    Babel(app, locale_selector=chosen_language)
    app.context_processor(
        lambda: {
            "locale": str(get_locale() or "vi"),
            "theme": chosen_theme(),
            "demo": app.config["DEMO"],
        }
    )


def chosen_language() -> str:
    """The language asked for, or Vietnamese."""
    asked = request.cookies.get("language", "")
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
