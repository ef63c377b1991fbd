"""Campaigns: their rules, their frozen rosters, and the standings of people and agencies."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ColumnElement, ForeignKey, Index, String, case
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from quiz.models.base import AnyRow, Model
from quiz.models.people import Agency, Person, one_of

CAMPAIGN_STATES = ("draft", "open", "closed")
REVIEW_TIMES = ("at_once", "after_close", "never")


class Campaign(Model):
    """A ranked quiz for an audience between two moments, with its rules."""

    __tablename__ = "campaign"
    __table_args__ = (
        CheckConstraint(one_of("state", CAMPAIGN_STATES), name="state_known"),
        CheckConstraint("closes_at > opens_at", name="closes_after_opens"),
        CheckConstraint("size BETWEEN 1 AND 100", name="size_range"),
        CheckConstraint("time_limit_minutes BETWEEN 1 AND 90", name="time_limit_range"),
        CheckConstraint("attempt_limit BETWEEN 1 AND 10", name="attempt_limit_range"),
        CheckConstraint("pause_minutes BETWEEN 0 AND 10080", name="pause_range"),
        CheckConstraint("pass_mark BETWEEN 0 AND 100", name="pass_mark_range"),
        CheckConstraint("shrinkage BETWEEN 0 AND 100", name="shrinkage_range"),
        CheckConstraint("minimum_headcount BETWEEN 1 AND 100", name="minimum_range"),
        CheckConstraint(one_of("review_score", REVIEW_TIMES), name="review_score_known"),
        CheckConstraint(one_of("review_marks", REVIEW_TIMES), name="review_marks_known"),
        CheckConstraint(one_of("review_answers", REVIEW_TIMES), name="review_answers_known"),
        CheckConstraint(one_of("review_key", REVIEW_TIMES), name="review_key_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)  # in URLs
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default="draft")
    audience_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))  # and all below it
    topics: Mapped[list[str]]  # lesson codes of the blueprint
    difficulties: Mapped[dict[str, int]] = mapped_column(default=dict)  # weights; {}: any
    kinds: Mapped[list[str]]  # of items
    size: Mapped[int]  # items on a paper
    time_limit_minutes: Mapped[int]
    attempt_limit: Mapped[int]
    pause_minutes: Mapped[int]  # between two attempts of a person
    pass_mark: Mapped[int]  # points, 0–100
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    review_score: Mapped[str]
    review_marks: Mapped[str]
    review_answers: Mapped[str]
    review_key: Mapped[str]
    shrinkage: Mapped[int] = mapped_column(default=10)  # k of the agency index
    minimum_headcount: Mapped[int] = mapped_column(default=5)  # to be ranked
    # Whether the end of the campaign also ends attempts in progress, or each has its full time.
    ends_attempts: Mapped[bool] = mapped_column(default=True)
    asks_confidence: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)  # of the draft: goes up with each change
    gives_certificate: Mapped[bool] = mapped_column(default=True)  # to those who pass
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    audience: Mapped[Agency] = relationship()

    @hybrid_property
    def ends_at(self) -> datetime:
        """From when nobody may begin: as announced, or earlier, when an organiser closed it."""
        return min(self.closes_at, self.closed_at or self.closes_at)

    @ends_at.inplace.expression
    @classmethod
    def _ends_at(cls) -> ColumnElement[datetime]:
        return case((cls.closed_at < cls.closes_at, cls.closed_at), else_=cls.closes_at)


AnyCampaign = Campaign | AnyRow  # an object, or its columns with `ends_at` and nothing to follow


class RosterEntry(Model):
    """The denominator: who is expected, and whose score counts where; frozen at opening."""

    __tablename__ = "roster_entry"
    __table_args__ = (Index("ix_roster_entry_campaign_id_agency_id", "campaign_id", "agency_id"),)

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    excused_reason: Mapped[str | None]

    person: Mapped[Person] = relationship()
    agency: Mapped[Agency] = relationship()


class Standing(Model):
    """A person's best result in a campaign, kept in the grading transaction."""

    __tablename__ = "standing"
    __table_args__ = (
        CheckConstraint("best_score BETWEEN 0 AND 10000", name="score_range"),
        CheckConstraint("attempts >= 1", name="attempts_positive"),
        Index("ix_standing_campaign_id_agency_id", "campaign_id", "agency_id", "best_score"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    best_score: Mapped[int]  # hundredths of a point
    attempts: Mapped[int]
    finished_at: Mapped[datetime]  # of the best attempt


class AgencyStanding(Model):
    """The sums behind an agency's index, kept in the grading transaction."""

    __tablename__ = "agency_standing"
    __table_args__ = (
        CheckConstraint("participants BETWEEN 0 AND headcount", name="participants_range"),
        CheckConstraint("passed BETWEEN 0 AND participants", name="passed_range"),
        CheckConstraint("score_sum BETWEEN 0 AND participants * 10000", name="score_sum_range"),
    )

    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    headcount: Mapped[int]  # roster entries minus excused
    participants: Mapped[int]
    score_sum: Mapped[int]  # of best scores, hundredths of a point
    passed: Mapped[int]

    agency: Mapped[Agency] = relationship()


class Certificate(Model):
    """What was printed of somebody's result, for ever as it was printed.

    Whether it still holds is not kept here: it follows from the standing and from later
    certificates, so that no correction can forget to say so.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("score BETWEEN 0 AND 10000", name="score_range"),
        Index("ix_certificate_person_id_campaign_id", "person_id", "campaign_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(28), unique=True)  # random, 140 bits
    campaign_id: Mapped[int] = mapped_column(ForeignKey("campaign.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    issuer_name: Mapped[str]  # the agency that held the campaign
    campaign_name: Mapped[str]
    full_name: Mapped[str]
    agency_name: Mapped[str]
    score: Mapped[int]  # hundredths of a point
    finished_at: Mapped[datetime]  # of the attempt with this score
    issued_at: Mapped[datetime]
