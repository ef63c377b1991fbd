"""What identifies an attempt stays, how it was handed in and when it was graded too."""

from quiz.migrations.guards import create_guard

revision = "0009"
down_revision = "0008"

GRADING_STAYS = """
    OLD.id {differs} NEW.id OR OLD.number {differs} NEW.number
    OR OLD.practice {differs} NEW.practice
    OR (OLD.state <> 'open' AND OLD.submit_op_id {differs} NEW.submit_op_id)
    OR (OLD.state IN ('graded', 'annulled') AND OLD.graded_at {differs} NEW.graded_at)
    OR (NEW.state NOT IN ('graded', 'annulled') AND NEW.score IS NOT NULL)
"""


def upgrade() -> None:
    """A score comes with the grading, and from nowhere else."""
    create_guard(
        "attempt_grading_stays", "UPDATE", "attempt", GRADING_STAYS, "a finished attempt stays"
    )
