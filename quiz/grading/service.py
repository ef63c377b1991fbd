"""The end of an attempt: it is closed once, and graded once, by whoever comes first."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import Select, bindparam, insert, select, update

from quiz.audit import service as audit
from quiz.domain import scheduling
from quiz.domain.practice import is_checked_at_once
from quiz.domain.scoring import mark, score
from quiz.journal import service as journal
from quiz.leaderboards import service as leaderboards
from quiz.leaderboards.service import Result
from quiz.models import AnyRow, Attempt, Response, db
from quiz.papers import service as papers

BATCH = 50  # attempts that a sweep grades at once: others wait for a few hundredths of a second

# Statements are written once: writing one costs as much as asking it.
_FINISHED = (
    update(Attempt)
    .where(Attempt.id == bindparam("of"), Attempt.state == "open")
    .values(state="submitted", finished_at=bindparam("at"), submit_op_id=bindparam("by"))
)
_SUBMITTED = select(
    Attempt.id,
    Attempt.paper,
    Attempt.person_id,
    Attempt.campaign_id,
    Attempt.practice,
    Attempt.finished_at,
).where(Attempt.state == "submitted")
_GRADED = (
    update(Attempt)
    .where(Attempt.id == bindparam("of"), Attempt.state == "submitted")
    .values(
        state="graded",
        graded_at=bindparam("at"),
        score=bindparam("points"),
        remembered_at=bindparam("learnt_at"),
    )
)


def finish(attempt_id: str, deadline: datetime | None, now: datetime, op_id: str | None) -> None:
    """Close an open attempt; one of several requests wins, the others change nothing."""
    finished_at = now if deadline is None else min(now, deadline)
    db.session.connection().execute(_FINISHED, {"of": attempt_id, "at": finished_at, "by": op_id})
    db.session.commit()


def grade(attempt_id: str, now: datetime) -> bool:
    """Mark a submitted attempt, and keep the board, in one transaction. False if it was done."""
    return _grade(_SUBMITTED.where(Attempt.id == attempt_id).with_for_update(), now) == 1


def sweep(now: datetime) -> int:
    """End every overdue attempt and grade what is saved; returns how many.

    Two sweepers at once do no harm: each attempt is graded by the one that locks it first.
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
    some, settled = _SUBMITTED.limit(BATCH).with_for_update(skip_locked=True), 0
    while graded := _grade(some, now):
        settled += graded
    return settled


def _grade(which: Select[Any], now: datetime) -> int:
    """Mark these attempts, locked here, and keep the boards; returns how many there were."""
    past_the_orm = db.session.connection()  # which would double the cost of a sweep
    attempts = past_the_orm.execute(which).all()
    if not attempts:
        db.session.rollback()
        return 0
    in_force = journal.in_force_in([attempt.id for attempt in attempts])
    papers.load({place["version"] for attempt in attempts for place in attempt.paper})
    graded, responses, results = [], [], []
    for attempt in attempts:
        marked = list(_responses(attempt, in_force[attempt.id]))
        points = score([Fraction(one["mark_numerator"], one["mark_denominator"]) for one in marked])
        learnt_at = now if is_checked_at_once(attempt.practice) else None
        graded.append({"of": attempt.id, "points": points, "at": now, "learnt_at": learnt_at})
        responses += marked
        if attempt.campaign_id is not None:
            results.append(
                Result(attempt.campaign_id, attempt.person_id, points, attempt.finished_at)
            )
    past_the_orm.execute(_GRADED, graded)
    past_the_orm.execute(insert(Response), responses)
    leaderboards.record(results)
    db.session.commit()
    return len(attempts)


def _responses(attempt: AnyRow, in_force: Mapping[int, AnyRow]) -> Iterator[dict[str, Any]]:
    """The rows of what was answered, each with its mark."""
    for number, place in enumerate(attempt.paper, start=1):
        kept = in_force.get(number)
        answer = kept.answer if kept else None
        worth = mark(papers.item(place["version"]), answer)
        yield {
            "attempt_id": attempt.id,
            "position": number,
            "version": place["version"],
            "item_code": place["item"],
            "answer": answer,
            "confidence": kept.confidence if kept else None,
            "mark_numerator": worth.numerator,
            "mark_denominator": worth.denominator,
        }


def note_clock_step(seconds: float, now: datetime) -> None:
    """Tell the audit log that somebody has set the server's clock, and by how much."""
    details = {"seconds": round(seconds)}
    audit.record("clock stepped", "server", "clock", now=now, person_id=None, details=details)
    db.session.commit()
