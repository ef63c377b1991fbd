"""The end of an attempt: it is closed once, and graded once, by whoever comes first."""

import random
from datetime import datetime
from fractions import Fraction

from sqlalchemy import insert, select, update

from quiz.audit import service as audit
from quiz.domain import scheduling
from quiz.domain.practice import is_checked_at_once
from quiz.domain.scoring import mark, score
from quiz.journal import service as journal
from quiz.leaderboards import service as leaderboards
from quiz.models import Attempt, Response, db
from quiz.papers import service as papers


def finish(attempt_id: str, deadline: datetime | None, now: datetime, op_id: str | None) -> None:
    """Close an open attempt; one of several requests wins, the others change nothing."""
    db.session.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "open")
        .values(
            state="submitted",
            finished_at=now if deadline is None else min(now, deadline),
            submit_op_id=op_id,
        )
    )
    db.session.commit()


def grade(attempt_id: str, now: datetime) -> bool:
    """Mark a submitted attempt, and keep the board, in one transaction. False if it was done."""
    attempt = db.session.execute(
        select(
            Attempt.paper,
            Attempt.person_id,
            Attempt.campaign_id,
            Attempt.practice,
            Attempt.finished_at,
        )
        .where(Attempt.id == attempt_id, Attempt.state == "submitted")
        .with_for_update()
    ).first()
    if attempt is None:
        db.session.rollback()
        return False
    in_force = journal.in_force(attempt_id)
    marks: list[Fraction] = []
    responses = []
    places = papers.positions(attempt.paper)
    papers.load([place.version for place in places])
    for number, place in enumerate(places, start=1):
        kept = in_force.get(number)
        answer = kept.answer if kept else None
        worth = mark(papers.item(place.version), answer)
        marks.append(worth)
        responses.append(
            {
                "attempt_id": attempt_id,
                "position": number,
                "version": place.version,
                "item_code": place.item,
                "answer": answer,
                "confidence": kept.confidence if kept else None,
                "mark_numerator": worth.numerator,
                "mark_denominator": worth.denominator,
            }
        )
    points = score(marks)
    past_the_orm = db.session.connection()  # which would double the cost of a sweep
    past_the_orm.execute(
        update(Attempt)
        .where(Attempt.id == attempt_id, Attempt.state == "submitted")
        .values(
            state="graded",
            graded_at=now,
            score=points,
            remembered_at=now if is_checked_at_once(attempt.practice) else None,
        )
    )
    past_the_orm.execute(insert(Response), responses)
    if attempt.campaign_id is not None:
        leaderboards.record(attempt.campaign_id, attempt.person_id, points, attempt.finished_at)
    db.session.commit()
    return True


def sweep(now: datetime) -> int:
    """End every overdue attempt and grade what is saved; returns how many.

    Two sweepers at once do no harm: each transition has one winner.
    """
    overdue = (
        select(Attempt.id)
        .where(Attempt.state == "open", Attempt.deadline_at < now - scheduling.GRACE)
        .with_for_update(skip_locked=True)  # being handed in, or another sweeper's
    )
    db.session.execute(
        update(Attempt)
        .where(Attempt.id.in_(overdue))
        .values(state="submitted", finished_at=Attempt.deadline_at)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    submitted = list(db.session.scalars(select(Attempt.id).where(Attempt.state == "submitted")))
    db.session.commit()
    random.shuffle(submitted)  # so that two sweepers seldom wait for each other
    return sum(grade(attempt_id, now) for attempt_id in submitted)


def note_clock_step(seconds: float, now: datetime) -> None:
    """Tell the audit log that somebody has set the server's clock, and by how much."""
    details = {"seconds": round(seconds)}
    audit.record("clock stepped", "server", "clock", now=now, person_id=None, details=details)
    db.session.commit()
