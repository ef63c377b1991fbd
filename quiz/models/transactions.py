"""The transaction of a request: bare at first, and the session's once anything asks for that.

A session of the ORM costs several times what a database needs to begin and to commit. What only
asks prepared statements does without: their connection is bare. The session joins it when it is
used, and then ends it as its own.
"""

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from quiz.models.base import bare, db, end_bare


def connection() -> Connection:
    """The connection of this transaction, which begins if it has not yet."""
    begun: Connection | None = bare.registry.get(bare.scopefunc())
    if begun is not None:
        return begun
    session = _begun_session()
    if session is not None and session.in_transaction():
        return session.connection()
    return bare()


def commit() -> None:
    """What `db.session.commit` does, but it makes no session where there is none."""
    session = _begun_session()
    session.commit() if session is not None else end_bare(commits=True)


def rollback() -> None:
    """What `db.session.rollback` does, but it makes no session where there is none."""
    session = _begun_session()
    session.rollback() if session is not None else end_bare()


def abandon() -> None:
    """Give up a transaction whose database is lost."""
    session = _begun_session()
    session.invalidate() if session is not None else end_bare(is_lost=True)


def _begun_session() -> Session | None:
    """The session, if anything has asked for it."""
    return db.session() if db.session.registry.has() else None
