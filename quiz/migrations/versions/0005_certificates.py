"""Certificates, and the rule of a campaign that gives them."""

import sqlalchemy as sa
from alembic import op

from quiz.migrations.guards import create_guard

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the rule and the table, and guard both."""
    op.execute("ALTER TABLE campaign ADD COLUMN gives_certificate BOOLEAN DEFAULT true NOT NULL")
    create_guard(
        "campaign_certificate_stays",
        "UPDATE",
        "campaign",
        "OLD.state <> 'draft' AND OLD.gives_certificate {differs} NEW.gives_certificate",
        "the rules of an opened campaign stay",
    )
    op.create_table(
        "certificate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(28), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("issuer_name", sa.String(), nullable=False),
        sa.Column("campaign_name", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("agency_name", sa.String(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name="ck_certificate_score_range"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_certificate_campaign_id_campaign"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_certificate_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
        sa.UniqueConstraint("code", name="uq_certificate_code"),
    )
    op.create_index(
        "ix_certificate_person_id_campaign_id", "certificate", ["person_id", "campaign_id"]
    )
    for event in ("UPDATE", "DELETE"):
        create_guard(
            f"certificate_no_{event.lower()}",
            event,
            "certificate",
            None,
            "certificate is append-only",
        )
