"""The end of an attempt: it is closed once, and graded once, by whoever comes first."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from quiz.audit import service as audit
from quiz.domain import scheduling
from quiz.domain.practice import is_checked_at_once
from quiz.domain.scoring import mark, score
from quiz.journal import service as journal
from quiz.models import AnyRow, Attempt, Prepared, Response, transactions
from quiz.models.attempts import OPEN, SUBMITTED
from quiz.papers import service as papers
from quiz.standings import service as standings
from quiz.standings.service import Result

BATCH = 50  # attempts graded at once: others wait for a few hundredths of a second

logger = logging.getLogger(__name__)

_FINISH = Prepared(
    lambda: (
        update(Attempt)
        .where(Attempt.id == bindparam("of"), Attempt.state == "open")
        .values(state="submitted", finished_at=bindparam("at"), submit_op_id=bindparam("by"))
    )
)
_END = Prepared(
    lambda: (
        update(Attempt)
        .where(
            Attempt.id.in_(
                select(Attempt.id)
                .where(text(OPEN), Attempt.deadline_at < bindparam("before"))
                .with_for_update(skip_locked=True)  # being handed in, or another sweeper's
            )
        )
        .values(state="submitted", finished_at=Attempt.deadline_at)
    )
)
_SUBMITTED = select(
    Attempt.id,
    Attempt.paper,
    Attempt.person_id,
    Attempt.campaign_id,
    Attempt.practice,
    Attempt.finished_at,
).where(text(SUBMITTED))
_THIS = Prepared(lambda: _SUBMITTED.where(Attempt.id == bindparam("of")).with_for_update())
_OTHERS = Prepared(
    lambda: (
        _SUBMITTED.where(Attempt.id != bindparam("of"))
        .limit(BATCH - 1)
        .with_for_update(skip_locked=True)  # being graded
    )
)
_NEXT = Prepared(
    lambda: (
        _SUBMITTED.where(Attempt.id > bindparam("after"))
        .order_by(Attempt.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
)
_GRADE = Prepared(
    lambda: (
        update(Attempt)
        .where(Attempt.id == bindparam("of"), Attempt.state == "submitted")
        .values(
            state="graded",
            graded_at=bindparam("at"),
            score=bindparam("points"),
            remembered_at=bindparam("learnt_at"),
        )
    )
)
_RESPOND = Prepared(lambda: insert(Response))


def finish(attempt_id: str, deadline: datetime | None, now: datetime, op_id: str | None) -> None:
    """Close an open attempt; one of several requests wins, the others change nothing.

    Raises OperationReused if the op_id has closed another attempt.
    """
    finished_at = now if deadline is None else min(now, deadline)
    try:
        _FINISH.change({"of": attempt_id, "at": finished_at, "by": op_id})
    except IntegrityError as error:
        transactions.rollback()
        raise journal.OperationReused from error
    transactions.commit()


def grade(attempt_id: str, now: datetime) -> None:
    """Mark an attempt that was handed in, and keep the board, unless somebody has done it.

    What others have handed in by now is marked with it, in the same transaction: in the last
    minute, when many wait for their turn, each of them then costs a fraction.
    """
    if this := _THIS.all(of=attempt_id):
        _grade([*this, *_OTHERS.all(of=attempt_id)], now)
    transactions.commit()


def sweep(now: datetime) -> int:
    """End every overdue attempt and grade what is saved; returns how many.

    Two sweepers at once do no harm: each attempt is graded by the one that locks it first.
    """
    _END.change({"before": now - scheduling.GRACE})
    transactions.commit()
    settled, after = 0, ""
    while batch := _NEXT.all(after=after):
        settled += _grade(batch, now)
        after = batch[-1].id
        transactions.commit()
    transactions.rollback()
    return settled


def _grade(attempts: Sequence[AnyRow], now: datetime) -> int:
    """Mark these attempts, which the caller has locked; returns how many could be.

    One that cannot be marked keeps nobody else from their score: it is left as it is, and the
    log says why. The caller commits.
    """
    in_force = journal.in_force_in([attempt.id for attempt in attempts])
    papers.load({place["version"] for attempt in attempts for place in attempt.paper})
    graded, responses, results = [], [], []
    for attempt in attempts:
        try:
            marked = list(_responses(attempt, in_force[attempt.id]))
        except Exception:
            logger.exception("attempt %s cannot be marked", attempt.id)
            continue
        points = score([Fraction(one["mark_numerator"], one["mark_denominator"]) for one in marked])
        learnt_at = now if is_checked_at_once(attempt.practice) else None
        graded.append({"of": attempt.id, "points": points, "at": now, "learnt_at": learnt_at})
        responses += marked
        if attempt.campaign_id is not None:
            results.append(
                Result(attempt.campaign_id, attempt.person_id, points, attempt.finished_at)
            )
    _GRADE.change(*graded)
    _RESPOND.change(*responses)
    standings.record(results)
    return len(graded)


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
    transactions.commit()
