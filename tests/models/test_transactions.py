"""A transaction is one, whether prepared statements, the session or both take part in it."""

import fcntl
from unittest.mock import patch

import pytest
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from quiz.models import Prepared, RefusedSave, db, engines, transactions
from tests import factories
from tests.models.test_turns import alone, on_sqlite, write

ENDS = {
    "commit": lambda: db.session.commit(),
    "rollback": lambda: db.session.rollback(),
    "close": lambda: db.session.close(),
    "invalidate": lambda: db.session().invalidate(),
}
BARE_ENDS = {
    "commit": transactions.commit,
    "rollback": transactions.rollback,
    "abandon": transactions.abandon,
}


@pytest.fixture
def note(app, now):
    """Writes a row by a prepared statement, in a context that has asked nothing yet."""
    home = factories.agency()
    attempt_id = factories.attempt(factories.person(at=home), factories.campaign(home)).id
    db.session.commit()
    db.session.remove()
    values = {"reason": "late", "size": 1, "refused_at": now}
    prepared = Prepared(
        lambda: (
            insert(RefusedSave)
            .values(attempt_id=bindparam("of"), **values)
            .returning(RefusedSave.id)
        )
    )

    def write_one():
        assert prepared.first(of=attempt_id)
        return RefusedSave(attempt_id=attempt_id, **values)

    return write_one


def kept():
    """How many rows others see."""
    with db.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(RefusedSave))


@pytest.mark.parametrize("end", BARE_ENDS)
def test_prepared_statements_alone_need_no_session(note, end):
    note()

    BARE_ENDS[end]()

    assert not db.session.registry.has()
    assert kept() == (1 if end == "commit" else 0)


@pytest.mark.parametrize("end", [*ENDS.values(), *BARE_ENDS.values()], ids=[*ENDS, *BARE_ENDS])
def test_both_end_together_whoever_is_asked(note, end):
    db.session.add(note())
    db.session.flush()

    end()

    assert kept() == (2 if end in (ENDS["commit"], BARE_ENDS["commit"]) else 0)


@pytest.mark.parametrize("end", ENDS)
def test_a_session_that_asked_nothing_ends_it_too(note, end):
    note()

    ENDS[end]()

    assert kept() == (1 if end == "commit" else 0)


def test_prepared_statements_join_the_session(note):
    db.session.add(note())
    transactions.commit()
    row = note()
    transactions.rollback()
    db.session.add(row)
    db.session.flush()

    note()
    db.session.rollback()

    assert kept() == 2


def test_a_transaction_may_follow_another(note):
    for _ in range(3):
        note()
        transactions.commit()

    assert kept() == 3


@on_sqlite
@pytest.mark.parametrize("end", BARE_ENDS)
def test_the_turn_ends_with_it(note, end):
    note()

    BARE_ENDS[end]()

    assert alone(write, db.engine)


@pytest.mark.parametrize("database_app", ["postgresql"], indirect=True)
def test_a_lost_database_is_left_behind(note):
    """Alone, and with a session: what comes next has a connection that works."""
    for joins in (False, True):
        row = note()
        if joins:
            db.session.add(row)
            db.session.flush()
        lost = transactions.connection()
        with db.engine.connect() as other:
            pid = lost.connection.driver_connection.info.backend_pid
            other.execute(select(func.pg_terminate_backend(pid)))
        with pytest.raises(DBAPIError):
            note()
        try:
            transactions.rollback()
        except DBAPIError:
            transactions.abandon()

        note()
        transactions.rollback()

    assert kept() == 0


@on_sqlite
def test_whoever_waited_in_vain_for_the_turn_leaves_the_connection(note):
    with open(f"{db.engine.url.database}-turn") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with patch.object(engines, "BUSY_SECONDS", 0.05), pytest.raises(PoolTimeout):
            note()

    assert db.engine.pool.checkedout() == 0
    note()
    transactions.rollback()


def test_what_is_left_open_at_the_end_is_rolled_back(note, app):
    with app.app_context():
        note()

    assert kept() == 0
