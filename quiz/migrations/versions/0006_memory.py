"""A practice names its source; cards remember items, so progress is reading alone."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

TEST_OF_COURSE = "practice LIKE 'pre:%' OR practice LIKE 'post:%'"
NOT_REMEMBERED = "state = 'graded' AND remembered_at IS NULL"


def upgrade() -> None:
    """Name the sources of old practices; the sweeper makes the cards from their responses."""
    op.execute("ALTER TABLE attempt RENAME COLUMN lesson_code TO practice")
    op.execute("UPDATE attempt SET practice = 'lesson:' || practice WHERE practice IS NOT NULL")
    op.add_column("attempt", sa.Column("remembered_at", sa.DateTime(timezone=True)))
    op.create_index(
        "uq_attempt_test_of_course",
        "attempt",
        ["person_id", "practice"],
        unique=True,
        sqlite_where=sa.text(TEST_OF_COURSE),
        postgresql_where=sa.text(TEST_OF_COURSE),
    )
    op.create_index(
        "ix_attempt_not_remembered",
        "attempt",
        ["campaign_id", "person_id"],
        sqlite_where=sa.text(NOT_REMEMBERED),
        postgresql_where=sa.text(NOT_REMEMBERED),
    )
    op.create_table(
        "card",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("grade", sa.String(), nullable=False),
        sa.Column("stability", sa.Double(), nullable=False),
        sa.Column("difficulty", sa.Double(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "grade IN ('again', 'hard', 'good', 'easy')", name="ck_card_grade_known"
        ),
        sa.CheckConstraint("stability > 0", name="ck_card_stability_positive"),
        sa.CheckConstraint("difficulty BETWEEN 1 AND 10", name="ck_card_difficulty_range"),
        sa.CheckConstraint("due_at > answered_at", name="ck_card_due_after_answer"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_card_person_id_person"),
        sa.PrimaryKeyConstraint("person_id", "item_code", name="pk_card"),
    )
    _keep_only_readings()


def _keep_only_readings() -> None:
    """SQLite cannot drop a column that a constraint names, so the table is made anew."""
    op.execute(
        "CREATE TABLE readings_kept AS "
        "SELECT person_id, lesson_code, read_at FROM lesson_progress WHERE read_at IS NOT NULL"
    )
    op.drop_table("lesson_progress")
    op.create_table(
        "lesson_progress",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("lesson_code", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_lesson_progress_person_id_person"
        ),
        sa.PrimaryKeyConstraint("person_id", "lesson_code", name="pk_lesson_progress"),
    )
    op.execute(
        "INSERT INTO lesson_progress SELECT person_id, lesson_code, read_at FROM readings_kept"
    )
    op.drop_table("readings_kept")
