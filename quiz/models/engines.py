"""How a database is opened and a transaction begun: durable, in turn, or only for reading."""

import contextlib
import fcntl
import os
import select
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from functools import partial
from typing import IO, Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import ConnectionPoolEntry, PoolProxiedConnection

# Every SQLite from 3.7.0 on can corrupt a WAL database when two connections commit and
# checkpoint at once, until 3.51.3 and the two older branches that received the same repair.
WAL_RESET_FIXED = (3, 51, 3)
WAL_RESET_BACKPORTS = {(3, 50): 7, (3, 44): 6}

BUSY_SECONDS = 10  # that a writer waits for others

_reading: ContextVar[bool] = ContextVar("reading", default=False)


class UnsafeDatabase(RuntimeError):
    """The database would not keep what it acknowledges."""


@contextlib.contextmanager
def read_only() -> Iterator[None]:
    """Let the database refuse every write of transactions begun inside this block."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


def is_safe_sqlite(version: tuple[int, ...]) -> bool:
    """Whether several connections may write to one WAL file with this library.

    >>> is_safe_sqlite((3, 51, 2)), is_safe_sqlite((3, 51, 3)), is_safe_sqlite((3, 50, 7))
    (False, True, True)
    """
    if version >= WAL_RESET_FIXED:
        return True
    major, minor, patch = version[:3]
    return patch >= WAL_RESET_BACKPORTS.get((major, minor), 1_000)


def guard_engine(engine: Engine) -> None:
    """Make every connection durable, and every transaction either IMMEDIATE or read-only."""
    if engine.dialect.name == "sqlite":
        turns = _Turns()
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", turns.begin)
        event.listen(engine, "checkin", turns.end)
        event.listen(engine, "engine_disposed", turns.leave)
    else:
        event.listen(engine, "connect", _open_postgresql)
        event.listen(engine, "checkout", _notice_lost_server)
        event.listen(engine, "begin", _begin_postgresql)
        event.listen(engine, "rollback", _end_reading)


def _open_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Set the pragmas that SQLite forgets with each connection, and check they took."""
    # Our own BEGIN below replaces the driver's implicit one.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("SELECT sqlite_version()")
    version = cursor.fetchone()
    if version is None or not is_safe_sqlite(tuple(int(part) for part in version[0].split("."))):
        raise UnsafeDatabase(f"SQLite {version} can lose commits in WAL mode; use 3.51.3 or newer")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # NORMAL can lose acknowledged answers
    cursor.execute("PRAGMA foreign_keys = ON")  # off by default
    for pragma, wanted in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        cursor.execute(f"PRAGMA {pragma}")
        found = cursor.fetchone()
        if found is None or found[0] != wanted:
            raise UnsafeDatabase(f"SQLite refused PRAGMA {pragma} = {wanted}: {found}")
    cursor.close()


