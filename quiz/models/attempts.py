"""Items as they were seen, attempts and their journal, responses, and what they teach us."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.domain.memory import GRADES
from quiz.models.base import JSONValue, Model
from quiz.models.campaigns import Campaign
from quiz.models.people import Person, one_of

ATTEMPT_STATES = ("open", "submitted", "graded", "annulled")
CONFIDENCES = ("unsure", "fairly", "sure")
FULL_SCORE = 10_000  # hundredths of a point
TEST_OF_COURSE = "practice LIKE 'pre:%' OR practice LIKE 'post:%'"  # taken once each
NOT_REMEMBERED = "state = 'graded' AND remembered_at IS NULL"
# SQLite takes an index of some rows only where a query says the same of them, in the same words.
OPEN, SUBMITTED = "state = 'open'", "state = 'submitted'"


class ItemVersion(Model):
    """The exact wording and key an attempt saw; written when first used, never changed."""

    __tablename__ = "item_version"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    item_code: Mapped[str] = mapped_column(index=True)
    content: Mapped[str]  # Item.to_json()
    created_at: Mapped[datetime]


class Attempt(Model):
    """One run of one person through one frozen paper; it has a campaign, or is a practice."""

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint(one_of("state", ATTEMPT_STATES), name="state_known"),
        CheckConstraint(f"score BETWEEN 0 AND {FULL_SCORE}", name="score_range"),
        CheckConstraint("number >= 1", name="number_positive"),
        CheckConstraint("(campaign_id IS NULL) <> (practice IS NULL)", name="campaign_or_practice"),
        CheckConstraint(
            "(campaign_id IS NULL) = (deadline_at IS NULL)", name="campaign_has_deadline"
        ),
        CheckConstraint("(state = 'open') = (finished_at IS NULL)", name="finished_unless_open"),
        CheckConstraint("state <> 'graded' OR score IS NOT NULL", name="graded_has_score"),
        UniqueConstraint("person_id", "campaign_id", "number"),
        Index(
            "uq_attempt_open_campaign",
            "person_id",
            "campaign_id",
            unique=True,
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index(
            "uq_attempt_open_practice",
            "person_id",
            "practice",
            unique=True,
            sqlite_where=text("state = 'open' AND campaign_id IS NULL"),
            postgresql_where=text("state = 'open' AND campaign_id IS NULL"),
        ),
        Index(
            "uq_attempt_test_of_course",
            "person_id",
            "practice",
            unique=True,
            sqlite_where=text(TEST_OF_COURSE),
            postgresql_where=text(TEST_OF_COURSE),
        ),
        Index(
            "ix_attempt_not_remembered",
            "campaign_id",
            "person_id",
            sqlite_where=text(NOT_REMEMBERED),
            postgresql_where=text(NOT_REMEMBERED),
        ),
        Index(
            "ix_attempt_open_deadline_at",
            "deadline_at",
            sqlite_where=text(OPEN),
            postgresql_where=text(OPEN),
        ),
        Index(
            "ix_attempt_submitted_id",
            "id",
            sqlite_where=text(SUBMITTED),
            postgresql_where=text(SUBMITTED),
        ),
        Index("ix_attempt_campaign_id_person_id", "campaign_id", "person_id"),
    )

    id: Mapped[str] = mapped_column(String(24), primary_key=True)  # random, not guessable
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    campaign_id: Mapped[int | None] = mapped_column(ForeignKey("campaign.id"))
    practice: Mapped[str | None]  # its source, see domain/practice.py
    number: Mapped[int]
    state: Mapped[str]
    paper: Mapped[list[dict[str, Any]]]  # paper.Position per question, frozen at start
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    submit_op_id: Mapped[str | None] = mapped_column(String(36), unique=True)
    # The sign-in that may write; another device takes the lease over before it can.
    lease_id: Mapped[int | None] = mapped_column(ForeignKey("sign_in.id"))
    graded_at: Mapped[datetime | None]
    score: Mapped[int | None]  # hundredths of a point, 0–10000
    # When the person's cards learnt from it; ranked ones wait until their owner may know.
    remembered_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    campaign: Mapped[Campaign | None] = relationship()

    @property
    def ran_out(self) -> bool:
        """Whether its end came before its owner handed it in."""
        if self.finished_at is None or self.deadline_at is None:
            return False
        return self.finished_at >= self.deadline_at

    @property
    def was_cut_off(self) -> bool:
        """Whether its end is the moment at which an organiser closed the campaign."""
        return self.campaign is not None and self.deadline_at == self.campaign.closed_at


class Save(Model):
    """Append-only journal of the answers that the server has acknowledged.

    The answer in force at a position is the latest that is not stale.
    """

    __tablename__ = "save"
    __table_args__ = (
        CheckConstraint("position >= 1", name="position_positive"),
        CheckConstraint("revision >= 1", name="revision_positive"),
        CheckConstraint(one_of("confidence", CONFIDENCES), name="confidence_known"),
        Index("ix_save_attempt_id_position_revision", "attempt_id", "position", "revision"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    op_id: Mapped[str] = mapped_column(String(36), unique=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"))
    position: Mapped[int]
    revision: Mapped[int]
    answer: Mapped[Any] = mapped_column(JSONValue)  # items.Answer; JSON null clears the answer
    confidence: Mapped[str | None]  # in practice, or where the campaign asks; never scored
    # Its page had not seen the answer in force, which therefore stays.
    is_stale: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime]


class RefusedSave(Model):
    """Append-only journal of the saves that the server refused; they changed nothing."""

    __tablename__ = "refused_save"

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), index=True)
    op_id: Mapped[str | None] = mapped_column(String(36))
    position: Mapped[int | None]
    reason: Mapped[str]  # the name of the refusal
    size: Mapped[int]  # of the request, bytes
    refused_at: Mapped[datetime]


class Response(Model):
    """The graded answer to one position of a finished attempt."""

    __tablename__ = "response"
    __table_args__ = (
        CheckConstraint("mark_numerator BETWEEN 0 AND mark_denominator", name="mark_range"),
        CheckConstraint("mark_denominator >= 1", name="mark_denominator_positive"),
    )

    attempt_id: Mapped[str] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(ForeignKey("item_version.digest"))
    item_code: Mapped[str] = mapped_column(index=True)
    answer: Mapped[Any] = mapped_column(JSONValue)
    confidence: Mapped[str | None]
    mark_numerator: Mapped[int]  # an exact fraction: halves and thirds are argued about
    mark_denominator: Mapped[int]


class LessonProgress(Model):
    """When one person first read one lesson."""

    __tablename__ = "lesson_progress"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    lesson_code: Mapped[str] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]


class Card(Model):
    """What one person remembers of one item, as FSRS reckons it from every known answer."""

    __tablename__ = "card"
    __table_args__ = (
        CheckConstraint(one_of("grade", GRADES), name="grade_known"),
        CheckConstraint("stability > 0", name="stability_positive"),
        CheckConstraint("difficulty BETWEEN 1 AND 10", name="difficulty_range"),
        CheckConstraint("due_at > answered_at", name="due_after_answer"),
    )

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    item_code: Mapped[str] = mapped_column(primary_key=True)
    grade: Mapped[str]  # of the latest answer
    stability: Mapped[float]  # days until the chance to know it falls to nine in ten
    difficulty: Mapped[float]  # 1–10
    answered_at: Mapped[datetime]
    due_at: Mapped[datetime]
