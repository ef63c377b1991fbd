"""The journal tells stale and refused saves; attempts have a lease, campaigns more rules."""

import sqlalchemy as sa
from alembic import op

from quiz.migrations.guards import create_guard, drop_guard

revision = "0003"
down_revision = "0002"

# SQLite adds a constraint only together with its column, so that columns are written out.
COLUMNS = (
    (
        "person",
        "extra_time_percent INTEGER DEFAULT 0 NOT NULL "
        "CONSTRAINT ck_person_extra_time_range CHECK (extra_time_percent BETWEEN 0 AND 200)",
    ),
    (
        "campaign",
        "review_marks VARCHAR DEFAULT 'never' NOT NULL CONSTRAINT ck_campaign_review_marks_known "
        "CHECK (review_marks IN ('at_once', 'after_close', 'never'))",
    ),
    ("campaign", "ends_attempts BOOLEAN DEFAULT true NOT NULL"),
    ("campaign", "asks_confidence BOOLEAN DEFAULT false NOT NULL"),
    ("campaign", "version INTEGER DEFAULT 1 NOT NULL"),
    (
        "attempt",
        "lease_id INTEGER CONSTRAINT fk_attempt_lease_id_sign_in REFERENCES sign_in (id)",
    ),
    (
        "save",
        "confidence VARCHAR CONSTRAINT ck_save_confidence_known "
        "CHECK (confidence IN ('unsure', 'fairly', 'sure'))",
    ),
    ("save", "is_stale BOOLEAN DEFAULT false NOT NULL"),
    ("response", "confidence VARCHAR"),
)
RULES = ("review_marks", "ends_attempts", "asks_confidence")
# Until now the highest revision was in force, of equal ones the latest.
STALE_UNTIL_NOW = """
    UPDATE save SET is_stale = true WHERE EXISTS (
        SELECT 1 FROM save AS earlier
        WHERE earlier.attempt_id = save.attempt_id AND earlier.position = save.position
        AND earlier.id < save.id AND earlier.revision > save.revision)
"""


def upgrade() -> None:
    """Add what is new, tell old saves apart, and guard it."""
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    drop_guard("save_no_update", "save")
    op.execute(STALE_UNTIL_NOW)
    create_guard("save_no_update", "UPDATE", "save", None, "save is append-only")
    op.execute("UPDATE campaign SET review_marks = review_answers")  # until now shown together
    changed = " OR ".join(f"OLD.{rule} {{differs}} NEW.{rule}" for rule in RULES)
    create_guard(
        "campaign_more_rules_stay",
        "UPDATE",
        "campaign",
        f"OLD.state <> 'draft' AND ({changed})",
        "the rules of an opened campaign stay",
    )
    op.create_table(
        "refused_save",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_id", sa.String(24), nullable=False),
        sa.Column("op_id", sa.String(36)),
        sa.Column("position", sa.Integer()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("refused_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_refused_save_attempt_id_attempt"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_refused_save"),
    )
    op.create_index("ix_refused_save_attempt_id", "refused_save", ["attempt_id"])
    for event in ("UPDATE", "DELETE"):
        create_guard(
            f"refused_save_no_{event.lower()}",
            event,
            "refused_save",
            None,
            "refused_save is append-only",
        )
