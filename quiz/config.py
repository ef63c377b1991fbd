"""Every setting, its default, and why it exists. Environment variables override the defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent

MINIMUM_SECRET_BYTES = 32
SIGN_IN_HOURS = 8  # a working day; then everybody signs in again
IDLE_MINUTES = 120  # longer than the longest paper (90 minutes), so that no attempt is cut off
ONE_TIME_CODE_DAYS = 30
INVITATION_MINUTES = 15
OPEN_REPORTS_A_DAY = 20  # of one person: trainers read each by hand
PRACTICE_SIZE = 8  # items of a practice, about six minutes
COURSE_TEST_SIZE = 15  # items before and after a course, about eleven minutes


class BadSetting(RuntimeError):
    """A setting is missing or unsafe; the message says which, and what to set."""


@dataclass(frozen=True)
class Setting:
    """One environment variable that the app reads."""

    name: str
    default: str | None
    why: str


SETTINGS = (
    Setting(
        "SECRET_KEY",
        None,
        "Signs session cookies and forms; at least 32 random characters. `make run` makes one.",
    ),
    Setting(
        "DATABASE_URL",
        "sqlite:///instance/quiz.db",
        "Where everything is kept; postgresql+psycopg://… when one machine is not enough.",
    ),
    Setting(
        "QUESTIONS",
        "questions",
        "The folder of the question bank.",
    ),
    Setting(
        "CLOCK_FILE",
        "instance/clock.json",
        "The time that this machine's processes agree on, for those that start after somebody has "
        "set the clock; empty: each believes the clock that it starts with.",
    ),
    Setting(
        "RATELIMIT_STORAGE_URI",
        "memory://",
        "Counters of failed sign-ins; redis://… when several processes must share them.",
    ),
    Setting(
        "TRUSTED_PROXIES",
        "0",
        "How many proxies stand in front; their X-Forwarded-* headers are then believed.",
    ),
    Setting(
        "TRUSTED_HOSTS",
        "",
        "Host names that the app answers to, separated by commas; empty means any.",
    ),
    Setting(
        "SECURE_COOKIES",
        "0",
        "Set to 1 behind HTTPS: cookies are then sent over HTTPS alone.",
    ),
    Setting(
        "DEMO",
        "0",
        "Set to 1 to say on every page that people and figures are invented.",
    ),
)


def settings_from(environ: Mapping[str, str] = os.environ) -> dict[str, Any]:
    """The app's configuration. Raises BadSetting when a secret is missing or short."""
    value = {setting.name: environ.get(setting.name, setting.default) for setting in SETTINGS}
    secret = value["SECRET_KEY"] or ""
    if len(secret.encode()) < MINIMUM_SECRET_BYTES:
        raise BadSetting(
            "SECRET_KEY is missing or shorter than 32 characters. Set it to the output of: "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    secure = value["SECURE_COOKIES"] == "1"
    return {
        "SECRET_KEY": secret,
        "SQLALCHEMY_DATABASE_URI": _database(value["DATABASE_URL"] or ""),
        "QUESTIONS": ROOT / (value["QUESTIONS"] or ""),
        "CLOCK_FILE": ROOT / value["CLOCK_FILE"] if value["CLOCK_FILE"] else None,
        "RATELIMIT_STORAGE_URI": value["RATELIMIT_STORAGE_URI"],
        "TRUSTED_PROXIES": int(value["TRUSTED_PROXIES"] or 0),
        "TRUSTED_HOSTS": [h for h in (value["TRUSTED_HOSTS"] or "").split(",") if h] or None,
        "DEMO": value["DEMO"] == "1",
        "SESSION_COOKIE_NAME": "__Host-session" if secure else "session",
        "SESSION_COOKIE_SECURE": secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": IDLE_MINUTES * 60,
        "MAX_CONTENT_LENGTH": 256 * 1024,  # a whole paper with every answer is under 20 KB
        "SILENCE_SECONDS": 10,  # without a byte to or from a client: it is gone
        "MAX_FORM_PARTS": 1_000,
        "WTF_CSRF_TIME_LIMIT": None,  # a long paper must not lose its token
        "BABEL_DEFAULT_LOCALE": "vi",
        "BABEL_DEFAULT_TIMEZONE": "Asia/Ho_Chi_Minh",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "COMPRESS_ALGORITHM": ["gzip"],  # a page is as small as with brotli, for half the work
        "COMPRESS_LEVEL": 5,
        "COMPRESS_STREAMS": False,
    }


def _database(url: str) -> str:
    """Absolute paths for SQLite, so that every command opens the same file."""
    prefix = "sqlite:///"
    if url.startswith(prefix) and not url.startswith(prefix + "/"):
        path = ROOT / url.removeprefix(prefix)
        path.parent.mkdir(exist_ok=True)
        return f"{prefix}{path}"
    return url
