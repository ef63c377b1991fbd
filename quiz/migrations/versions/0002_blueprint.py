"""Campaigns draw by difficulty and kind too; these rules stay with the others."""

import json

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from quiz.migrations.guards import create_guard

revision = "0002"
down_revision = "0001"

JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
# What campaigns drew from before: any difficulty, the kinds there were.
KINDS_BEFORE = ["single", "true_false", "multiple", "classify", "match"]


def upgrade() -> None:
    """Add the two rules and guard them."""
    for name, before in (("difficulties", {}), ("kinds", KINDS_BEFORE)):
        op.add_column(
            "campaign",
            sa.Column(name, JSON_VALUE, nullable=False, server_default=json.dumps(before)),
        )
    create_guard(
        "campaign_blueprint_stays",
        "UPDATE",
        "campaign",
        "OLD.state <> 'draft' AND (OLD.difficulties {differs} NEW.difficulties "
        "OR OLD.kinds {differs} NEW.kinds)",
        "the rules of an opened campaign stay",
    )
