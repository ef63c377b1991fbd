"""The first schema: people, campaigns, attempts, and the guards of what never changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from quiz.migrations.guards import create_guard

revision = "0001"
down_revision = None

JSON_VALUE = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


APPEND_ONLY = ("save", "item_version", "response", "audit_event")
FINISHED_STAYS = """
    OLD.paper {differs} NEW.paper OR OLD.person_id {differs} NEW.person_id
    OR OLD.campaign_id {differs} NEW.campaign_id OR OLD.started_at {differs} NEW.started_at
    OR (OLD.state <> 'open' AND (
        OLD.finished_at {differs} NEW.finished_at OR OLD.deadline_at {differs} NEW.deadline_at
        OR NEW.state = 'open'))
    OR (OLD.state IN ('graded', 'annulled') AND OLD.score {differs} NEW.score)
    OR (OLD.state = 'graded' AND NEW.state NOT IN ('graded', 'annulled'))
    OR (OLD.state = 'annulled' AND NEW.state <> 'annulled')
"""
RULES_STAY = """
    OLD.state <> 'draft' AND (NEW.state = 'draft' OR {changed})
"""
RULES = (
    "code",
    "audience_id",
    "size",
    "time_limit_minutes",
    "attempt_limit",
    "pause_minutes",
    "pass_mark",
    "opens_at",
    "closes_at",
    "review_score",
    "review_answers",
    "review_key",
    "shrinkage",
    "minimum_headcount",
    "topics",
)
# (name, event, table, condition, message); a condition is SQL over OLD and NEW.
GUARDS = (
    *(
        (f"{table}_no_{event.lower()}", event, table, None, f"{table} is append-only")
        for table in APPEND_ONLY
        for event in ("UPDATE", "DELETE")
    ),
    ("attempt_no_delete", "DELETE", "attempt", None, "an attempt is never deleted"),
    ("attempt_finished_stays", "UPDATE", "attempt", FINISHED_STAYS, "a finished attempt stays"),
    (
        "campaign_rules_stay",
        "UPDATE",
        "campaign",
        RULES_STAY,
        "the rules of an opened campaign stay",
    ),
    (
        "roster_entry_frozen_insert",
        "INSERT",
        "roster_entry",
        "(SELECT state FROM campaign WHERE id = NEW.campaign_id) <> 'draft'",
        "the roster is frozen",
    ),
    (
        "roster_entry_frozen_delete",
        "DELETE",
        "roster_entry",
        "(SELECT state FROM campaign WHERE id = OLD.campaign_id) <> 'draft'",
        "the roster is frozen",
    ),
)


def upgrade() -> None:
    """Create every table, index and guard."""
    op.create_table(
        "agency",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('province', 'block', 'department', 'commune', "
            "'mass_organisation', 'service_unit')",
            name="ck_agency_kind_known",
        ),
        sa.CheckConstraint(
            "closed_on IS NULL OR closed_on >= opened_on", name="ck_agency_closed_after_opened"
        ),
        sa.CheckConstraint("parent_id <> id", name="ck_agency_not_own_parent"),
        sa.ForeignKeyConstraint(["parent_id"], ["agency.id"], name="fk_agency_parent_id_agency"),
        sa.PrimaryKeyConstraint("id", name="pk_agency"),
        sa.UniqueConstraint("code", name="uq_agency_code"),
    )
    op.create_index("ix_agency_parent_id", "agency", ["parent_id"], unique=False)
    op.create_table(
        "item_version",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_item_version"),
    )
    op.create_index("ix_item_version_item_code", "item_version", ["item_code"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_code", sa.String(), nullable=False),
        sa.Column("staff_code_key", sa.String(), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.Column("sort_key", sa.LargeBinary(), nullable=False),
        sa.Column("folded_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_ranked", sa.Boolean(), nullable=False),
        sa.Column("pseudonym", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(full_name) BETWEEN 1 AND 120", name="ck_person_name_length"),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("pseudonym", name="uq_person_pseudonym"),
        sa.UniqueConstraint("staff_code_key", name="uq_person_staff_code_key"),
    )
    op.create_index("ix_person_sort_key_id", "person", ["sort_key", "id"], unique=False)
    op.create_table(
        "agency_succession",
        sa.Column("predecessor_id", sa.Integer(), nullable=False),
        sa.Column("successor_id", sa.Integer(), nullable=False),
        sa.Column("manner", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "manner IN ('merge', 'split', 'rename', 'move')",
            name="ck_agency_succession_manner_known",
        ),
        sa.CheckConstraint(
            "predecessor_id <> successor_id", name="ck_agency_succession_two_agencies"
        ),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["agency.id"], name="fk_agency_succession_predecessor_id_agency"
        ),
        sa.ForeignKeyConstraint(
            ["successor_id"], ["agency.id"], name="fk_agency_succession_successor_id_agency"
        ),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name="pk_agency_succession"),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.String(), nullable=False),
        sa.Column("details", JSON_VALUE, nullable=False),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_audit_event_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_audit_event"),
    )
    op.create_index(
        "ix_audit_event_object", "audit_event", ["object_kind", "object_id"], unique=False
    )
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("topics", JSON_VALUE, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("time_limit_minutes", sa.Integer(), nullable=False),
        sa.Column("attempt_limit", sa.Integer(), nullable=False),
        sa.Column("pause_minutes", sa.Integer(), nullable=False),
        sa.Column("pass_mark", sa.Integer(), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("review_score", sa.String(), nullable=False),
        sa.Column("review_answers", sa.String(), nullable=False),
        sa.Column("review_key", sa.String(), nullable=False),
        sa.Column("shrinkage", sa.Integer(), nullable=False),
        sa.Column("minimum_headcount", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "review_answers IN ('at_once', 'after_close', 'never')",
            name="ck_campaign_review_answers_known",
        ),
        sa.CheckConstraint(
            "review_key IN ('at_once', 'after_close', 'never')", name="ck_campaign_review_key_known"
        ),
        sa.CheckConstraint(
            "review_score IN ('at_once', 'after_close', 'never')",
            name="ck_campaign_review_score_known",
        ),
        sa.CheckConstraint("state IN ('draft', 'open', 'closed')", name="ck_campaign_state_known"),
        sa.CheckConstraint(
            "attempt_limit BETWEEN 1 AND 10", name="ck_campaign_attempt_limit_range"
        ),
        sa.CheckConstraint("closes_at > opens_at", name="ck_campaign_closes_after_opens"),
        sa.CheckConstraint("minimum_headcount BETWEEN 1 AND 100", name="ck_campaign_minimum_range"),
        sa.CheckConstraint("pass_mark BETWEEN 0 AND 100", name="ck_campaign_pass_mark_range"),
        sa.CheckConstraint("pause_minutes BETWEEN 0 AND 10080", name="ck_campaign_pause_range"),
        sa.CheckConstraint("shrinkage BETWEEN 0 AND 100", name="ck_campaign_shrinkage_range"),
        sa.CheckConstraint("size BETWEEN 1 AND 100", name="ck_campaign_size_range"),
        sa.CheckConstraint(
            "time_limit_minutes BETWEEN 1 AND 90", name="ck_campaign_time_limit_range"
        ),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["agency.id"], name="fk_campaign_audience_id_agency"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        sa.UniqueConstraint("code", name="uq_campaign_code"),
    )
    op.create_table(
        "lesson_progress",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("lesson_code", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("practised_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("practice_score", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "practice_score BETWEEN 0 AND 10000", name="ck_lesson_progress_score_range"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_lesson_progress_person_id_person"
        ),
        sa.PrimaryKeyConstraint("person_id", "lesson_code", name="pk_lesson_progress"),
    )
    op.create_table(
        "one_time_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_one_time_code_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_one_time_code"),
        sa.UniqueConstraint("code_hash", name="uq_one_time_code_code_hash"),
    )
    op.create_index("ix_one_time_code_person_id", "one_time_code", ["person_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.CheckConstraint("until IS NULL OR until >= since", name="ck_posting_until_after_since"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_posting_agency_id_agency"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_posting_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_posting"),
    )
    op.create_index("ix_posting_agency_id", "posting", ["agency_id"], unique=False)
    op.create_index("ix_posting_person_id", "posting", ["person_id"], unique=False)
    op.create_index(
        "uq_posting_current",
        "posting",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("until IS NULL"),
        postgresql_where=sa.text("until IS NULL"),
    )
    op.create_table(
        "role_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('coordinator', 'trainer', 'organiser', 'auditor')",
            name="ck_role_grant_role_known",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="fk_role_grant_agency_id_agency"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_role_grant_person_id_person"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_role_grant"),
        sa.UniqueConstraint(
            "person_id", "role", "agency_id", name="uq_role_grant_person_id_role_agency_id"
        ),
    )
    op.create_index("ix_role_grant_agency_id", "role_grant", ["agency_id"], unique=False)
    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_sign_in_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in"),
        sa.UniqueConstraint("token_hash", name="uq_sign_in_token_hash"),
    )
    op.create_index("ix_sign_in_person_id", "sign_in", ["person_id"], unique=False)
    op.create_table(
        "agency_standing",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("participants", sa.Integer(), nullable=False),
        sa.Column("score_sum", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "participants BETWEEN 0 AND headcount", name="ck_agency_standing_participants_range"
        ),
        sa.CheckConstraint(
            "passed BETWEEN 0 AND participants", name="ck_agency_standing_passed_range"
        ),
        sa.CheckConstraint(
            "score_sum BETWEEN 0 AND participants * 10000",
            name="ck_agency_standing_score_sum_range",
        ),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="fk_agency_standing_agency_id_agency"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_agency_standing_campaign_id_campaign"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "agency_id", name="pk_agency_standing"),
    )
    op.create_table(
        "attempt",
        sa.Column("id", sa.String(length=24), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=True),
        sa.Column("lesson_code", sa.String(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("paper", JSON_VALUE, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deadline_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submit_op_id", sa.String(length=36), nullable=True),
        sa.Column("graded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'open') = (finished_at IS NULL)", name="ck_attempt_finished_unless_open"
        ),
        sa.CheckConstraint(
            "state <> 'graded' OR score IS NOT NULL", name="ck_attempt_graded_has_score"
        ),
        sa.CheckConstraint(
            "state IN ('open', 'submitted', 'graded', 'annulled')", name="ck_attempt_state_known"
        ),
        sa.CheckConstraint(
            "(campaign_id IS NULL) <> (lesson_code IS NULL)", name="ck_attempt_campaign_or_practice"
        ),
        sa.CheckConstraint(
            "(campaign_id IS NULL) = (deadline_at IS NULL)", name="ck_attempt_campaign_has_deadline"
        ),
        sa.CheckConstraint("number >= 1", name="ck_attempt_number_positive"),
        sa.CheckConstraint("score BETWEEN 0 AND 10000", name="ck_attempt_score_range"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_attempt_campaign_id_campaign"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_attempt_person_id_person"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint(
            "person_id", "campaign_id", "number", name="uq_attempt_person_id_campaign_id_number"
        ),
        sa.UniqueConstraint("submit_op_id", name="uq_attempt_submit_op_id"),
    )
    op.create_index(
        "ix_attempt_campaign_id_person_id", "attempt", ["campaign_id", "person_id"], unique=False
    )
    op.create_index(
        "ix_attempt_unfinished_deadline_at",
        "attempt",
        ["deadline_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('open', 'submitted')"),
        postgresql_where=sa.text("state IN ('open', 'submitted')"),
    )
    op.create_index(
        "uq_attempt_open_campaign",
        "attempt",
        ["person_id", "campaign_id"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "uq_attempt_open_practice",
        "attempt",
        ["person_id", "lesson_code"],
        unique=True,
        sqlite_where=sa.text("state = 'open' AND campaign_id IS NULL"),
        postgresql_where=sa.text("state = 'open' AND campaign_id IS NULL"),
    )
    op.create_table(
        "roster_entry",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("excused_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name="fk_roster_entry_agency_id_agency"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_roster_entry_campaign_id_campaign"
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_roster_entry_person_id_person"
        ),
        sa.PrimaryKeyConstraint("campaign_id", "person_id", name="pk_roster_entry"),
    )
    op.create_index(
        "ix_roster_entry_campaign_id_agency_id",
        "roster_entry",
        ["campaign_id", "agency_id"],
        unique=False,
    )
    op.create_index("ix_roster_entry_person_id", "roster_entry", ["person_id"], unique=False)
    op.create_table(
        "standing",
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("agency_id", sa.Integer(), nullable=False),
        sa.Column("best_score", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("attempts >= 1", name="ck_standing_attempts_positive"),
        sa.CheckConstraint("best_score BETWEEN 0 AND 10000", name="ck_standing_score_range"),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name="fk_standing_agency_id_agency"),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_standing_campaign_id_campaign"
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_standing_person_id_person"),
        sa.PrimaryKeyConstraint("campaign_id", "person_id", name="pk_standing"),
    )
    op.create_index(
        "ix_standing_campaign_id_agency_id",
        "standing",
        ["campaign_id", "agency_id", "best_score"],
        unique=False,
    )
    op.create_index("ix_standing_person_id", "standing", ["person_id"], unique=False)
    op.create_table(
        "response",
        sa.Column("attempt_id", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(length=64), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("answer", JSON_VALUE, nullable=False),
        sa.Column("mark_numerator", sa.Integer(), nullable=False),
        sa.Column("mark_denominator", sa.Integer(), nullable=False),
        sa.CheckConstraint("mark_denominator >= 1", name="ck_response_mark_denominator_positive"),
        sa.CheckConstraint(
            "mark_numerator BETWEEN 0 AND mark_denominator", name="ck_response_mark_range"
        ),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempt.id"], name="fk_response_attempt_id_attempt"
        ),
        sa.ForeignKeyConstraint(
            ["version"], ["item_version.digest"], name="fk_response_version_item_version"
        ),
        sa.PrimaryKeyConstraint("attempt_id", "position", name="pk_response"),
    )
    op.create_index("ix_response_item_code", "response", ["item_code"], unique=False)
    op.create_table(
        "save",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("op_id", sa.String(length=36), nullable=False),
        sa.Column("attempt_id", sa.String(length=24), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("answer", JSON_VALUE, nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("position >= 1", name="ck_save_position_positive"),
        sa.CheckConstraint("revision >= 1", name="ck_save_revision_positive"),
        sa.ForeignKeyConstraint(["attempt_id"], ["attempt.id"], name="fk_save_attempt_id_attempt"),
        sa.PrimaryKeyConstraint("id", name="pk_save"),
        sa.UniqueConstraint("op_id", name="uq_save_op_id"),
    )
    op.create_index(
        "ix_save_attempt_id_position_revision",
        "save",
        ["attempt_id", "position", "revision"],
        unique=False,
    )
    changed = " OR ".join(f"OLD.{rule} {{differs}} NEW.{rule}" for rule in RULES)
    for name, event, table, condition, message in GUARDS:
        if name == "campaign_rules_stay":
            condition = RULES_STAY.replace("{changed}", changed)
        create_guard(name, event, table, condition, message)
