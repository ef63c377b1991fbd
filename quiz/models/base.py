"""The base of all tables, and the session of a request."""

from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlasksSession
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, Row, Select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator
from sqlalchemy.util import ScopedRegistry

AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC: refuses naive times, returns aware ones on both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC; SQLite has no time zones, so its text is UTC by agreement."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the moment back in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


JSONValue = JSON().with_variant(JSONB(), "postgresql")

_registry = registry(
    metadata=MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    ),
    type_annotation_map={
        datetime: UTCDateTime(),
        dict[str, Any]: JSONValue,
        dict[str, int]: JSONValue,
        list[dict[str, Any]]: JSONValue,
        list[str]: JSONValue,
    },
)


class Model(DeclarativeBase):
    """Base of every table."""

    registry = _registry


class Session(FlasksSession):
    """The session of the ORM: joins a bare transaction, if there is one, and ends it as its own.

    What only asks prepared statements does without a session: see transactions.py.
    """

    def __init__(self, db: SQLAlchemy, **options: Any) -> None:
        super().__init__(db, join_transaction_mode="control_fully", **options)

    def get_bind(self, *args: Any, **options: Any) -> Engine | Connection:
        """The bare connection, or else the engine."""
        return bare() if bare.has() else super().get_bind(*args, **options)

    def commit(self) -> None:
        """End the transaction; all of it is kept."""
        super().commit()
        end_bare(commits=True)

    def rollback(self) -> None:
        """End the transaction; nothing of it is kept."""
        try:
            super().rollback()
        finally:
            end_bare()

    def close(self) -> None:
        """The same, and forget all objects."""
        try:
            super().close()
        finally:
            end_bare()

    def invalidate(self) -> None:
        """The same, when the database is lost."""
        super().invalidate()
        end_bare(is_lost=True)


def end_bare(*, commits: bool = False, is_lost: bool = False) -> None:
    """End the bare transaction, unless the session has, and let others have the connection."""
    if not bare.has():
        return
    connection = bare()
    transaction = connection.get_transaction()
    if is_lost and not connection.closed:
        connection.invalidate()
    elif commits and transaction is not None:
        transaction.commit()
    connection.close()
    bare.clear()


def _begin_bare() -> Connection:
    connection = db.engine.connect()
    try:
        connection.begin()
    except BaseException:
        connection.close()
        raise
    return connection


db = SQLAlchemy(model_class=Model, session_options={"class_": Session})
bare = ScopedRegistry(_begin_bare, db.session.registry.scopefunc)


def insert_new(table: type[Model]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that knows ON CONFLICT, for the database in use."""
    if db.engine.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
