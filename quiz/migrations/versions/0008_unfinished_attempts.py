"""Overdue attempts, and those that wait to be graded, are found without reading the finished."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """One index for each question that a sweep asks: SQLite took none for the second."""
    op.drop_index("ix_attempt_unfinished_deadline_at", "attempt")
    for name, column, condition in (
        ("ix_attempt_open_deadline_at", "deadline_at", "state = 'open'"),
        ("ix_attempt_submitted_id", "id", "state = 'submitted'"),
    ):
        op.create_index(
            name,
            "attempt",
            [column],
            sqlite_where=sa.text(condition),
            postgresql_where=sa.text(condition),
        )
