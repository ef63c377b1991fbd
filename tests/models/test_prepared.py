"""Statements asked of the driver behave as those that SQLAlchemy asks."""

import pytest
from sqlalchemy import bindparam, insert, literal, select
from sqlalchemy.exc import IntegrityError

from quiz.models import Attempt, Prepared, RefusedSave, db, transactions
from tests import factories
from tests.conftest import counted


@pytest.fixture
def attempt(app):
    home = factories.agency()
    return factories.attempt(factories.person(at=home), factories.campaign(home))


def by_id(*columns):
    return Prepared(lambda: select(*columns).where(Attempt.id == bindparam("attempt_id")))


def test_rows_have_the_types_of_their_columns(attempt):
    found = by_id(Attempt.paper, Attempt.deadline_at, literal(1).label("one"))

    row = found.first(attempt_id=attempt.id)

    assert (row.paper, row.deadline_at, row.one) == (attempt.paper, attempt.deadline_at, 1)
    assert row.deadline_at.tzinfo is not None


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_change_is_made_with_each_of_its_parameters(attempt, now, times):
    refuse = Prepared(
        lambda: insert(RefusedSave).values(
            attempt_id=bindparam("of"), reason=bindparam("why"), size=1, refused_at=now
        )
    )

    several = [{"of": attempt.id, "why": f"reason {n}"} for n in range(times)]

    with counted() as statements:
        refuse.change(*several)
    transactions.commit()

    kept = db.session.scalars(select(RefusedSave.reason).order_by(RefusedSave.reason)).all()
    assert kept == [f"reason {n}" for n in range(times)]
    assert len(statements) == min(times, 1)


def test_an_error_in_a_change_of_several_is_that_of_sqlalchemy(attempt, now):
    refuse = Prepared(
        lambda: insert(RefusedSave).values(
            attempt_id=bindparam("of"), reason="late", size=1, refused_at=now
        )
    )

    with pytest.raises(IntegrityError):
        refuse.change({"of": attempt.id}, {"of": "no such attempt"})
    transactions.rollback()

    assert db.session.scalars(select(RefusedSave)).all() == []


def test_what_is_not_there_gives_no_row(app):
    found = by_id(Attempt.id)

    assert found.first(attempt_id="none") is None
    assert found.all(attempt_id="none") == []


def test_it_sees_and_belongs_to_the_transaction_of_the_session(attempt, now):
    refuse = Prepared(
        lambda: (
            insert(RefusedSave)
            .values(attempt_id=bindparam("of"), reason="late", size=1, refused_at=now)
            .returning(RefusedSave.id)
        )
    )

    assert refuse.first(of=attempt.id)
    db.session.rollback()

    assert db.session.scalars(select(RefusedSave)).all() == []


def test_whoever_counts_statements_counts_it(app):
    found = by_id(Attempt.id)

    with counted() as statements:
        found.all(attempt_id="none")

    assert len(statements) == 1


def test_the_errors_are_those_of_sqlalchemy(app, now):
    refuse = Prepared(
        lambda: (
            insert(RefusedSave)
            .values(attempt_id="no such attempt", reason="late", size=1, refused_at=now)
            .returning(RefusedSave.id)
        )
    )

    with pytest.raises(IntegrityError):
        refuse.all()
    db.session.rollback()
