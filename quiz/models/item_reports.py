"""What learners find wrong with an item, and what trainers answer."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from quiz.models.base import Model
from quiz.models.people import one_of

PROBLEMS = ("wrong_key", "unclear", "several_keys", "misspelt", "other")
WAITING = ("new", "looking")
DONE = ("answered", "mended")
STATUSES = (*WAITING, *DONE)
SHORTEST_REASON, LONGEST_REASON = 3, 500
LONGEST_REPLY = 1_000


class ItemReport(Model):
    """One person's report of one wording of an item; only status, reply and its having
    been seen ever change.
    """

    __tablename__ = "item_report"
    __table_args__ = (
        CheckConstraint(one_of("problem", PROBLEMS), name="problem_known"),
        CheckConstraint(one_of("status", STATUSES), name="status_known"),
        CheckConstraint("position >= 1", name="position_positive"),
        CheckConstraint(
            f"length(reason) BETWEEN {SHORTEST_REASON} AND {LONGEST_REASON}", name="reason_length"
        ),
        CheckConstraint(f"length(reply) BETWEEN 1 AND {LONGEST_REPLY}", name="reply_length"),
        CheckConstraint(
            "(reply IS NULL) = (replied_by IS NULL) AND (reply IS NULL) = (replied_at IS NULL)",
            name="reply_whole",
        ),
        CheckConstraint(f"{one_of('status', WAITING)} OR reply IS NOT NULL", name="done_has_reply"),
        UniqueConstraint("person_id", "version"),
        Index("ix_item_report_status_created_at", "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    item_code: Mapped[str] = mapped_column(index=True)
    version: Mapped[str] = mapped_column(ForeignKey("item_version.digest"))
    attempt_id: Mapped[str] = mapped_column(String(24), ForeignKey("attempt.id"))
    position: Mapped[int]
    problem: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime]
    status: Mapped[str]
    reply: Mapped[str | None]
    replied_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    replied_at: Mapped[datetime | None]
    reply_seen_at: Mapped[datetime | None]  # when its author first opened the reply
