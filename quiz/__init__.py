"""17+9, Hiểu đúng chuyển đổi số: the app and its table of contents."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from quiz import cli, config
from quiz.models.base import db
from quiz.models.engines import guard_engine


class Quiz(Flask):
    """A Flask app without coroutines: nothing is asked, several times a request, if it is one."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(settings: Mapping[str, Any] | None = None) -> Flask:
    """The WSGI app. A malformed bank or a missing secret stops the start and says why."""
    from quiz.accounts import routes as accounts
    from quiz.attempts import routes as attempts
    from quiz.bank import routes as bank_room
    from quiz.campaigns import routes as campaigns
    from quiz.certificates import routes as certificates
    from quiz.home import routes as home
    from quiz.item_reports import routes as item_reports
    from quiz.leaderboards import routes as leaderboards
    from quiz.lessons import routes as lessons
    from quiz.practice import routes as practice
    from quiz.privacy import routes as privacy
    from quiz.reports import routes as reports
    from quiz.results import routes as results
    from quiz.reviews import routes as reviews
    from quiz.web import (
        bank,
        clock,
        errors,
        escaping,
        formatting,
        fragments,
        guards,
        headers,
        languages,
        limits,
        offline,
        patience,
        sessions,
        static,
    )

    app = Quiz(__name__, template_folder="../templates", static_folder=None)
    app.config.from_mapping(config.settings_from() if settings is None else settings)
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = _engine_options(app.config)
    app.wsgi_app = ProxyFix(app.wsgi_app, *[app.config["TRUSTED_PROXIES"]] * 3)  # type: ignore[method-assign]

    db.init_app(app)
    with app.app_context():
        guard_engine(db.engine)
    for part in (
        clock,
        bank,
        escaping,
        formatting,
        fragments,
        static,
        offline,
        languages,
        sessions,
        limits,
        errors,
        headers,
        guards,
        cli,
        patience,
    ):
        part.init_app(app)
    for room in (
        home,
        accounts,
        lessons,
        attempts,
        practice,
        campaigns,
        results,
        certificates,
        privacy,
        leaderboards,
        reviews,
        reports,
        bank_room,
        item_reports,
    ):
        app.register_blueprint(room.bp)
    return app


def _engine_options(settings: Mapping[str, Any]) -> dict[str, Any]:
    """A connection for each thread, and not too long a wait; SQLite with the WAL repair."""
    pool = {"pool_size": 8, "max_overflow": 8, "pool_timeout": 5, "pool_use_lifo": True}
    if settings["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        try:
            import pysqlite3
        except ImportError:  # not on Linux: Python's own library, checked at every connect
            return pool
        return {**pool, "module": pysqlite3}
    return pool