class _Turns:
    """Begins transactions of SQLite; of all writers on this machine, one comes after another.

    SQLite lets writers wait by looking again ever more seldom: of many, the unlucky ones wait for
    seconds. So threads stand in line, and the first of each process looks every millisecond.
    Nothing but the waiting depends on it: SQLite itself never lets two write at once.
    """

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._file: IO[bytes] | None = None

    def begin(self, connection: Connection) -> None:
        """For reading or for writing: a deferred BEGIN that later writes fails at once."""
        reading, kept = _reading.get(), connection.info
        if not reading and "turn" not in kept:
            kept["turn"] = self._wait(f"{connection.engine.url.database}-turn")
        if kept.get("reading") != reading:
            ask_driver(connection, f"PRAGMA query_only = {reading:d}")
            kept["reading"] = reading
        ask_driver(connection, "BEGIN" if reading else "BEGIN IMMEDIATE")

    def _wait(self, path: str) -> IO[bytes]:
        """The open file whose lock is the turn; the system gives it back if the process dies."""
        deadline = time.monotonic() + BUSY_SECONDS
        if self._file is None:
            self._file = open(path, "ab", opener=partial(os.open, mode=0o600))  # noqa: SIM115
            weakref.finalize(self, self._file.close)  # for an engine that nobody disposes of
        file = self._file
        if self._turn.acquire(timeout=BUSY_SECONDS):
            while time.monotonic() < deadline:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return file
                time.sleep(0.001)
            self._turn.release()
        raise PoolTimeout("others have been writing for too long")

    def end(self, _connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        """Give the turn back with the connection."""
        file = record.info.pop("turn", None)
        if file is not None:
            fcntl.flock(file, fcntl.LOCK_UN)
            self._turn.release()

    def leave(self, _engine: Engine) -> None:
        """Close the file: the next database of this path may have another."""
        file, self._file = self._file, None
        if file is not None and not self._turn.locked():  # whoever has the turn still needs it
            file.close()


def _open_postgresql(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    """Refuse a server that acknowledges before it has written; bound every wait.

    No plan may read a table whole where an index helps: what is prepared keeps its plan until the
    server counts the tables again, and in a contest's first minutes small tables become large.
    """
    cursor = connection.cursor()
    for setting in ("fsync", "synchronous_commit", "full_page_writes"):
        cursor.execute(f"SHOW {setting}")
        found = cursor.fetchone()
        if found is None or found[0] == "off":
            raise UnsafeDatabase(f"PostgreSQL runs with {setting} = off; turn it on")
    cursor.execute("SET statement_timeout = '15s'")
    cursor.execute("SET lock_timeout = '10s'")
    cursor.execute("SET idle_in_transaction_session_timeout = '30s'")
    cursor.execute("SET TIME ZONE 'UTC'")
    cursor.execute("SET enable_seqscan = off")
    cursor.close()
    connection.commit()


def _begin_postgresql(connection: Connection) -> None:
    """Let the driver's own BEGIN say READ ONLY: a statement of its own is one round trip more."""
    driver, reading = _driver(connection), _reading.get()
    if driver.read_only != reading:
        driver.read_only = reading


def _end_reading(connection: Connection) -> None:
    """End with COMMIT what could not write: with a ROLLBACK the driver forgets what it prepared.

    The next requests of this connection would let the server plan every statement anew.
    """
    if connection.invalidated:
        return
    driver = _driver(connection)
    if driver.read_only and driver.info.transaction_status.name == "INTRANS":
        with contextlib.suppress(connection.dialect.loaded_dbapi.Error):  # the rollback tells it
            driver.commit()


def _notice_lost_server(
    connection: DBAPIConnection, _entry: ConnectionPoolEntry, _proxy: PoolProxiedConnection
) -> None:
    """Let the pool replace a connection that its server has closed, without asking the server.

    Nobody speaks on an idle connection but a server that ends it.
    """
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    if connection.closed or waiting.poll(0):
        raise DisconnectionError


def ask_driver(connection: Connection, statement: str, values: Any = ()) -> list[Any]:
    """The rows of a statement, past SQLAlchemy, whose ways cost as much as a query.

    Raises its errors all the same.
    """
    try:
        return list(_driver(connection).execute(statement, values))
    except connection.dialect.loaded_dbapi.Error as error:
        raise _error_of_sqlalchemy(connection, statement, values, error) from error


def tell_driver(connection: Connection, statement: str, rows: Sequence[Any]) -> None:
    """The same for a statement without rows, which is done with the values of each of these."""
    try:
        cursor = _driver(connection).cursor()
        if len(rows) == 1:
            cursor.execute(statement, rows[0])
        else:
            cursor.executemany(statement, rows)
        cursor.close()
    except connection.dialect.loaded_dbapi.Error as error:
        raise _error_of_sqlalchemy(connection, statement, rows, error) from error


def _error_of_sqlalchemy(
    connection: Connection, statement: str, values: Any, error: Exception
) -> Exception:
    dialect = connection.dialect
    errors = dialect.loaded_dbapi.Error
    return DBAPIError.instance(statement, values, error, errors, dialect=dialect)


def _driver(connection: Connection) -> Any:
    """The driver's connection under SQLAlchemy's."""
    return connection.connection.driver_connection
