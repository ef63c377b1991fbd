"""PostgreSQL plans a statement of the learners once, and so that it stays cheap as tables grow."""

import re

import pytest
from sqlalchemy import text

from quiz.attempts import service
from quiz.journal.service import Entry
from quiz.models import db
from tests import factories
from tests.answers import position_of

pytestmark = pytest.mark.parametrize("database_app", ["postgresql"], indirect=True)
TIMES = 15  # the driver prepares the sixth, and the server keeps a plan after five more
GROWING = {"save", "attempt", "response", "sign_in", "item_version", "standing", "person"}


@pytest.fixture
def new_connection(app):
    """Nothing is prepared on it yet."""
    db.session.remove()
    db.engine.dispose()


def kept_plans():
    """The plan of each statement that is prepared."""
    driver = db.session.connection().connection.driver_connection
    prepared = driver.execute(
        "SELECT name, cardinality(parameter_types), statement FROM pg_prepared_statements "
        "WHERE generic_plans > 0"
    )
    plans = {}
    for name, parameters, statement in prepared.fetchall():
        values = f"({', '.join(['NULL'] * parameters)})" if parameters else ""
        rows = driver.execute(f"EXPLAIN EXECUTE {name} {values}").fetchall()
        plans[statement] = "\n".join(row[0] for row in rows)
    return plans


def test_a_page_leaves_what_was_prepared_before_it(new_connection, browser):
    browser.sign_in(factories.person(at=factories.agency()))

    for _ in range(TIMES):
        browser.get("/campaigns")

    assert [one for one in kept_plans() if one.startswith("SELECT sign_in.id")]


def test_no_kept_plan_reads_a_growing_table_whole(new_connection, clock):
    attempt = factories.attempt_with_every_kind()
    who, position = factories.who(attempt.person), position_of(attempt, "single")
    db.session.execute(text("ANALYZE"))
    db.session.commit()

    for revision in range(1, TIMES + 1):
        entry = Entry(factories.op_id(), attempt.id, position, revision, None, None)
        service.save(entry, who, {"": ["2"]}, clock.moment)
        service.sitting(service.in_hand(attempt.id, who))

    plans = kept_plans()
    assert [one for one in plans if one.startswith("INSERT INTO save")]
    for statement, plan in plans.items():
        assert not GROWING & set(re.findall(r"Seq Scan on (\w+)", plan)), (statement, plan)
