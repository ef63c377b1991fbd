"""Whose data each column is: a column that is not named here fails a test."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, or_, select

from quiz.models.attempts import Attempt, Card, LessonProgress, RefusedSave, Response, Save
from quiz.models.audit import AuditEvent
from quiz.models.campaigns import Certificate, RosterEntry, Standing
from quiz.models.item_reports import ItemReport
from quiz.models.people import OneTimeCode, Person, Posting, RoleGrant, SignIn

# What the review policy of a campaign may still hold back, and what is about another person.
SCORE, MARKS, ANSWERS, OTHERS = "score", "marks", "answers", "others"

Rows = Callable[[int], ColumnElement[bool]]  # which rows are about a person, by their id


@dataclass(frozen=True)
class Declared:
    """The decision on one table. Every column is in exactly one of the last three places."""

    about: Rows | None  # None: the table is about nobody, and nothing of it is exported
    exported: tuple[str, ...]
    hidden: tuple[str, ...]  # lets somebody in, or would tell a key: never exported
    gated: Mapping[str, str]  # exported once its gate opens

    @property
    def columns(self) -> list[str]:
        """Every column that the decision names."""
        return [*self.exported, *self.hidden, *self.gated]


def is_object(person_id: int) -> ColumnElement[bool]:
    """The audit events whose object is this person or an attempt of theirs."""
    event = AuditEvent
    return or_(
        (event.object_kind == "person") & (event.object_id == cast(person_id, String)),
        (event.object_kind == "attempt") & event.object_id.in_(_attempts_of(person_id)),
    )


def _attempts_of(person_id: int) -> Select[str]:
    return select(Attempt.id).where(Attempt.person_id == person_id)


def _declare(about: Rows | None, exported: str, hidden: str = "", **gated: str) -> Declared:
    return Declared(about, tuple(exported.split()), tuple(hidden.split()), gated)


def _of_person(table: Any) -> Rows:
    return lambda person_id: table.person_id == person_id


def _of_attempt(table: Any) -> Rows:
    return lambda person_id: table.attempt_id.in_(_attempts_of(person_id))


DECLARED: Mapping[str, Declared] = {
    "person": _declare(
        lambda person_id: Person.id == person_id,
        "id staff_code staff_code_key full_name sort_key folded_name is_active is_ranked "
        "pseudonym extra_time_percent created_at",
        hidden="password_hash",
    ),
    "posting": _declare(_of_person(Posting), "id person_id agency_id since until"),
    "role_grant": _declare(_of_person(RoleGrant), "id person_id role agency_id granted_at"),
    "sign_in": _declare(
        _of_person(SignIn),
        "id person_id created_at last_seen_at expires_at ended_at",
        hidden="token_hash",
    ),
    "one_time_code": _declare(
        _of_person(OneTimeCode), "id person_id expires_at used_at", hidden="code_hash"
    ),
    "roster_entry": _declare(
        _of_person(RosterEntry), "campaign_id person_id agency_id excused_reason"
    ),
    "attempt": _declare(
        _of_person(Attempt),
        "id person_id campaign_id practice number state started_at deadline_at finished_at "
        "submit_op_id lease_id graded_at remembered_at",
        paper=ANSWERS,
        score=SCORE,
    ),
    "save": _declare(
        _of_attempt(Save),
        "id op_id attempt_id position revision is_stale saved_at",
        answer=ANSWERS,
        confidence=ANSWERS,
    ),
    "refused_save": _declare(
        _of_attempt(RefusedSave), "id attempt_id op_id position reason size refused_at"
    ),
    "response": _declare(
        _of_attempt(Response),
        "attempt_id position item_code",
        hidden="version",  # a fingerprint of the item and its key
        answer=ANSWERS,
        confidence=ANSWERS,
        mark_numerator=MARKS,
        mark_denominator=MARKS,
    ),
    "lesson_progress": _declare(_of_person(LessonProgress), "person_id lesson_code read_at"),
    "standing": _declare(
        _of_person(Standing),
        "campaign_id person_id agency_id attempts",
        best_score=SCORE,
        finished_at=SCORE,  # it tells which attempt was the best
    ),
    "certificate": _declare(
        _of_person(Certificate),
        "id code campaign_id person_id issuer_name campaign_name full_name agency_name score "
        "finished_at issued_at",
    ),
    "card": _declare(
        _of_person(Card),
        "person_id item_code grade stability difficulty answered_at due_at",
    ),
    "item_report": _declare(
        _of_person(ItemReport),
        "id person_id item_code attempt_id position problem reason created_at status reply "
        "replied_at reply_seen_at",
        hidden="version replied_by",  # a fingerprint of the item and its key; who answered
    ),
    "audit_event": _declare(
        lambda person_id: (AuditEvent.person_id == person_id) | is_object(person_id),
        "id happened_at action object_kind request_id",
        # Who acted, and on whom, is exported only as far as it is oneself.
        person_id=OTHERS,
        object_id=OTHERS,
        details=OTHERS,
    ),
    "agency": _declare(None, "id code name kind parent_id opened_on closed_on"),
    "agency_succession": _declare(None, "predecessor_id successor_id manner happened_on"),
    "agency_standing": _declare(
        None, "campaign_id agency_id headcount participants score_sum passed"
    ),
    "item_version": _declare(None, "digest item_code content created_at"),
    "campaign": _declare(
        None,
        "id code name state audience_id topics difficulties kinds size time_limit_minutes "
        "attempt_limit pause_minutes pass_mark opens_at closes_at review_score review_marks "
        "review_answers review_key shrinkage minimum_headcount ends_attempts asks_confidence "
        "gives_certificate version opened_at closed_at",
    ),
}
