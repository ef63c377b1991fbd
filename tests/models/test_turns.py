"""Writers of one process come one after another, and nobody keeps the turn."""

import threading

import pytest
from sqlalchemy import text

from quiz.models import db, read_only
from tests import factories

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
