"""Learners report what is wrong with an item; what they said stays as they said it."""

import sqlalchemy as sa
from alembic import op

from quiz.migrations.guards import create_guard

revision = "0004"
down_revision = "0003"

AS_REPORTED = (
    "person_id",
    "item_code",
    "version",
    "attempt_id",
    "position",
    "problem",
    "reason",
    "created_at",
)


def upgrade() -> None:
    """Add the table and its guards."""
    op.create_table(
        "item_report",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("version", sa.String(64), nullable=False),
        sa.Column("attempt_id", sa.String(24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reply", sa.String()),
        sa.Column("replied_by", sa.Integer()),
        sa.Column("replied_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "problem IN ('wrong_key', 'unclear', 'several_keys', 'misspelt', 'other')",
            name="ck_item_report_problem_known",
        ),
        sa.CheckConstraint(
            "status IN ('new', 'looking', 'answered', 'mended')",
            name="ck_item_report_status_known",
        ),
        sa.CheckConstraint("position >= 1", name="ck_item_report_position_positive"),
        sa.CheckConstraint("length(reason) BETWEEN 3 AND 500", name="ck_item_report_reason_length"),
        sa.CheckConstraint("length(reply) BETWEEN 1 AND 1000", name="ck_item_report_reply_length"),
        sa.CheckConstraint(
            "(reply IS NULL) = (replied_by IS NULL) AND (reply IS NULL) = (replied_at IS NULL)",
            name="ck_item_report_reply_whole",
        ),
        sa.CheckConstraint(
            "status IN ('new', 'looking') OR reply IS NOT NULL",
            name="ck_item_report_done_has_reply",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_item_report_person_id_person"
        ),
        sa.ForeignKeyConstraint(
            ["version"], ["item_version.digest"], name="fk_item_report_version_item_version"
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_item_report_attempt_id_attempt"
        ),
        sa.ForeignKeyConstraint(
            ["replied_by"], ["person.id"], name="fk_item_report_replied_by_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_item_report"),
        sa.UniqueConstraint("person_id", "version", name="uq_item_report_person_id_version"),
    )
    op.create_index("ix_item_report_item_code", "item_report", ["item_code"])
    op.create_index("ix_item_report_status_created_at", "item_report", ["status", "created_at"])
    changed = " OR ".join(f"OLD.{column} {{differs}} NEW.{column}" for column in AS_REPORTED)
    create_guard(
        "item_report_stays", "UPDATE", "item_report", changed, "a report stays as it was made"
    )
    create_guard(
        "item_report_no_delete", "DELETE", "item_report", None, "a report is never deleted"
    )
