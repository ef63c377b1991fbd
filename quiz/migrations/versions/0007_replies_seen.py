"""A report notes when its author has seen the reply, so that only unseen ones are announced."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Nobody knows who has seen the replies so far: each is announced once more."""
    op.add_column("item_report", sa.Column("reply_seen_at", sa.DateTime(timezone=True)))
