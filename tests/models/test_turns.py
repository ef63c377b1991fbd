"""Writers come one after another, and nobody keeps the turn."""

import fcntl
import gc
import threading
from unittest.mock import patch

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from quiz.models import db, engines, read_only
from tests import factories

# Transactions of PostgreSQL wait for rows, not for each other.
on_sqlite = pytest.mark.parametrize("database_app", ["sqlite"], indirect=True)
WRITE = text("UPDATE agency SET name = name || '.'")


def write(engine, times=1):
    for _ in range(times):
        with engine.begin() as connection:
            connection.execute(WRITE)


def alone(act, *arguments):
    """Whether another thread can do this now."""
    thread = threading.Thread(target=act, args=arguments, daemon=True)
    thread.start()
    thread.join(timeout=5)
    return not thread.is_alive()


@pytest.mark.parametrize("end", ["commit", "rollback", "close", "invalidate"])
def test_the_turn_ends_with_the_transaction(app, end):
    factories.agency()
    session = db.session()
    session.execute(WRITE)

    getattr(session, end)()

    assert alone(write, db.engine)
    session.close()


def test_reading_waits_for_nobody(app):
    factories.agency()
    engine = db.engine

    def look():
        with read_only(), engine.begin() as connection:
            connection.execute(text("SELECT count(*) FROM agency"))

    db.session.execute(WRITE)
    assert alone(look)
    db.session.rollback()


def test_one_connection_may_write_twice(app):
    factories.agency()

    with db.engine.connect() as connection:
        for _ in range(2):
            with connection.begin():
                connection.execute(WRITE)

    assert alone(write, db.engine)


def test_many_writers_all_get_their_turn(app):
    agency = factories.agency("Xã")
    threads = [threading.Thread(target=write, args=(db.engine, 10)) for _ in range(12)]
    db.session.commit()

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    db.session.refresh(agency)
    assert agency.name == "Xã" + "." * 120


@on_sqlite
def test_a_process_waits_while_another_has_the_turn(app):
    factories.agency()
    db.session.commit()
    writer = threading.Thread(target=write, args=(db.engine,), daemon=True)

    with open(f"{db.engine.url.database}-turn") as file:  # as another process would
        fcntl.flock(file, fcntl.LOCK_EX)
        writer.start()
        writer.join(timeout=0.3)
        assert writer.is_alive()

    writer.join(timeout=5)
    assert not writer.is_alive()


@on_sqlite
def test_whoever_waits_too_long_is_told_and_blocks_nobody(app):
    factories.agency()
    db.session.commit()

    with open(f"{db.engine.url.database}-turn") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with patch.object(engines, "BUSY_SECONDS", 0.1), pytest.raises(PoolTimeout):
            write(db.engine)

    assert alone(write, db.engine)


def test_turns_that_are_forgotten_leave_no_file_open(tmp_path):
    turns = engines._Turns()
    file = turns._wait(tmp_path / "turn")

    del turns
    gc.collect()

    assert file.closed
